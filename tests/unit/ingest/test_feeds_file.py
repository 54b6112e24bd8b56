"""A wrong list of feeds is refused with line and field, all problems at once."""

from pathlib import Path

import pytest

from services.common.yaml_file import YamlFileError
from services.ingest.feeds_file import read_feeds

EXAMPLE = Path(__file__).parents[3] / "feeds.example.yaml"


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "feeds.yaml"
    path.write_text(text)
    with pytest.raises(YamlFileError) as error:
        read_feeds(path)
    return str(error.value).replace(str(path), "feeds.yaml")


def test_example_is_good() -> None:
    feeds = read_feeds(EXAMPLE)
    assert {feed.kind for feed in feeds} == {"rss", "sitemap"}


def test_fields(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds:\n  - {url: 'https://n.example/rss', name: Newsroom, trust: 0.5}\n")
    [feed] = read_feeds(path)
    assert (feed.url, feed.name, feed.trust) == ("https://n.example/rss", "Newsroom", 0.5)
    assert (feed.kind, feed.language, feed.full_text) == (None, None, "auto")


def test_all_problems_with_line_and_field(tmp_path: Path) -> None:
    lines = refusal(
        tmp_path,
        "feeds:\n"
        "  - url: https://n.example/rss\n"
        "    name: Newsroom\n"
        "    kind: podcast\n"
        "  - name: No URL\n"
        "  - url: ftp://n.example/rss\n"
        "    name: Files\n"
        "    trust: 3\n"
        "    langauge: en\n",
    ).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["feeds.yaml:4", "feeds[1].kind"],
        ["feeds.yaml:5", "feeds[2].url"],
        ["feeds.yaml:6", "feeds[3].url"],
        ["feeds.yaml:8", "feeds[3].trust"],
        ["feeds.yaml:9", "feeds[3].langauge"],
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "feeds.yaml:1: feeds: Field required"),
        ("feeds:\n", "feeds.yaml:1: feeds: Input should be a valid list"),
        ("- a\n", "feeds.yaml:1: the file: Input should be"),
        ("feeds: [\n", "feeds.yaml:2: not YAML"),
        ("feeds:\n  - url: !!python/name:os.system\n    name: x\n", "feeds.yaml:2: "),
        (
            "feeds:\n  - {url: 'https://n.example/', name: a}\n"
            "  - {url: 'https://n.example/', name: b}\n",
            "listed twice: https://n.example/",
        ),
        ("? [a]\n: b\n", "feeds.yaml:"),
        ("feeds: &x\n  - *x\n", "feeds.yaml:"),
    ],
)
def test_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in refusal(tmp_path, text)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(YamlFileError, match=r"copy feeds\.example\.yaml"):
        read_feeds(tmp_path / "none.yaml")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(YamlFileError, match="cannot be read"):
        read_feeds(path)
