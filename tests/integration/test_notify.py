"""Notify on a real Kafka, with real receivers: a signed webhook, and a real Alertmanager."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
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
from tests.conftest import RunService, fresh_settings
from tests.integration.monitoring import Server, alerts, running_alertmanager
from tests.integration.webhook import Received
from tests.processes import Service, environment, wait_for
from tests.topics import publish_mentions, put, read, read_as, today, wait_committed
from tests.unit.ledger.test_ledger import mention

pytestmark = pytest.mark.integration

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkIHNlY3JldCwgbG9uZyBlbm91Z2gh")


@pytest.fixture
def settings(kafka: Kafka) -> Settings:
    """Topics of the test's own; no Elasticsearch, which none of these services needs."""
    return fresh_settings(kafka)


def events(count: int = 1) -> list[PledgeEvent]:
    """New pledges of so many actors."""
    ledger = Ledger()
    return [
        replace(event, known_at=datetime.now(UTC))
        for n in range(count)
        for event in ledger.apply([mention(Level.ANNOUNCED, actor=f"X{n}", number=200)]).events
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


def deliveries(settings: Settings) -> dict[str, Delivery]:
    """The newest state of each delivery."""
    topic = Topics(settings.kafka.topic_prefix).deliveries
    found = read_back(settings.kafka, topic, Delivery)
    return {one.id: one for kept in found.values() for one in kept}


def wait_status(settings: Settings, status: str, count: int) -> None:
    """Wait until so many deliveries have a status."""
    wait_for(
        lambda: sum(one.status == status for one in deliveries(settings).values()) >= count,
        60,
        f"{count} deliveries {status}",
    )


def start(run_service: RunService, env: dict[str, str]) -> Service:
    """The service, ready."""
    service = run_service("notify", env, "serve")
    service.wait_ready()
    return service


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


def test_what_is_not_live_or_late_is_told_to_nobody(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    (event,) = events()
    service = start(run_service, rules(tmp_path, webhook.url))
    publish(settings, [replace(event, id="1" * 32)], run="replay-1")
    publish(settings, [replace(event, id="2" * 32, run="replay-1")], run="replay-1")
    publish(settings, [replace(event, id="3" * 32, run="replay-1")])
    publish(settings, [replace(event, id="4" * 32)], run=None)
    publish(settings, [replace(event, id="5" * 32, late=True)])
    long_ago = datetime.now(UTC) - timedelta(days=4)
    publish(settings, [replace(event, id="6" * 32, known_at=long_ago)])
    publish(settings, [event])
    wait_status(settings, "delivered", 1)
    (old,) = [one for one in deliveries(settings).values() if one.status == "failed"]
    assert old.problem == "it was too old when it was read"
    wait_committed(settings.kafka, "notify", 7)
    assert webhook.ids == [event.id]
    page = service.get("/metrics")[1]
    assert 'pledgewatch_records_total{outcome="ignored",stage="notify"} 5.0' in page
    assert service.terminate(30) == 0


def test_a_receiver_that_fails_is_tried_again_and_holds_nobody_up(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    webhook.answer = lambda n, _: (503, {"Retry-After": "1"}) if n == 0 else (200, {})
    dead = f"http://127.0.0.1:{free_port()}/"
    neighbour = f"http://{socket.gethostname()}:{free_port()}/"  # a private address, by its name
    service = start(run_service, rules(tmp_path, webhook.url, dead, neighbour))
    (event,) = events()
    publish(settings, [event])
    wait_status(settings, "delivered", 1)
    assert webhook.ids == [event.id, event.id]
    wait_for(lambda: all(one.attempts for one in deliveries(settings).values()))
    problems = {one.receiver: one.problem or "" for one in deliveries(settings).values()}
    assert problems["hook-1"].startswith("127.0.0.1 cannot be reached")
    assert "not a public address" in problems["hook-2"]
    assert service.terminate(30) == 0


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


def test_what_is_too_large_for_a_receiver_comes_in_smaller_messages(
    settings: Settings, run_service: RunService, tmp_path: Path, webhook: Received
) -> None:
    limit = 6_000
    webhook.answer = lambda _, body: (413, {}) if len(body) > limit else (200, {})
    given = events(50)
    given[7] = replace(given[7], sentence="word " * limit)
    publish(settings, given)
    service = start(run_service, rules(tmp_path, webhook.url))
    wait_status(settings, "delivered", len(given))
    taken = [
        (headers, Webhook(SECRETS[0]).verify(body, headers)["data"])
        for headers, body in webhook.requests
        if len(body) <= limit
    ]
    told = [one for _, data in taken for one in data.get("events", [data])]
    assert sorted(one["event"]["id"] for one in told) == sorted(one.id for one in given)
    assert len({headers["webhook-id"] for headers, _ in taken}) == len(taken) < len(given)
    (short,) = [one for one in told if one.get("short")]
    assert short["event"]["id"] == given[7].id
    assert short["summary"].startswith("X7 will send 200 personnel")

    webhook.answer = lambda *_: (413, {})
    publish(settings, events(51)[50:])
    wait_status(settings, "failed", 1)
    (failed,) = [one for one in deliveries(settings).values() if one.status == "failed"]
    assert failed.problem == "answered 413 (to a message of few words, too)"
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
    assert read(settings.kafka, topic)[-1].value is None
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
    webhook.answer = lambda n, _: (503, {"Retry-After": "2"}) if n == 0 else (200, {})
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
    config = (
        "route: {receiver: hook, group_by: [event_id], group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: '{webhook.url}'}}]}}]\n"
    )
    with running_alertmanager(config, tmp_path) as server:
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


def test_an_alertmanager_that_is_away_gets_it_later(
    settings: Settings,
    run_service: RunService,
    alertmanager: Server,
    webhook: Received,
    tmp_path: Path,
) -> None:
    env = {"PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": alertmanager.url}
    service = start(run_service, env)
    alertmanager.kill()
    given = events(40)
    publish(settings, given)
    wait_for(lambda: any(one.attempts for one in deliveries(settings).values()), 60)
    alertmanager.start()
    wait_status(settings, "delivered", len(given))
    ids = sorted(event.id for event in given)
    assert sorted(one["labels"]["event_id"] for one in alerts(alertmanager)) == ids
    history = read_as(settings.kafka, Topics(settings.kafka.topic_prefix).deliveries, Delivery)
    assert sorted(one.event.id for one in history if one.status == "delivered") == ids
    assert max(one.attempts for one in history) > 1

    def told() -> set[str]:
        bodies = [json.loads(body) for _, body in webhook.requests]
        return {alert["labels"]["event_id"] for body in bodies for alert in body["alerts"]}

    wait_for(lambda: told() == set(ids), 60)
    log = subprocess.run(
        [sys.executable, "-m", "services.cli", "notify", "log", "--json"],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(PROJECT), **environment(settings)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert '"status":"delivered"' in log
    assert service.terminate(30) == 0


def test_an_alert_that_alertmanager_refuses_holds_up_no_other(
    settings: Settings, run_service: RunService, alertmanager: Server
) -> None:
    given = events(20)
    (source,) = given[4].sources
    given[4] = replace(given[4], sources=(replace(source, url="no address"),))
    publish(settings, given)
    env = {
        "PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL": alertmanager.url,
        "PLEDGEWATCH_NOTIFY__DIGEST_OVER": "2",
    }
    service = start(run_service, env)
    wait_status(settings, "delivered", len(given) - 1)
    wait_status(settings, "failed", 1)
    (failed,) = [one for one in deliveries(settings).values() if one.status == "failed"]
    assert failed.event.id == given[4].id
    assert "generatorURL" in (failed.problem or "")
    told = {one["labels"]["event_id"] for one in alerts(alertmanager)}
    assert told == {one.id for one in given} - {given[4].id}
    assert service.terminate(30) == 0


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
