"""`pledgewatch ingest` as a process: feeds, files and push onto a real Kafka."""

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kafka import TopicPartition

from pledgewatch.ids import article_id
from pledgewatch.outcome import Outcome, Reason
from pledgewatch.records import Article, ArticleOutcome, DeadLetter, decode
from services.common import kafka as clients
from services.common.settings import IngestSettings, KafkaSettings, Settings
from services.local.servers import Kafka, free_port
from services.provision.topics import provision_topics
from tests.processes import Service, environment, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]

TOKEN = "a-token-for-this-test-alone"
PARAGRAPHS = (
    "Senegal will send {number} gendarmes to the river mission, its defence minister said in Dakar "
    "on Monday, and will keep them there for at least a year.",
    "The neighbours of story {number} have asked for boats as well, which the navy of district "
    "{number} says that it cannot spare before the rains are over.",
    "Parliament has to agree to the deployment of group {number}. The opposition wants to know who "
    "pays for it, and for how long it is meant to stay.",
)


def paragraphs(number: int) -> list[str]:
    words = [f"{word}{number}" for word in ("harbour", "village", "column", "crossing", "depot")]
    own = f"Eyewitnesses told of {', '.join(words)} and of much else that was theirs alone."
    return [own, *(text.format(number=number) for text in PARAGRAPHS)]


class Site:
    """A web server whose feed and pages the test can change."""

    def __init__(self) -> None:
        self.pages = {number: paragraphs(number) for number in range(5)}
        self.feed_status = 200
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, kind, body, tag = site.answer(self.path)
                if tag and self.headers.get("If-None-Match") == tag:
                    status, body = 304, ""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if tag:
                    self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path: str) -> tuple[int, str, str, str | None]:
        if path == "/feed":
            if self.feed_status != 200:
                return self.feed_status, "text/html", "<html>not now</html>", None
            items = "".join(
                f"<item><title>Story {number}</title><link>{self.base}/page/{number}?utm_source=rss"
                f"</link><description>In short: {len(text)}</description>"
                f"<pubDate>Mon, 16 Nov 2026 10:0{number}:00 GMT</pubDate></item>"
                for number, text in self.pages.items()
            )
            body = f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>"
            return 200, "application/rss+xml", body, f'"{hash(body)}"'
        if path == "/robots.txt":
            return 200, "text/plain", "User-agent: *\nDisallow: /page/4\n", None
        number = int(path.removeprefix("/page/").partition("?")[0])
        text = "".join(f"<p>{paragraph}</p>" for paragraph in self.pages[number])
        body = (
            f"<html><head><title>Story {number}</title></head><body><nav><a href='/'>Home</a></nav>"
            f"<article><h1>Story {number}</h1>{text}</article></body></html>"
        )
        return 200, "text/html; charset=utf-8", body, None

    def count(self, start: str) -> int:
        return sum(path.startswith(start) for path in self.asked)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


class Rig:
    """Settings, topics of the test's own, and ingest as a process."""

    def __init__(self, kafka: Kafka, site: Site, folder: Path) -> None:
        kafka.start()
        self.folder = folder
        feeds = folder / "feeds.yaml"
        feeds.write_text(f"feeds:\n  - url: {site.base}/feed\n    name: Wire\n    trust: 0.8\n")
        self.settings = Settings(
            kafka=KafkaSettings(
                bootstrap_servers=kafka.address,
                topic_prefix=f"ingest-{uuid.uuid4().hex[:8]}.",
                partitions=2,
            ),
            ingest=IngestSettings.model_validate(
                {
                    "feeds": feeds,
                    "http_port": 0,
                    "allowed_networks": ["127.0.0.0/8"],
                    "host_delay_seconds": 0,
                    "poll_minutes_min": 0.01,
                    "poll_minutes_max": 0.02,
                }
            ),
        )
        self.topics = clients.Topics(self.settings.kafka.topic_prefix)
        provision_topics(self.settings.kafka, dry_run=False)
        self.started: list[Service] = []

    def service(self, *arguments: str, **env: str) -> Service:
        variables = environment(self.settings) | env
        service = Service("ingest", variables, self.folder, arguments)
        self.started.append(service)
        service.start()
        return service

    def run(self, *arguments: str) -> dict[str, int]:
        """What a run that ends by itself printed as JSON."""
        service = self.service(*arguments, "--json")
        assert service.wait(60) in (0, 1), service.log
        result: dict[str, int] = json.loads(service.log.splitlines()[-1])
        return result

    def records(self, topic: str) -> list[tuple[str, bytes | None]]:
        """Everything on a topic."""
        consumer = clients.consumer(self.settings.kafka, "test", None)
        try:
            assigned = [
                TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)
            ]
            consumer.assign(assigned)
            consumer.seek_to_beginning(*assigned)
            ends = consumer.end_offsets(assigned)
            found = []
            while any(consumer.position(partition) < ends[partition] for partition in assigned):
                for records in consumer.poll(timeout_ms=500).values():
                    for record in records:
                        headers = dict(record.headers)
                        assert headers["ce_specversion"] == b"1.0"
                        assert headers["ce_source"] == b"/pledgewatch/ingest"
                        found.append((record.key.decode(), record.value))
            return found
        finally:
            consumer.close()

    @property
    def articles(self) -> list[Article]:
        return [decode(value, Article) for _, value in self.records(self.topics.articles)]


@pytest.fixture
def rig(kafka: Kafka, site: Site, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(kafka, site, tmp_path)
    yield rig
    for service in rig.started:
        service.kill()


def urls(articles: list[Article]) -> list[int]:
    return sorted(int(article.url.rpartition("/")[2]) for article in articles)


def test_feed_once_and_again(rig: Rig, site: Site) -> None:
    assert rig.run("--once") == {
        "published": 4,
        "duplicate": 0,
        "rejected": 1,
        "feeds_failed": 0,
    }
    articles = rig.articles
    assert urls(articles) == [0, 1, 2, 3]
    first = next(article for article in articles if article.url.endswith("/0"))
    assert first.text == "\n\n".join(paragraphs(0))
    assert (first.title, first.via, first.source.trust) == ("Story 0", "rss", 0.8)
    assert first.published.at.isoformat() == "2026-11-16T10:00:00+00:00"
    assert (first.language.code, first.published.origin) == ("en", "feed")
    assert [key for key, _ in rig.records(rig.topics.articles)].count(first.id) == 1

    letters = [decode(value, DeadLetter) for _, value in rig.records(rig.topics.dead_letters)]
    assert [(letter.reason, letter.url) for letter in letters] == [
        (Reason.ROBOTS, f"{site.base}/page/4")
    ]
    outcomes = [decode(value, ArticleOutcome) for _, value in rig.records(rig.topics.outcomes)]
    assert [(outcome.article_id, outcome.outcome) for outcome in outcomes] == [
        (article_id(f"{site.base}/page/4"), Outcome.REJECTED)
    ]

    # nothing changed: nothing is published, and no page is fetched again
    pages = site.count("/page/")
    before = {topic: len(rig.records(topic)) for topic in rig.topics.all()}
    assert rig.run("--once")["published"] == 0
    after = {topic: len(rig.records(topic)) for topic in rig.topics.all()}
    assert site.count("/page/") == pages
    del before[rig.topics.ingest_state], after[rig.topics.ingest_state]
    assert after == before

    # one article changed, one is new, and one is a copy of another with a paragraph cut
    site.pages[1] = [*paragraphs(1), "The minister later said that the year could become two."]
    site.pages[5] = paragraphs(5)
    site.pages[6] = paragraphs(2)[:-1]
    assert rig.run("--once")["published"] == 3
    by_number: dict[str, list[Article]] = {}
    for article in rig.articles:
        by_number.setdefault(article.url.rpartition("/")[2], []).append(article)
    old, new = sorted(by_number["1"], key=lambda article: article.revision)
    assert (old.id, old.story_id, old.first_seen) == (new.id, new.story_id, new.first_seen)
    assert new.revision > old.revision
    assert by_number["6"][0].story_id == by_number["2"][0].id
    assert by_number["5"][0].story_id == by_number["5"][0].id


def test_service_polls_recovers_and_drains(rig: Rig, site: Site) -> None:
    service = rig.service()
    service.wait_ready()
    wait_for(lambda: len(rig.articles) == 4, 30, "the articles of the feed")
    site.feed_status = 503
    wait_for(
        lambda: "pledgewatch_feeds_failing 1.0" in service.get("/metrics")[1], 30, "a failed poll"
    )
    site.feed_status = 200
    wait_for(
        lambda: "pledgewatch_feeds_failing 0.0" in service.get("/metrics")[1], 30, "a good poll"
    )
    service.kill()
    service.start()
    service.wait_ready()
    site.pages[5] = paragraphs(5)
    wait_for(lambda: 5 in urls(rig.articles), 30, "the new article")
    assert urls(rig.articles) == [0, 1, 2, 3, 5]
    started = time.monotonic()
    assert service.terminate() == 0
    assert time.monotonic() - started < 30


def test_an_error_page_is_a_failed_feed(
    rig: Rig, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "answer", lambda path: (200, "text/html", "<html>Oops</html>", None))
    service = rig.service("--once")
    assert service.wait(60) == 1
    assert "not a feed or sitemap: an HTML page" in service.log
    assert "Traceback" not in service.log


def lines(rig: Rig, name: str, *content: str) -> str:
    path = rig.folder / name
    path.write_text("\n".join(content))
    return str(path)


def test_files(rig: Rig) -> None:
    wire = lines(
        rig,
        "wire.jsonl",
        json.dumps({"url": "https://n.example/1?utm_source=x", "text": "\n\n".join(paragraphs(1))}),
        "no json",
        json.dumps({"id": 7, "text": 5}),
        json.dumps({"id": 8, "text": "Short.", "source": "Desk", "published": "2026-11-16"}),
    )
    page = lines(rig, "page.html", "<html><body><article><p>", *paragraphs(3), "</article></html>")
    text = lines(rig, "note.txt", "The headline", "", *paragraphs(4))
    service = rig.service(wire, page, text)
    assert service.wait(60) == 0
    assert "wire.jsonl:2: not_json" in service.log
    assert "wire.jsonl:3: schema: Expected `str`, got `int` - at `$.text`" in service.log
    assert "4 published, 0 known already, 2 rejected" in service.log
    by_url = {article.url: article for article in rig.articles}
    assert set(by_url) == {
        "https://n.example/1",
        "urn:pledgewatch:Desk:8",
        "urn:pledgewatch:file:page.html",
        "urn:pledgewatch:file:note.txt",
    }
    assert by_url["urn:pledgewatch:file:note.txt"].title == "The headline"
    assert len(rig.records(rig.topics.dead_letters)) == 2
    assert rig.run(wire, page, text) == {"published": 0, "duplicate": 4, "rejected": 2}


def test_killed_in_the_middle_of_a_file(rig: Rig) -> None:
    count = 400
    wire = lines(
        rig,
        "wire.jsonl",
        *(json.dumps({"id": n, "text": "\n\n".join(paragraphs(n))}) for n in range(count)),
    )
    service = rig.service(wire)
    wait_for(lambda: len(rig.records(rig.topics.articles)) > 20, 60, "the first articles")
    service.kill()
    service.start()
    assert service.wait(60) == 0, service.log
    articles = rig.articles
    assert {article.url for article in articles} == {
        f"urn:pledgewatch:wire:{number}" for number in range(count)
    }
    state = rig.records(rig.topics.ingest_state)
    assert len({key for key, _ in state}) == count


def test_wrong_feeds_file(rig: Rig) -> None:
    rig.settings.ingest.feeds.write_text("feeds:\n  - url: nonsense\n    name: x\n")
    service = rig.service("--check")
    assert service.wait(30) != 0
    assert "feeds.yaml:2: feeds[1].url:" in service.log
    assert "Traceback" not in service.log


def test_missing_topics(rig: Rig) -> None:
    service = rig.service("--once", PLEDGEWATCH_KAFKA__TOPIC_PREFIX="missing.")
    assert service.wait(60) != 0
    assert "pledgewatch provision" in service.log
    assert "Traceback" not in service.log


# --- push --------------------------------------------------------------------------------------


def post(port: int, body: bytes, token: str | None = TOKEN) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/articles", data=body, method="POST")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def push(rig: Rig) -> Callable[..., tuple[int, dict[str, object]]]:
    port = free_port()
    service = rig.service(
        PLEDGEWATCH_INGEST__PUSH_ENABLED="true",
        PLEDGEWATCH_INGEST__PUSH_TOKEN=TOKEN,
        PLEDGEWATCH_INGEST__PUSH_PORT=str(port),
        PLEDGEWATCH_INGEST__PUSH_BYTES_MAX="20000",
        PLEDGEWATCH_INGEST__FEEDS=str(rig.folder / "none.yaml"),
    )
    service.wait_ready()
    wait_for(lambda: "POST /articles" in service.log, 30, "push")
    return lambda *arguments: post(port, *arguments)


def test_push(rig: Rig, push: Callable[..., tuple[int, dict[str, object]]]) -> None:
    one = {"url": "https://n.example/1", "text": "\n\n".join(paragraphs(1))}
    id = article_id("https://n.example/1")
    status, body = push(json.dumps(one, indent=1).encode())
    assert status == 202
    assert body == {"articles": [{"id": id, "url": "https://n.example/1", "outcome": "published"}]}
    status, body = push(
        b"\n".join(
            json.dumps(article).encode()
            for article in (one, {"id": 2, "text": "Second."}, {"id": 3, "text": " "})
        )
    )
    assert status == 202
    assert [article["outcome"] for article in body["articles"]] == [  # type: ignore[attr-defined]
        "duplicate",
        "published",
        "rejected",
    ]
    assert [article.via for article in rig.articles] == ["push", "push"]


@pytest.mark.usefixtures("rig")
def test_push_refusals(push: Callable[..., tuple[int, dict[str, object]]]) -> None:
    good = b'{"id": 1, "text": "One."}'
    assert push(good, None)[0] == 401
    assert push(good, "wrong")[0] == 401
    assert push(good, TOKEN + "\u00e9")[0] == 401
    assert push(b"x" * 30_000)[0] == 413
    assert push(b"")[0] == 400
    status, body = push(good + b"\n" + b'{"id": 2, "text": 5}')
    assert (status, body["error"]) == (400, "line 2: Expected `str`, got `int` - at `$.text`")
    status, body = push(b'{"text": "x"}')
    assert status == 400
    assert "`url`" in str(body["error"])


def test_push_without_a_token_is_refused(rig: Rig) -> None:
    service = rig.service(PLEDGEWATCH_INGEST__PUSH_ENABLED="true")
    assert service.wait(60) != 0
    assert "PLEDGEWATCH_INGEST__PUSH_TOKEN" in service.log
    assert "Traceback" not in service.log


@pytest.mark.fault
def test_kafka_away_and_back(
    rig: Rig, kafka: Kafka, push: Callable[..., tuple[int, dict[str, object]]]
) -> None:
    assert push(b'{"id": 1, "text": "One."}')[0] == 202
    kafka.kill()
    try:
        assert push(b'{"id": 2, "text": "Two."}')[0] == 503
        assert push(b'{"id": 3, "text": "Three."}')[0] == 503
    finally:
        kafka.start()
    wait_for(lambda: push(b'{"id": 2, "text": "Two."}')[0] == 202, 60, "Kafka to take records")
    ids = {article.url for article in rig.articles}
    assert {"urn:pledgewatch:push:1", "urn:pledgewatch:push:2"} <= ids


@pytest.mark.fault
def test_stop_while_kafka_is_away(rig: Rig, kafka: Kafka, site: Site) -> None:
    service = rig.service()
    service.wait_ready()
    wait_for(lambda: len(rig.articles) == 4, 30, "the articles of the feed")
    kafka.kill()
    try:
        site.pages[5] = paragraphs(5)
        wait_for(lambda: service.get("/readyz")[0] == 503, 60, "Kafka to be missed")
        started = time.monotonic()
        assert service.terminate(40) == 0, service.log[-3000:]
        assert time.monotonic() - started < 30
    finally:
        kafka.start()
    service.start()
    wait_for(lambda: 5 in urls(rig.articles), 60, "the article that was under way")


@pytest.mark.fault
def test_start_while_kafka_is_away(rig: Rig, kafka: Kafka) -> None:
    kafka.kill()
    try:
        service = rig.service()
        wait_for(lambda: service.get("/healthz")[0] == 200, 60, "the health page")
        assert service.get("/readyz")[0] == 503
        wait_for(lambda: "waiting for Kafka" in service.log, 60, "a word about Kafka")
    finally:
        kafka.start()
    wait_for(lambda: len(rig.articles) == 4, 60, "the articles of the feed")
    assert service.get("/readyz")[0] == 200
