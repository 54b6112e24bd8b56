"""Copies of an agency's text are one story; another article about the same event is not."""

import random

import pytest

from pledgewatch.text.near_duplicates import SIGNATURE_BYTES, Stories, signature

AGENCY = """\
NAIROBI - Kenya will send a further 600 police officers to the security mission in Haiti before \
the end of the year, President William Ruto told parliament on Tuesday.

The officers have finished twelve weeks of training in Embakasi and will leave in two groups, the \
first of them on 10 December, the interior ministry said in a statement.

About 400 Kenyan officers have been in Port-au-Prince since June, where they hold the airport, the \
port and the road to the fuel terminal against gangs that control most of the capital.

The mission was planned for 2,500 officers from seven countries. So far fewer than 500 have come, \
and the trust fund that pays for it has received less than a fifth of what was asked for.

"We gave our word and we shall keep it," Ruto said. "But we cannot carry this alone, and those who \
promised money must now send it."

Opposition lawmakers said that the deployment had no basis in law, and asked the High Court to \
stop it. A hearing is set for Friday."""

OTHER_REPORT = """\
Port-au-Prince residents reacted with relief and some doubt on Wednesday to the news that hundreds \
more Kenyan police are on their way.

President William Ruto had told lawmakers in Nairobi a day earlier that 600 officers would join \
the international mission before the year is out, in two groups.

"Six hundred is better than nothing, but the gangs have thousands," said Marie-Ange Joseph, who \
sells rice near the airport and had to leave her home in Solino in October.

The Kenyan-led force has struggled for money and men since it arrived in June. Diplomats in New \
York said that talks about turning it into a United Nations operation had made no headway.

A spokesman for Haiti's national police said that the newcomers would be used to reopen the road \
to the south, which has been cut since the spring."""

ID = "0123456789abcdef0123456789abcdef"


def found(first: str, second: str) -> bool:
    stories = Stories()
    stories.add(ID, signature(first), 1)
    return stories.find(signature(second)) == ID


def paragraphs(text: str) -> list[str]:
    return text.split("\n\n")


@pytest.mark.parametrize(
    "copy",
    [
        AGENCY,
        "\n\n".join(paragraphs(AGENCY)[:-1]),
        "\n\n".join(paragraphs(AGENCY)[:-2]),
        "\n\n".join(paragraphs(AGENCY)[1:]),
        AGENCY.replace("NAIROBI - ", "NAIROBI (The Coast Post) - "),
        AGENCY.replace("Tuesday", "November 17").replace("600", "some 600"),
        AGENCY.upper().replace('"', "\u201c"),
        AGENCY + "\n\nRead more on our pages about the mission in Haiti and its history.",
    ],
    ids=[
        "same",
        "last paragraph cut",
        "last two paragraphs cut",
        "first paragraph cut",
        "own dateline",
        "house style",
        "typography",
        "own ending",
    ],
)
def test_copies_are_the_same_story(copy: str) -> None:
    assert found(AGENCY, copy)
    assert found(copy, AGENCY)


@pytest.mark.parametrize(
    "other",
    [
        OTHER_REPORT,
        # shares the quotation
        OTHER_REPORT + "\n\n" + paragraphs(AGENCY)[4],
        # the follow-up keeps one paragraph of background, as agencies do
        "\n\n".join([*paragraphs(OTHER_REPORT)[:4], paragraphs(AGENCY)[2]]),
    ],
    ids=["own report", "same quotation", "same background"],
)
def test_another_report_is_another_story(other: str) -> None:
    assert not found(AGENCY, other)
    assert not found(other, AGENCY)


def test_the_nearest_story_is_chosen() -> None:
    stories = Stories()
    stories.add("f" * 32, signature(AGENCY + "\n\n" + OTHER_REPORT[:300]), 1)
    stories.add(ID, signature(AGENCY), 1)
    assert stories.find(signature(AGENCY)) == ID


def test_short_texts_have_no_story() -> None:
    assert signature("Kenya sends police.") == b""
    stories = Stories()
    stories.add(ID, b"", 1)
    assert len(stories) == 0
    assert stories.find(b"") is None


def test_signatures_do_not_change() -> None:
    """Those of the state topic were made by an earlier run."""
    mark = signature(AGENCY)
    assert len(mark) == SIGNATURE_BYTES
    assert mark[:12].hex() == "000000b1be00a67c43bf54d2"


def test_old_ones_are_forgotten_and_the_rest_found() -> None:
    stories = Stories()
    words = [f"w{number}" for number in range(5_000)]
    dice = random.Random(7)  # noqa: S311
    texts = [" ".join(dice.choices(words, k=60)) for _ in range(3_000)]
    for time, text in enumerate(texts):
        stories.add(f"{time:032x}", signature(text), time)
    assert stories.find(signature(texts[5])) == f"{5:032x}"
    stories.forget_before(2_000)
    assert len(stories) == 1_000
    assert stories.find(signature(texts[5])) is None
    assert stories.find(signature(texts[2_500])) == f"{2_500:032x}"
