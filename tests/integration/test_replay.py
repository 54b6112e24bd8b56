"""Replays on the real servers: beside live traffic, through kills, promoted and rolled back."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import NotFoundError
from kafka import KafkaAdminClient
from msgspec.structs import replace

from benchmarks.pipeline.articles import synthetic
from pledgewatch.alerts.rules import DEFAULTS, receivers_of
from pledgewatch.extract.network import FOLDER as SHIPPED
from pledgewatch.ontology import Level
from pledgewatch.records import Article, Correction, PledgeEvent, Published, Run
from services.common import corrections as correcting
from services.common import elasticsearch, kafka, runs
from services.common.children import die_with_parent
from services.common.elasticsearch import Indices
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from services.replay.positions import Positions
from tests.conftest import RunService
from tests.processes import Service, environment, wait_for
from tests.topics import article, publish, read_as

pytestmark = [pytest.mark.integration, pytest.mark.slow]

MANY = 2_000
SURE = 0.95
"""Less is nothing to the stricter model: that leaves out some of what it finds here."""

PATIENCE = 240
NEWS = (
    "Fiji will send 120 soldiers to the peacekeeping force in Haiti, the government said on Monday."
)


class Desk:
    """Stands for Alertmanager: takes every alert, and remembers which events it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.told += [one["annotations"]["event_id"] for one in body]
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    yield one
    one.close()


class Rig:
    """The live services of a test, its commands, and what is to be read."""

    def __init__(self, settings: Settings, run_service: RunService, folder: Path) -> None:
        self.settings = settings
        self._run_service = run_service
        self._folder = folder
        self._env = {**os.environ, "PYTHONPATH": str(PROJECT), **environment(settings)}
        self._env |= {"USER": "tester", "COLUMNS": "200"}
        self._drivers: list[subprocess.Popen[bytes]] = []

    def start_live(self, desk: Desk | None = None) -> list[Service]:
        """Classify, ledger, index, reconcile, and notify where there is a desk to be told."""
        services = [
            self._run_service("classify"),
            self._run_service("ledger", None, "--serve"),
            self._run_service("index"),
            self._run_service("reconcile"),
        ]
        for service in services:
            service.wait_ready(PATIENCE)
        return [*services, self.start_notify(desk)] if desk else services

    def start_notify(self, desk: Desk) -> Service:
        """Notify, which tells the desk."""
        variables = {"PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": desk.url}
        service = self._run_service("notify", variables, "serve")
        service.wait_ready(PATIENCE)
        return service

    def command(self, *words: str, code: int | None = 0) -> str:
        """What `pledgewatch WORDS` prints; it must end with `code` (None: whatever)."""
        ended = subprocess.run(  # our own command
            [sys.executable, "-m", "services.cli", *words],
            env=self._env,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if code is not None:
            assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + (ended.stderr if code else "")

    def drive(self, *words: str) -> subprocess.Popen[bytes]:
        """`pledgewatch replay WORDS --foreground`, which ends with the test."""
        with (self._folder / "replay.log").open("ab") as log:
            process = subprocess.Popen(  # our own command
                [sys.executable, "-m", "services.cli", "replay", *words, "--foreground"],
                env=self._env,
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )
        self._drivers.append(process)
        return process

    def close(self) -> None:
        for process in self._drivers:
            process.kill()
            process.wait()

    def run(self, id: str) -> Run | None:
        return runs.read(self.settings.kafka).known.get(id)

    def wait_for(self, id: str, *states: str) -> Run:
        """The run, once it is in one of these states."""

        def reached() -> Run | None:
            run = self.run(id)
            assert run is None or run.state != "failed", f"{run.problem}\n{self.log}"
            return run if run is not None and run.state in states else None

        found = wait_for(reached, PATIENCE, f"{id} to be {' or '.join(states)}")
        assert found is not None
        return found

    def wait_done(self, id: str, share: float, driver: subprocess.Popen[bytes]) -> None:
        """Until a share of the backlog is done, and this driver is at work on it."""

        def is_done() -> bool:
            assert driver.poll() is None, self.log
            run = self.run(id)
            if run is None or run.host is None or not run.host.endswith(f":{driver.pid}"):
                return False
            return run.done >= share * run.articles

        wait_for(is_done, PATIENCE, f"{share:.0%} of {id}")

    @property
    def log(self) -> str:
        return (self._folder / "replay.log").read_text("utf-8")[-4_000:]

    def count(self, name: str, run: str | None = None) -> int:
        """Documents that readers see, or those of a run."""
        names = Indices(self.settings.elasticsearch.index_prefix, run or "live")
        alias = names.read(name) if run is None else names.write(name)
        with elasticsearch.client(self.settings.elasticsearch) as client:
            client.indices.refresh(index=alias)
            return int(client.count(index=alias)["count"])

    def sources(self, name: str, run: str) -> list[dict[str, Any]]:
        """The documents of a run."""
        alias = Indices(self.settings.elasticsearch.index_prefix, run).write(name)
        with elasticsearch.client(self.settings.elasticsearch) as client:
            client.indices.refresh(index=alias)
            hits = client.search(index=alias, size=10_000)["hits"]["hits"]
        return [hit["_source"]["pledgewatch"] for hit in hits]

    def wait_classified(self, articles: int, run: str | None = None) -> None:
        """Until so many articles have an outcome, and what came of them is in the ledger."""
        wait_for(lambda: self.count("outcomes", run) >= articles, PATIENCE, f"{articles} outcomes")
        wait_for(self._is_idle, PATIENCE, "the ledger and the index to have done everything")

    def _is_idle(self) -> bool:
        status = json.loads(self.command("status", "--json", code=None))
        return all(group["lag"] == 0 for group in status["groups"] if group["state"] == "stable")


@pytest.fixture
def rig(settings: Settings, run_service: RunService, tmp_path: Path) -> Iterator[Rig]:
    one = Rig(settings, run_service, tmp_path)
    yield one
    one.close()


def fresh(count: int, *, first: int = 0) -> list[Article]:
    """Made-up articles of just now: what they tell is news."""
    now = datetime.now(UTC)
    found = []
    for made in synthetic(count, first=first):
        one = article(made)
        published = Published(at=now, origin="given", trusted=True)
        found.append(replace(one, published=published, first_seen=now))
    return found


@contextmanager
def asking(rig: Rig) -> Iterator[set[int]]:
    """How many mentions readers have seen, asked without a pause from two threads."""
    seen: set[int] = set()
    over = threading.Event()
    alias = Indices(rig.settings.elasticsearch.index_prefix).read("mentions")

    def ask() -> None:
        with elasticsearch.client(rig.settings.elasticsearch) as client:
            while not over.is_set():
                seen.add(int(client.count(index=alias)["count"]))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_replay_beside_live_traffic_through_kills_to_promotion_and_back(
    rig: Rig, desk: Desk
) -> None:
    live = rig.start_live(desk)
    publish(rig.settings.kafka, fresh(MANY // 2))
    rig.wait_classified(MANY // 2)

    driver = rig.drive("start", "--name", "again")
    traffic = threading.Thread(
        target=lambda: publish(rig.settings.kafka, fresh(MANY // 2, first=MANY // 2))
    )
    traffic.start()
    for share in sorted(random.sample(range(5, 95), k=3)):  # no secrets
        rig.wait_done("again", share / 100, driver)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        driver = rig.drive("resume", "again")
    traffic.join()
    rig.wait_for("again", "caught_up")
    rig.wait_classified(MANY)
    rig.wait_classified(MANY, "again")

    assert _difference(rig, "again")["empty"]
    for name, field in (("mentions", "mention"), ("outcomes", "outcome")):
        mine, theirs = (
            sorted(_timeless(one[field]) for one in rig.sources(name, run))
            for run in ("again", "live")
        )
        assert mine == theirs
    news_ids = _news(rig)
    assert news_ids, "the live run has news"
    wait_for(lambda: set(desk.told) >= news_ids, PATIENCE, "it to be told")
    told = list(desk.told)
    assert len(told) == len(set(told)), "and the replay of none"

    corrected = _correct(rig, "live", "WILLING")
    wait_for(lambda: _level(rig, "again", corrected) == "willing", PATIENCE, "the correction")
    mentions = rig.count("mentions")
    with asking(rig) as seen:
        rig.command("replay", "promote", "again", "--max-lost", "0%")
    assert seen == {mentions}
    assert driver.wait(PATIENCE) == 0
    assert desk.told == told, "what is promoted is told to nobody"

    news = fresh(40, first=MANY)
    news[0] = replace(news[0], text=NEWS)
    publish(rig.settings.kafka, news)
    rig.wait_classified(MANY + 40, "again")
    assert rig.count("outcomes") == MANY + 40, "the promoted run goes on with new articles"
    assert all(service.running for service in live), "in the same processes"
    wait_for(lambda: len(desk.told) > len(told), PATIENCE, "news to be told after the promotion")

    republished = rig.settings.kafka.topic_prefix + "articles"
    assert sum(_ends(rig, republished).values()) == MANY + 40, "reconcile misses nothing"

    again = _correct(rig, "again", "SIGNED")
    wait_for(lambda: _level(rig, "again", again) == "signed", PATIENCE, "the other correction")
    rig.command("replay", "rollback", "live")
    rig.wait_classified(MANY + 40, "live")
    wait_for(lambda: _level(rig, "live", again) == "signed", PATIENCE, "it on the way back")
    assert rig.count("outcomes") == MANY + 40
    assert len(desk.told) == len(set(desk.told)), "nothing is told twice"

    rig.command("replay", "prune", "again")
    with pytest.raises(NotFoundError):
        rig.count("mentions", "again")
    admin: KafkaAdminClient = kafka.admin(rig.settings.kafka)
    try:
        assert not [topic for topic in admin.list_topics() if ".again." in topic]
    finally:
        admin.close()
    shown = json.loads(rig.command("replay", "show", "again", "--json"))
    actions = [one["action"] for one in shown["actions"]]
    assert actions[0] == "start"
    assert actions[-2:] == ["promote", "prune"]
    assert "rollback" in [
        one["action"]
        for one in json.loads(rig.command("replay", "show", "live", "--json"))["actions"]
    ]
    assert actions.count("resume") == 3


def _news(rig: Rig) -> set[str]:
    """The events of the live run that Alertmanager is told by default."""
    topic = kafka.Topics(rig.settings.kafka.topic_prefix).pledge_events
    return {
        one.id
        for one in read_as(rig.settings.kafka, topic, PledgeEvent)
        if receivers_of(one, DEFAULTS)
    }


def _timeless(record: dict[str, Any]) -> str:
    """A record without its run and the times of its processing."""
    return json.dumps({k: v for k, v in record.items() if k not in ("run", "at")}, sort_keys=True)


def _difference(rig: Rig, run: str, *words: str) -> dict[str, Any]:
    lines = rig.command("replay", "diff", run, "--json", *words).splitlines()
    summary: dict[str, Any] = json.loads(lines[0])
    assert [one["problems"] for one in summary["accounts"]] == [[], []]
    return summary | {"lines": [json.loads(line) for line in lines[1:]]}


def _stricter_model(folder: Path) -> Path:
    """The shipped model, which is sure of less."""
    model = folder / "stricter"
    shutil.copytree(SHIPPED, model)
    manifest = model / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["version"] = "9.9.9"
    content["generation"] += 1
    content["thresholds"] = {
        name: max(SURE, value) for name, value in content["thresholds"].items()
    }
    manifest.write_text(json.dumps(content), "utf-8")
    return model


def test_another_model_for_one_source_and_what_people_corrected(rig: Rig, tmp_path: Path) -> None:
    rig.start_live()
    sources = ("Alder News", "Birch Wire")
    given = [
        replace(one, source=replace(one.source, name=sources[number % 2]))
        for number, one in enumerate(fresh(240))
    ]
    publish(rig.settings.kafka, given)
    rig.wait_classified(len(given))
    mentions = rig.count("mentions")
    chosen = _correct(rig, "live", "WILLING", source="Alder News")
    wait_for(lambda: _level(rig, "live", chosen) == "willing", PATIENCE, "the correction")

    model = _stricter_model(tmp_path)
    plan = rig.command(
        "replay", "start", "--model", str(model), "--sources", "Alder News", "--dry-run", "--json"
    )
    assert json.loads(plan)["records"] == len(given)
    assert rig.run("stricter") is None
    rig.drive(
        "start", "--name", "stricter", "--model", str(model), "--sources", "Alder News",
        "--rate", "500/s",
    )  # fmt: skip
    run = rig.wait_for("stricter", "caught_up")
    assert run.changes is not None
    assert run.changes.mentions_lost > 0
    assert run.model is not None
    assert run.model.version == "9.9.9"

    found = _difference(rig, "stricter", "--html", str(tmp_path / "report.html"))
    changed = [one for one in found["lines"] if one["kind"] == "mention"]
    assert {one["what"] for one in changed} <= {"lost", "relevelled", "renumbered", "changed"}
    assert {_source(one) for one in changed} == {"Alder News"}
    assert _level(rig, "stricter", chosen) == "willing", "the correction holds"
    report = (tmp_path / "report.html").read_text("utf-8")
    assert "stricter" in report
    assert changed[0]["before"]["sentence"]["text"].split()[0] in report
    refused = rig.command("replay", "promote", "stricter", "--max-lost", "0%", code=1)
    assert "more than --max-lost 0.0%" in refused
    assert rig.count("mentions") == mentions

    rig.command("replay", "stop", "stricter")
    assert rig.wait_for("stricter", "stopped").host is None
    refused = rig.command("replay", "promote", "stricter", code=2)
    assert "it can be promoted once it has caught up" in refused

    names = Indices(rig.settings.elasticsearch.index_prefix, "stricter")
    with elasticsearch.client(rig.settings.elasticsearch) as client:
        listed = next(
            one for one in rig.sources("outcomes", "stricter") if one["outcome"]["mentions"]
        )
        lost = listed["outcome"]["mentions"][0]
        client.delete(index=names.write("mentions"), id=lost, refresh=True)
    told = rig.command("replay", "show", "stricter", code=1)
    assert "1 of" in told
    assert "are not in the index" in told
    rig.command("replay", "discard", "stricter")
    assert rig.command("replay", "list", "--json")
    with pytest.raises(NotFoundError):
        rig.count("mentions", "stricter")


def _correct(rig: Rig, run: str, level: str, *, source: str | None = None) -> str:
    """Correct a commitment that was found in a run, of a source where one is given; its id."""
    chosen: str = next(
        one["mention"]["id"]
        for one in rig.sources("mentions", run)
        if one["mention"]["kind"] == "commitment"
        and source in (None, one["mention"]["article"]["source"])
    )
    made = Correction(by="analyst", at=datetime.now(UTC))
    correcting.correct(rig.settings, chosen, {"level": Level[level]}, made)
    return chosen


def _ends(rig: Rig, topic: str) -> dict[int, int]:
    with Positions(rig.settings.kafka) as positions:
        return positions.ends(topic)


def _level(rig: Rig, run: str, id: str) -> str | None:
    found = [one["mention"] for one in rig.sources("mentions", run)]
    return next((one["level"] for one in found if one["id"] == id), None)


def _source(change: dict[str, Any]) -> str:
    mention = change["after"] or change["before"]
    source: str = mention["article"]["source"]
    return source


def test_the_old_model_again_its_events_are_announced_and_then_a_new_mapping(
    rig: Rig, desk: Desk, tmp_path: Path
) -> None:
    rig.start_live()
    publish(rig.settings.kafka, fresh(240))
    rig.wait_classified(240)
    model = _stricter_model(tmp_path)
    first = rig.drive("start", "--name", "stricter", "--model", str(model))
    rig.wait_for("stricter", "caught_up")
    rig.command("replay", "promote", "stricter")
    assert first.wait(PATIENCE) == 0
    second = rig.drive("start", "--name", "back", "--model", str(SHIPPED))
    rig.wait_for("back", "caught_up")
    gained = [
        one["after"]["id"]
        for one in _difference(rig, "back")["lines"]
        if one["kind"] == "event" and one["what"] == "gained"
    ]
    assert gained
    unknown = rig.command("replay", "promote", "back", "--announce", "0" * 32, code=2)
    assert "does not gain the event" in unknown
    rig.start_notify(desk)
    rig.command("replay", "promote", "back", "--announce", gained[0])
    assert second.wait(PATIENCE) == 0
    wait_for(lambda: desk.told == gained[:1], PATIENCE, "one event to be told")
    rig.command("replay", "announce", "back", "all")
    wait_for(lambda: sorted(desk.told) == sorted(gained), PATIENCE, "the others to be told, once")

    # a new mapping alone, and a second replay at once
    mentions = rig.count("mentions")
    mapping = rig.drive("start", "--name", "mapping", "--stages", "index")
    rig.wait_for("mapping", "caught_up")
    assert _difference(rig, "mapping")["empty"]
    refused = rig.command("replay", "start", "--stages", "index", code=2)
    assert "the replay mapping is at work on index" in refused
    rig.command("replay", "promote", "mapping")
    assert mapping.wait(PATIENCE) == 0
    assert rig.count("mentions") == mentions
    publish(rig.settings.kafka, fresh(40, first=240))
    rig.wait_classified(280, "mapping")
    versions = {one["outcome"]["model"]["version"] for one in rig.sources("outcomes", "mapping")}
    assert versions == {json.loads((SHIPPED / "manifest.json").read_text("utf-8"))["version"]}
    refused = rig.command("replay", "prune", "back", code=2)
    assert "mapping reads what back has written" in refused


WRONG = [
    (("start", "--stages", "notify"), "--stages 'notify'"),
    (("start", "--since", "soon"), "--since 'soon' is no date"),
    (("start", "--rate", "fast"), "--rate 'fast'"),
    (("start", "--name", "A b"), "--name 'A b'"),
    (("start", "--stages", "index", "--since", "2026-01-01"), "are for what is classified"),
    (("diff", "nobody"), "there is no run 'nobody'"),
    (("resume", "nobody"), "there is no run 'nobody'"),
    (("promote", "nobody"), "there is no run 'nobody'"),
]


def test_what_is_asked_wrongly_is_answered_in_a_sentence(rig: Rig) -> None:
    for words, problem in WRONG:
        assert problem in rig.command("replay", *words, code=2)
