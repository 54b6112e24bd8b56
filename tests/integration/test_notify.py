"""Notify on a real Kafka, with real receivers: a signed webhook, and a real Alertmanager."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from pledgewatch.alerts import DEFAULTS, receivers_of
from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Level
from pledgewatch.records import Article, Delivery, Mention, PledgeEvent, decode, encode
from services.common import cloudevents
from services.common.kafka import Topics
from services.common.kept import read_back
from services.common.settings import Settings
from services.demo.samples import load
from services.demo.site import Site
from services.local.artifacts import PROJECT
from services.local.servers import Kafka, free_port
from tests.conftest import RunService, own_settings
from tests.integration.monitoring import Server, alerts, running_alertmanager
from tests.integration.webhook import Received, receiving
from tests.processes import Service, environment, wait_for
from tests.topics import publish_mentions, put, read, read_as, today, wait_committed
from tests.unit.ledger.test_ledger import mention

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkIHNlY3JldCwgbG9uZyBlbm91Z2gh")


def events(count: int = 1, actor: str = "X") -> list[PledgeEvent]:
    """New pledges of so many actors, whose codes begin so."""
    ledger = Ledger()
    return [
        replace(event, known_at=datetime.now(UTC))
        for n in range(count)
        for event in ledger.apply(
            [mention(Level.ANNOUNCED, actor=f"{actor}{n}", number=200)]
        ).events
    ]


def publish(settings: Settings, given: list[PledgeEvent], run: str | None = "live") -> None:
    """Put events on their topic as the ledger does; without a run in the headers if None."""
    records = []
    for event in given:
        headers = cloudevents.headers("pledge-event", event.id, "/test")
        if run is not None:
            headers.append((cloudevents.RUN_HEADER, run.encode()))
        records.append((event.id.encode(), encode(event), headers))
    put(settings.kafka, records, Topics(settings.kafka.topic_prefix).pledge_events)


def rules(tmp_path: Path, *urls: str, secrets: tuple[str, ...] = SECRETS[:1]) -> dict[str, str]:
    """A rules file that sends everything to webhooks, as a variable of the service."""
    files = []
    for n, secret in enumerate(secrets):
        (tmp_path / f"secret-{n}").write_text(secret + "\n")
        files.append(str(tmp_path / f"secret-{n}"))
    receivers = {f"hook-{n}": {"webhook": url, "secret_files": files} for n, url in enumerate(urls)}
    file = tmp_path / "alerts.json"  # JSON is YAML
    file.write_text(json.dumps({"receivers": receivers, "rules": [{"to": [*receivers]}]}))
    return {"PLEDGEWATCH_NOTIFY__RULES": str(file)}


def deliveries(settings: Settings, receiver: str | None = None) -> dict[str, Delivery]:
    """The newest state of each delivery, to one receiver if given."""
    topic = Topics(settings.kafka.topic_prefix).deliveries
    found = read_back(settings.kafka, topic, Delivery)
    return {
        one.id: one for kept in found.values() for one in kept if receiver in (None, one.receiver)
    }


def wait_status(
    settings: Settings, status: str, count: int, receiver: str | None = None
) -> list[Delivery]:
    """Wait until so many deliveries have a status; those."""

    def reached() -> list[Delivery]:
        found = [one for one in deliveries(settings, receiver).values() if one.status == status]
        return found if len(found) >= count else []

    return wait_for(reached, 60, f"{count} deliveries {status}")


def start(run_service: RunService, env: dict[str, str]) -> Service:
    """The service, ready."""
    service = run_service("notify", env, "serve")
    service.wait_ready()
    return service


def alertmanager_config(onward: Received) -> str:
    """A configuration that sends each alert on."""
    return (
        "route: {receiver: hook, group_by: [event_id], group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: '{onward.url}'}}]}}]\n"
    )


@dataclass
class Shared:
    """A notify that several tests use, each with receivers and actors of its own.

    What actors `LATE0` and so on do is told to the webhook `late`, and so on.
    """

    settings: Settings
    service: Service
    webhooks: dict[str, Received]
    alertmanager: Server
    onward: Received

    def outcomes(self, outcome: str) -> float:
        """How many events it has counted so."""
        sample = rf'pledgewatch_records_total{{outcome="{outcome}",stage="notify"}} (\S+)'
        found = re.search(sample, self.service.get("/metrics")[1])
        return float(found.group(1)) if found else 0


@pytest.fixture(scope="module")
def shared(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """One notify, with a webhook for each of three tests, two that are not there, and a real
    Alertmanager."""
    folder = tmp_path_factory.mktemp("notify")
    secret = folder / "secret"
    secret.write_text(SECRETS[0])
    with ExitStack() as stack:
        settings = stack.enter_context(own_settings(kafka))
        webhooks = {name: stack.enter_context(receiving()) for name in ("late", "failing", "small")}
        onward = stack.enter_context(receiving())
        alertmanager = stack.enter_context(
            running_alertmanager(alertmanager_config(onward), folder)
        )
        urls = {name: received.url for name, received in webhooks.items()} | {
            "dead": f"http://127.0.0.1:{free_port()}/",
            "neighbour": f"http://{socket.gethostname()}:{free_port()}/",  # a private address
        }
        receivers: dict[str, dict[str, object]] = {
            name: {"webhook": url, "secret_files": [str(secret)]} for name, url in urls.items()
        }
        receivers["alertmanager"] = {"alertmanager": alertmanager.url}
        told = {"late": ["late"], "failing": ["failing", "dead", "neighbour"]}
        told |= {"small": ["small"], "alert": ["alertmanager"]}
        rules = [
            {"to": names, "actors": [f"{actor.upper()}{n}" for n in range(100)]}
            for actor, names in told.items()
        ]
        file = folder / "alerts.json"  # JSON is YAML
        file.write_text(json.dumps({"receivers": receivers, "rules": rules}))
        env = environment(settings) | {"PLEDGEWATCH_NOTIFY__RULES": str(file)}
        service = Service("notify", env, folder, ("serve",))
        service.start()
        try:
            service.wait_ready()
            yield Shared(settings, service, webhooks, alertmanager, onward)
            assert service.terminate(30) == 0
        finally:
            service.kill()


def test_a_webhook_is_signed_with_each_secret_and_sent_once(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    (event,) = events()
    service = start(run_service, rules(tmp_path, webhook.url, secrets=SECRETS))
    publish(settings, [event])
    wait_status(settings, "delivered", 1)
    ((headers, body),) = webhook.requests
    assert headers["webhook-id"] == event.id
    for secret in SECRETS:
        said = Webhook(secret).verify(body, headers)
        assert said["type"] == "pledge.new"
        assert said["data"]["event"]["id"] == event.id
    publish(settings, [event])
    wait_committed(settings.kafka, "notify", 2)
    service.kill()
    service.start()
    service.wait_ready()
    publish(settings, [replace(event, id="0" * 32)])
    wait_status(settings, "delivered", 2)
    assert webhook.ids == [event.id, "0" * 32]
    assert service.terminate(30) == 0


def test_what_is_not_live_or_late_is_told_to_nobody(shared: Shared) -> None:
    (event,) = events(1, "LATE")
    settings, before = shared.settings, shared.outcomes("ignored")
    publish(settings, [replace(event, id="1" * 32)], run="replay-1")
    publish(settings, [replace(event, id="2" * 32, run="replay-1")], run="replay-1")
    publish(settings, [replace(event, id="3" * 32, run="replay-1")])
    publish(settings, [replace(event, id="4" * 32)], run=None)
    publish(settings, [replace(event, id="5" * 32, late=True)])
    long_ago = datetime.now(UTC) - timedelta(days=4)
    publish(settings, [replace(event, id="6" * 32, known_at=long_ago)])
    source = replace(event.sources[0], at=datetime.now(UTC))  # what was a rumour for too long
    ancient = datetime.now(UTC) - timedelta(days=400)
    publish(settings, [replace(event, id="7" * 32, known_at=ancient, sources=(source,))])
    publish(settings, [event])
    wait_status(settings, "delivered", 1, "late")
    (old,) = wait_status(settings, "failed", 1, "late")
    assert old.problem == "it was too old when it was read"
    wait_for(lambda: shared.outcomes("ignored") == before + 6)
    assert len(deliveries(settings, "late")) == 2
    assert shared.webhooks["late"].ids == [event.id]


def test_a_receiver_that_fails_is_tried_again_and_holds_nobody_up(shared: Shared) -> None:
    webhook, settings = shared.webhooks["failing"], shared.settings
    webhook.answer = lambda n, _: (503, {"Retry-After": "1"}) if n == 0 else (200, {})
    (event,) = events(1, "FAILING")
    publish(settings, [event])
    wait_status(settings, "delivered", 1, "failing")
    assert webhook.ids == [event.id, event.id]

    def problem(receiver: str) -> str:
        (one,) = deliveries(settings, receiver).values()
        return one.problem or ""

    assert wait_for(lambda: problem("dead"), 60).startswith("127.0.0.1 cannot be reached")
    assert "not a public address" in wait_for(lambda: problem("neighbour"), 60)


def test_what_is_too_large_for_a_receiver_comes_in_smaller_messages(shared: Shared) -> None:
    webhook, settings, limit = shared.webhooks["small"], shared.settings, 6_000

    def answer(number: int, body: bytes) -> tuple[int, dict[str, str]]:
        if number == 0:
            return 503, {"Retry-After": "1"}  # so that many wait
        return (413, {}) if len(body) > limit else (200, {})

    webhook.answer = answer
    given = events(80, "SMALL")
    given[7] = replace(given[7], sentence="word " * limit)
    publish(settings, given)
    wait_status(settings, "delivered", len(given), "small")
    taken = [
        (headers, Webhook(SECRETS[0]).verify(body, headers)["data"])
        for headers, body in webhook.requests[1:]
        if len(body) <= limit
    ]
    told = [one for _, data in taken for one in data.get("events", [data])]
    assert sorted(one["event"]["id"] for one in told) == sorted(one.id for one in given)
    assert len({headers["webhook-id"] for headers, _ in taken}) == len(taken) < len(given)
    digests = [body for _, body in webhook.requests if b'"pledge.digest"' in body]
    assert any(len(body) > limit for body in digests)
    (short,) = [one for one in told if one.get("short")]
    assert short["event"]["id"] == given[7].id
    assert short["summary"].startswith("SMALL7 will send 200 personnel")

    webhook.answer = lambda *_: (413, {})
    publish(settings, [replace(given[0], id="0" * 32)])
    (failed,) = wait_status(settings, "failed", 1, "small")
    assert failed.problem == "answered 413 (to a message of few words, too)"


def test_an_alertmanager_that_was_away_gets_all_once_and_refuses_one_alone(
    shared: Shared, tmp_path: Path
) -> None:
    settings, alertmanager = shared.settings, shared.alertmanager
    alertmanager.kill()
    given = events(80, "ALERT")
    (source,) = given[4].sources
    given[4] = replace(given[4], sources=(replace(source, url="no address"),))
    publish(settings, given)
    wait_for(lambda: any(one.attempts for one in deliveries(settings, "alertmanager").values()), 60)
    alertmanager.start()
    (failed,) = wait_status(settings, "failed", 1, "alertmanager")
    assert failed.event.id == given[4].id
    assert "generatorURL" in (failed.problem or "")
    wait_status(settings, "delivered", len(given) - 1, "alertmanager")
    ids = sorted(event.id for event in given if event is not given[4])
    assert sorted(one["labels"]["event_id"] for one in alerts(alertmanager)) == ids
    history = [
        one
        for one in read_as(settings.kafka, Topics(settings.kafka.topic_prefix).deliveries, Delivery)
        if one.receiver == "alertmanager"
    ]
    assert sorted(one.event.id for one in history if one.status == "delivered") == ids
    assert any(one.message not in (None, one.event.id) for one in history), "no batch was refused"

    def told() -> set[str]:
        bodies = [json.loads(body) for _, body in shared.onward.requests]
        return {alert["labels"]["event_id"] for body in bodies for alert in body["alerts"]}

    wait_for(lambda: told() == set(ids), 60)
    log = subprocess.run(
        [sys.executable, "-m", "services.cli", "notify", "log", "--json", "--limit", "500"],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(PROJECT), **environment(settings)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert sorted(log.splitlines()) == sorted(
        encode(one).decode() for one in deliveries(settings).values()
    )


def test_redirects_are_not_followed_and_410_stops(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    webhook.answer = lambda n, _: (
        (302, {"Location": "http://169.254.169.254/"}) if n == 0 else (410, {})
    )
    service = start(run_service, rules(tmp_path, webhook.url))
    publish(settings, events(2))
    wait_for(lambda: any(one.problem for one in deliveries(settings).values()))
    (problem,) = [one.problem for one in deliveries(settings).values() if one.problem]
    assert "redirects are not followed" in problem
    wait_status(settings, "gone", 2)
    service.kill()
    service.start()
    service.wait_ready()
    publish(settings, events(3)[2:])
    wait_status(settings, "gone", 3)
    assert len(webhook.requests) == 2
    assert service.terminate(30) == 0


def test_a_storm_is_digested_and_a_crash_repeats_the_same_digest(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    storm = events(1000)
    publish(settings, storm)
    webhook.answer = lambda n, _: (503, {}) if n == 0 else (200, {})
    env = rules(tmp_path, webhook.url)
    service = start(run_service, env)
    wait_for(lambda: webhook.requests, 60)
    service.kill()
    service.start()
    wait_status(settings, "delivered", 1000)
    told: dict[str, set[str]] = {}
    for headers, body in webhook.requests:
        data = json.loads(body)["data"]
        single = [data] if "event" in data else data["events"]
        told.setdefault(headers["webhook-id"], set()).update(one["event"]["id"] for one in single)
    by_event: dict[str, set[str]] = {}
    for id, ids in told.items():
        for one in ids:
            by_event.setdefault(one, set()).add(id)
    assert by_event.keys() == {one.id for one in storm}
    assert all(len(ids) == 1 for ids in by_event.values()), "told under two ids"
    assert len(told) < 100
    assert service.terminate(30) == 0


def test_what_was_delivered_long_ago_is_forgotten_and_not_told_again(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    plain, rumour = events(2)
    rumour = replace(rumour, confirmed=False)
    service = start(run_service, rules(tmp_path, webhook.url))
    publish(settings, [plain, rumour])
    wait_status(settings, "delivered", 2)
    assert service.terminate(30) == 0
    before, topic = (
        datetime.now(UTC) - timedelta(days=50),
        Topics(settings.kafka.topic_prefix).deliveries,
    )
    told_of = {one.event.id: one.id for one in deliveries(settings).values()}
    for record in read(settings.kafka, topic):
        one = decode(record.value, Delivery)
        if one.status == "delivered":
            event = replace(one.event, known_at=before)
            aged = encode(replace(one, event=event, first_at=before, updated=before))
            put(settings.kafka, [(record.key, aged, [])], topic, record.partition)
    service.start()
    wait_for(lambda: deliveries(settings).keys() == {told_of[rumour.id]}, message="a tombstone")
    key = told_of[plain.id].encode()
    assert [one.value for one in read(settings.kafka, topic) if one.key == key][-1] is None
    service.kill()
    service.start()
    service.wait_ready()
    source = replace(rumour.sources[0], at=datetime.now(UTC))
    again = [
        replace(plain, known_at=before),
        replace(rumour, known_at=before),
        replace(rumour, known_at=before, confirmed=True, sources=(*rumour.sources, source)),
        replace(events(1)[0], id="0" * 32),
    ]
    publish(settings, again)
    wait_status(settings, "delivered", 2)
    wait_committed(settings.kafka, "notify", 6)
    assert sorted(webhook.ids) == sorted([plain.id, rumour.id, "0" * 32])
    assert deliveries(settings)[told_of[plain.id]].status == "failed"
    assert service.terminate(30) == 0


def test_a_second_instance_comes_and_goes_and_nobody_is_told_twice_or_not_at_all(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    def slow(number: int, _: bytes) -> tuple[int, dict[str, str]]:
        threading.Event().wait(0.3)  # so that something is on its way whenever partitions move
        return (503, {"Retry-After": "2"}) if number == 0 else (200, {})

    webhook.answer = slow
    env = rules(tmp_path, webhook.url)
    one = start(run_service, env)
    given = events(12)
    publish(settings, given[:6])
    wait_for(lambda: webhook.requests)
    other = start(run_service, env)
    publish(settings, given[6:])
    wait_for(lambda: len(deliveries(settings)) == 12)
    other.terminate(30)
    wait_status(settings, "delivered", 12)
    wait_committed(settings.kafka, "notify", 12)
    assert set(webhook.ids) == {event.id for event in given}
    assert len(webhook.ids) == 13  # the one that failed came again
    assert one.terminate(30) == 0


@pytest.fixture
def alertmanager(tmp_path: Path, webhook: Received) -> Iterator[Server]:
    """A real Alertmanager that sends everything on to the webhook."""
    with running_alertmanager(alertmanager_config(webhook), tmp_path) as server:
        yield server


def test_mentions_become_one_alert_each_change_and_can_be_silenced(
    settings: Settings,
    run_service: RunService,
    alertmanager: Server,
    webhook: Received,
    tmp_path: Path,
) -> None:
    env = {"PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": alertmanager.url}
    ledger = run_service("ledger", None, "--serve")
    notify = run_service("notify", env, "serve")
    ledger.wait_ready()
    notify.wait_ready()
    publish_mentions(
        settings.kafka,
        [today(mention(Level.WILLING, number=200, outlet=f"paper {n}")) for n in range(20)],
    )
    wait_for(lambda: alerts(alertmanager))
    (alert,) = alerts(alertmanager)
    assert alert["labels"] | {"event_id": "-"} == {
        "alertname": "PledgeChanged",
        "actor": "NOR",
        "recipient": "UKR",
        "family": "ground",
        "event": "new",
        "severity": "info",
        "confirmed": "true",
        "event_id": "-",
    }
    assert alert["annotations"]["summary"].startswith("NOR is willing to send 200 personnel")
    assert "Norway says so" in alert["annotations"]["evidence"]
    wait_for(lambda: webhook.requests)
    assert json.loads(webhook.requests[0][1])["alerts"][0]["labels"]["actor"] == "NOR"

    silence = {
        "matchers": [{"name": "actor", "value": "NOR", "isRegex": False, "isEqual": True}],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "test",
        "comment": "quiet",
    }
    request = Request(  # noqa: S310
        f"{alertmanager.url}/api/v2/silences",
        data=json.dumps(silence).encode(),
        headers={"content-type": "application/json"},
    )
    with urlopen(request, timeout=5) as answer:  # noqa: S310
        assert answer.status == 200
    publish_mentions(settings.kafka, [today(mention(Level.SIGNED, number=200))])
    wait_for(lambda: len(alerts(alertmanager)) == 2 or None)
    states = {one["labels"]["event"]: one["status"]["state"] for one in alerts(alertmanager)}
    assert states["firmer"] == "suppressed"
    assert notify.terminate(30) == 0
    assert ledger.terminate(30) == 0


def test_articles_of_feeds_become_alerts_each_change_once(
    settings: Settings, run_service: RunService, alertmanager: Server, tmp_path: Path
) -> None:
    samples = load(newest=datetime.now(UTC))
    env = {"PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": alertmanager.url}
    with Site(samples) as site:
        feeds = tmp_path / "feeds.yaml"
        feeds.write_text(site.feeds_yaml(), encoding="utf-8")
        services = [
            run_service("classify"),
            run_service("ledger", None, "--serve"),
            run_service("notify", env, "serve"),
        ]
        for service in services:
            service.wait_ready()
        ingest = run_service("ingest", {"PLEDGEWATCH_INGEST__FEEDS": str(feeds)}, "--once")
        assert ingest.wait(120) == 0
    topics = Topics(settings.kafka.topic_prefix)
    wait_committed(
        settings.kafka, "classify", len(read_as(settings.kafka, topics.articles, Article))
    )
    wait_committed(settings.kafka, "ledger", len(read_as(settings.kafka, topics.mentions, Mention)))
    told = {
        event.id
        for event in read_as(settings.kafka, topics.pledge_events, PledgeEvent)
        if receivers_of(event, DEFAULTS)
    }
    assert told
    wait_for(
        lambda: {one["labels"]["event_id"] for one in alerts(alertmanager)} == told,
        message="an alert for each change",
    )
    for one in alerts(alertmanager):
        assert one["annotations"]["evidence"]
        assert one["generatorURL"].startswith("http://127.0.0.1:")
    for service in services:
        assert service.terminate(30) == 0
