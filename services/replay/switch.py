"""The switch from one run to another: promotion, rollback, and doing away with what is not needed.

Each step can be done again: what is killed in between is done again from the beginning.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from elasticsearch import Elasticsearch, NotFoundError
from msgspec.structs import replace

from pledgewatch.records import LIVE, PledgeEvent, Run, encode
from services.common import cloudevents, kafka, kept, runs
from services.common.cloudevents import ANNOUNCED_HEADER, RUN_HEADER
from services.common.elasticsearch import DERIVED_INDICES, SHARED_INDICES, Indices, client
from services.common.errors import UserError
from services.common.reach import asking_elasticsearch, asking_kafka
from services.common.settings import KafkaSettings, Settings
from services.replay.carry import Carry
from services.replay.positions import Positions

WAIT_SECONDS = 300
STEP_SECONDS = 0.5
ACKNOWLEDGE_SECONDS = 30

Say = Callable[[str], None]


def first(run: Run, topics: kafka.Topics) -> tuple[str, str]:
    """The first stage of a run, and the topic that it reads."""
    if "classify" in run.stages:
        return "classify", topics.articles
    return ("ledger" if "ledger" in run.stages else "index"), topics.mentions


def made_live(settings: KafkaSettings, run: Run) -> Run:
    """Have a run's record say that it is live, and the one before that it is retired."""
    known = runs.read(settings)
    now = datetime.now(UTC)
    promoted = replace(
        run, state="live", promoted=now, updated=now, host=None, pace=None, problem=None
    )
    before = known.known.get(known.live) or first_run(run)
    retired = [replace(before, state="retired", updated=now)] if before.id != run.id else []
    runs.write(settings, [promoted, *retired])
    return promoted


def first_run(since: Run) -> Run:
    """The record of `live`, which has none before it is replaced for the first time."""
    return Run(
        id=LIVE,
        base=LIVE,
        stages=("classify", "ledger", "index"),
        state="live",
        by=since.by,
        started=since.started,
        updated=since.started,
    )


def wait_for_live(positions: Positions, live: kafka.Topics, say: Say) -> None:
    """Until the live services have done, and told, what there is now.

    Raises:
        UserError: they do not come to it.
    """
    reads = [
        ("classify", live.articles),
        ("ledger", live.mentions),
        ("notify", live.pledge_events),
    ]
    for service, topic in reads:
        if positions.committed(live.group(service), topic):  # else it was never started
            say(f"waiting until the live {service} has done what there is")
            wait_until_done(positions, [(live.group(service), topic)])


def wait_until_done(positions: Positions, reads: list[tuple[str, str]]) -> None:
    """Until groups have done what there is now in the topics that they read.

    Raises:
        UserError: one of them does not come to it.
    """
    for group, topic in reads:
        firsts = positions.starts(topic)
        goals = {n: end for n, end in positions.ends(topic).items() if end > firsts[n]}
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            done = positions.committed(group, topic)
            if all(done.get(number, 0) >= goal for number, goal in goals.items()):
                break
            if time.monotonic() > deadline:
                raise UserError(
                    f"the group {group} has not done what there was in {topic} {WAIT_SECONDS} s"
                    " ago: see that its service runs (`pledgewatch status`), then promote again"
                )
            time.sleep(STEP_SECONDS)  # Kafka has to be asked what a group has committed


def set_offsets(positions: Positions, live: kafka.Topics, run: kafka.Topics) -> None:
    """Have notify and index of a run begin where those of the live one are, where it has none."""
    if run.ledger != live.ledger:
        told = positions.ends(run.pledge_events)
        positions.commit(run.group("notify"), run.pledge_events, told)
    for name in SHARED_INDICES:
        topic = run.named(name)
        done = positions.committed(live.group("index"), topic)
        positions.commit(run.group("index"), topic, done)


def carry_corrections(
    settings: KafkaSettings, positions: Positions, source: kafka.Topics, target: kafka.Topics
) -> None:
    """Copy what people have put right from one run's mentions to another's.

    Raises:
        UserError: it does not come to an end.
    """
    if source.classify == target.classify:
        return
    carry = Carry(settings, None, source, target)
    carry.start()
    try:
        reads = [(target.group("carry"), topic) for topic in (source.mentions, source.outcomes)]
        wait_until_done(positions, reads)
    finally:
        carry.stop()


def point(settings: Settings, id: str) -> None:
    """Have the read aliases point to the generation of a run, all at once.

    Raises:
        UserError: Elasticsearch cannot be reached, refuses, or has no such generation.
    """
    prefix = settings.elasticsearch.index_prefix
    names = Indices(prefix, id)
    with asking_elasticsearch(settings.elasticsearch), client(settings.elasticsearch) as cluster:
        actions = []
        for name in DERIVED_INDICES:
            wanted = _behind(cluster, names.write(name))
            if not wanted:
                raise UserError(f"there is no {names.write(name)}: the run has no such index")
            for index in _behind(cluster, names.read(name)) - wanted:
                actions.append({"remove": {"index": index, "alias": names.read(name)}})
            actions += [{"add": {"index": index, "alias": names.read(name)}} for index in wanted]
        cluster.indices.refresh(index=[names.write(name) for name in DERIVED_INDICES])
        cluster.indices.update_aliases(actions=actions)


def _behind(cluster: Elasticsearch, alias: str) -> set[str]:
    try:
        return set(cluster.indices.get_alias(name=alias).body)
    except NotFoundError:
        return set()


def roll_back(settings: Settings, to: Run, by: str) -> None:
    """Make a run that was live before the live one again.

    Its services go on where they stopped. What they tell that was told already is not told again.

    Raises:
        UserError: it cannot be.
    """
    known = runs.read(settings.kafka)
    prefix = settings.kafka.topic_prefix
    current = known.known[known.live]
    runs.write(settings.kafka, [], [runs.action(to.id, "rollback", by, f"from {current.id}")])
    with asking_kafka(settings.kafka), Positions(settings.kafka) as positions:
        here, there = known.topics(prefix), known.topics(prefix, to.id)
        carry_corrections(settings.kafka, positions, here, there)
    point(settings, to.id)
    now = datetime.now(UTC)
    runs.write(
        settings.kafka,
        [
            replace(to, state="live", promoted=now, updated=now),
            replace(current, state="retired", updated=now),
        ],
    )


def remove(settings: Settings, run: Run, by: str, action: str) -> list[str]:
    """Delete the topics, groups and indices that a run alone has; what was deleted.

    Raises:
        UserError: another run reads them.
    """
    known = runs.read(settings.kafka)
    users = known.users(run.id)
    if users:
        raise UserError(f"{', '.join(users)} reads what {run.id} has written: it has to stay")
    own = known.topics(settings.kafka.topic_prefix, run.id)
    base = known.topics(settings.kafka.topic_prefix, run.base)
    kept = set(base.derived()) if run.id != LIVE else set()
    topics = [topic for topic in own.derived() if topic not in kept]
    now = datetime.now(UTC)
    runs.write(
        settings.kafka,
        [replace(run, state="discarded", updated=now, host=None)],
        [runs.action(run.id, action, by)],
    )
    with asking_kafka(settings.kafka), Positions(settings.kafka) as positions:
        positions.delete_topics(topics)
        used = {base.group(name) for name in _SERVICES} if run.id != LIVE else set()
        positions.delete_groups(sorted({own.group(name) for name in _SERVICES} - used))
    names = Indices(settings.elasticsearch.index_prefix, run.id)
    with asking_elasticsearch(settings.elasticsearch), client(settings.elasticsearch) as cluster:
        indices = sorted(
            index for name in DERIVED_INDICES for index in _behind(cluster, names.write(name))
        )
        if indices:
            cluster.indices.delete(index=indices)
    return [*topics, *indices]


_SERVICES = ("classify", "carry", "ledger", "notify", "index")


def announce(settings: Settings, run: Run, events: list[PledgeEvent], by: str) -> None:
    """Have events of the live run told like news, though they are none.

    Raises:
        UserError: Kafka refuses.
    """
    told = runs.action(run.id, "announce", by, f"{len(events)} events")
    runs.write(settings.kafka, [], [told])
    topics = runs.read(settings.kafka).topics(settings.kafka.topic_prefix, run.id)
    with (
        asking_kafka(settings.kafka),
        kafka.producer(settings.kafka, "pledgewatch-replay") as producer,
    ):
        places = _places(settings.kafka, topics.pledge_events)
        for event in events:
            headers = cloudevents.headers("pledge-event", event.id, runs.SOURCE)
            headers += [
                (RUN_HEADER, topics.ledger.encode()),
                (ANNOUNCED_HEADER, by.encode()),
            ]
            producer.send(
                topics.pledge_events,
                key=event.id.encode(),
                value=encode(replace(event, run=topics.ledger)),
                partition=places.get(event.id),
                headers=headers,
            ).get(timeout=ACKNOWLEDGE_SECONDS)


def _places(settings: KafkaSettings, topic: str) -> dict[str, int]:
    """Event id → the partition in which it stands: there its deliveries are known."""
    return {one.key.decode(): one.partition for one in kept.records(settings, topic)}
