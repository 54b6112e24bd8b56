"""What is wrong with a machine is said in a sentence, before anything is started."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.common.settings import IndexSettings, Settings
from services.local import artifacts, java, pipeline, servers
from services.local.errors import LocalServerError
from services.local.servers import Kafka


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java, "_candidates", lambda: iter(()))


@pytest.fixture
def install_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a Java of a version under a name."""
    homes: list[Path] = []
    monkeypatch.setattr(java, "_candidates", lambda: iter(homes))

    def install(name: str, version: str) -> Path:
        home = tmp_path / name
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").touch()
        (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
        homes.append(home)
        return home

    return install


def test_the_first_java_that_is_new_enough_is_taken(
    install_java: Callable[[str, str], Path],
) -> None:
    install_java("old", "17.0.15")
    new = install_java("new", "25.0.3")
    install_java("also-new", "21")
    assert java.java_home() == new


def test_java_home_is_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text('JAVA_VERSION="24"\n')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java.java_home() == tmp_path


def test_an_old_java_is_named_with_what_is_needed(
    install_java: Callable[[str, str], Path],
) -> None:
    home = install_java("old", "17.0.15")
    with pytest.raises(LocalServerError, match=rf"Java 21 or newer .* 17 in {home}"):
        java.java_home()


@pytest.mark.usefixtures("no_java")
def test_a_missing_java_stops_a_server_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match=r"no Java was found: install one"):
        Kafka(tmp_path / "kafka", port=9092).start()
    assert not (tmp_path / "kafka").exists()


def test_a_missing_maven_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_java: Callable[[str, str], Path]
) -> None:
    install_java("new", "25")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(LocalServerError, match="Maven is missing: install it"):
        artifacts.fetch(tmp_path / "cache")


def test_what_a_failing_maven_says_is_shown_and_nothing_counts_as_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_java: Callable[[str, str], Path]
) -> None:
    install_java("new", "25")
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[INFO] begin'; echo '[ERROR] no route to host'; exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(maven))
    with pytest.raises(LocalServerError, match=r"said: no route to host .*maven\.log"):
        artifacts.fetch(tmp_path / "cache")
    assert not artifacts.complete(tmp_path / "cache")


def test_a_file_that_is_cut_short_makes_the_cache_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_java: Callable[[str, str], Path]
) -> None:
    install_java("new", "25")
    maven = tmp_path / "mvn"
    maven.write_text(
        "#!/bin/sh\n"
        'for word in "$@"; do case $word in -Dcache=*) cache=${word#-Dcache=};; esac; done\n'
        "mkdir -p $cache/kafka; echo jar > $cache/kafka/kafka.jar\n"
        "echo '[INFO] Downloading from central: somewhere/kafka.jar'\n"
    )
    maven.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(maven))
    cache, seen = tmp_path / "cache", list[str]()
    artifacts.fetch(cache, progress=seen.append)
    assert seen == ["kafka.jar"]
    assert artifacts.complete(cache)
    (cache / "kafka" / "kafka.jar").write_text("")
    assert not artifacts.complete(cache)
    artifacts.fetch(cache)
    assert artifacts.complete(cache)


def test_a_full_disk_is_named_with_the_option_that_changes_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "fetch", lambda _: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    with pytest.raises(LocalServerError, match=r"has 5 MiB left.*--data"):
        Kafka(tmp_path, port=9092).start()


def test_a_service_whose_usual_port_is_taken_gets_a_free_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "bindable", lambda port: port != 9102)
    monkeypatch.setattr(pipeline, "free_port", lambda: 40_000)
    ports = pipeline.http_ports(Settings(index=IndexSettings(http_port=0)))
    assert ports == {
        "PLEDGEWATCH_INGEST__HTTP_PORT": "9101",
        "PLEDGEWATCH_CLASSIFY__HTTP_PORT": "40000",
        "PLEDGEWATCH_LEDGER__HTTP_PORT": "9105",
        "PLEDGEWATCH_NOTIFY__HTTP_PORT": "9106",
        "PLEDGEWATCH_INDEX__HTTP_PORT": "40000",
        "PLEDGEWATCH_RECONCILE__HTTP_PORT": "9104",
        "PLEDGEWATCH_CONSOLE__HTTP_PORT": "9109",
        "PLEDGEWATCH_CONSOLE__PORT": "8600",
    }
