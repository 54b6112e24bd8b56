"""The searches that people need, on a real Elasticsearch with a few documents."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch as Client
from msgspec.structs import replace

from benchmarks.transport.mentions import mentions
from pledgewatch import ids
from pledgewatch.documents import BUILDERS, as_json
from pledgewatch.ontology import Contribution, Event, Family, Kind, Level, Obstacle
from pledgewatch.records import (
    Actor,
    ArticleRef,
    Correction,
    Mention,
    OpenObstacle,
    Pledge,
    PledgeEvent,
    Record,
    Sentence,
    decode,
    encode,
)
from services.common import queries
from services.common.elasticsearch import Indices, client
from services.common.settings import ElasticsearchSettings
from services.local.servers import Elasticsearch
from services.provision.indices import provision_indices

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "schemas"
PLEDGE = decode((EXAMPLES / "pledge/examples/good/v1-deployed.json").read_bytes(), Pledge)
EVENT = decode((EXAMPLES / "pledge-event/examples/good/v1-smaller.json").read_bytes(), PledgeEvent)
MENTION = next(mentions(1))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NORWAY, FRANCE, UKRAINE, GAZA = (
    Actor(code=code, name=name)
    for code, name in (
        ("NOR", "Norway"),
        ("FRA", "France"),
        ("UKR", "Ukraine"),
        ("PSE", "Palestine"),
    )
)


class Search:
    """Writes records as the index service does, and asks."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._indices = Indices(prefix)

    def put(self, name: str, records: Sequence[Record]) -> None:
        now = as_json(datetime.now(UTC))
        index = self._indices.write(name).encode()
        body = b"".join(BUILDERS[name](encode(one), index, now).body for one in records)
        answer = self._client.bulk(body=body, refresh=True, require_alias=True)  # type: ignore[arg-type]
        assert not answer["errors"], answer

    def ask(self, name: str, body: queries.Body) -> dict[str, Any]:
        return dict(self._client.search(index=self._indices.read(name), body=body))

    def hits(self, name: str, body: queries.Body) -> list[dict[str, Any]]:
        """The records that are found, in order."""
        found = self.ask(name, body)["hits"]["hits"]
        return [next(iter(hit["_source"]["pledgewatch"].values())) for hit in found]


@pytest.fixture
def search(elasticsearch: Elasticsearch) -> Iterator[Search]:
    settings = ElasticsearchSettings(
        url=elasticsearch.address, index_prefix=f"queries-{uuid.uuid4().hex[:8]}-"
    )
    provision_indices(settings, dry_run=False)
    with client(settings) as made:
        yield Search(made, settings.index_prefix)


def pledge(actor: Actor, level: Level | None, **changes: Any) -> Pledge:
    number = ids.digest(str(actor), str(level), repr(changes))
    given = {"actor": actor, "recipient": UKRAINE, "level": level, "id": number, "articles": 2}
    return replace(PLEDGE, **(given | changes))


def event(at: datetime, **changes: Any) -> PledgeEvent:
    given = {"id": ids.digest(repr(at), repr(changes)), "at": at, "known_at": at}
    party = {"actor": NORWAY, "recipient": UKRAINE, "family": Family.GROUND}
    return replace(EVENT, **(given | party | changes))


def mention(
    text: str, at: datetime = MONDAY, *, obstacle: Obstacle | None = None, **changes: Any
) -> Mention:
    id = ids.digest(text, repr(at), repr(changes))
    what: dict[str, Any] = {"kind": Kind.COMMITMENT, "obstacle": None}
    if obstacle:
        what = {"kind": Kind.OBSTACLE, "contribution": None, "level": None, "obstacle": obstacle}
    given = {
        "id": id,
        "actor": NORWAY,
        "recipient": UKRAINE,
        "sentence": Sentence(text=text, start=0, end=len(text)),
        "article": ArticleRef(id=id, published=at, first_seen=at, revision=ids.milliseconds(at)),
    }
    return replace(MENTION, **(given | what | changes))


def names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["actor"]["name"] for row in rows]


def by_actor(aggregations: dict[str, Any]) -> list[dict[str, Any]]:
    """The buckets of actors, and that of nobody."""
    nobody = {"key": queries.NOBODY} | aggregations[queries.NOBODY]
    return [*aggregations["actors"]["buckets"], nobody]


def test_the_board_shows_the_firmest_first_and_pages(search: Search) -> None:
    old, new = MONDAY, MONDAY + timedelta(days=1)
    opposed = OpenObstacle(obstacle=Obstacle.FUNDING, since=MONDAY, mention="a" * 32, sentence="x")
    rows = [
        pledge(FRANCE, Level.WILLING),
        pledge(NORWAY, Level.DEPLOYED, last_confirmed=old),
        pledge(FRANCE, Level.DEPLOYED, last_confirmed=new, obstacles=(opposed,)),
        pledge(NORWAY, Level.WITHDRAWN, on_the_table=False, confirmed=False),
        pledge(NORWAY, None, on_the_table=False),
        pledge(FRANCE, Level.SIGNED, recipient=GAZA, changed=new),
        pledge(FRANCE, Level.SIGNED, articles=0),
    ]
    search.put("pledges", rows)
    found = search.hits("pledges", queries.board(recipient="UKR"))
    assert [(row["actor"]["code"], row["level"]) for row in found] == [
        ("FRA", "deployed"),
        ("NOR", "deployed"),
        ("FRA", "willing"),
        ("NOR", "withdrawn"),
        ("NOR", None),
    ]
    assert "history" not in found[0]
    assert len(search.hits("pledges", queries.board(on_the_table=True))) == 4
    assert names(search.hits("pledges", queries.board(obstacles=[Obstacle.FUNDING]))) == ["France"]
    assert len(search.hits("pledges", queries.board(confirmed=False))) == 1
    assert len(search.hits("pledges", queries.board(levels=[Level.SIGNED], actor="FRA"))) == 1

    first = search.ask("pledges", queries.board(size=2, facets=5))
    assert first["hits"]["total"] == {"value": 6, "relation": "eq"}
    counts = {
        name: {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
        for name, found in first["aggregations"].items()
    }
    assert counts["recipients"] == {"UKR": 5, "PSE": 1}
    assert counts["levels"] == {"deployed": 2, "signed": 1, "willing": 1, "withdrawn": 1}
    rest = queries.board(size=10, after=first["hits"]["hits"][-1]["sort"])
    assert [row["level"] for row in search.hits("pledges", rest)] == [
        "signed",
        "willing",
        "withdrawn",
        None,
    ]


def test_rows_that_changed_lately(search: Search) -> None:
    search.put("pledges", [pledge(FRANCE, Level.SIGNED, changed=MONDAY + timedelta(hours=1))])
    search.put("pledges", [pledge(NORWAY, Level.SIGNED, changed=MONDAY - timedelta(hours=1))])
    assert names(search.hits("pledges", queries.board(changed_since=MONDAY))) == ["France"]


def test_the_history_of_a_pledge_is_told_in_order_as_far_as_it_was_known(search: Search) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(4)]
    search.put(
        "pledge-events",
        [
            event(days[2], event=Event.FIRMER, known_at=days[3]),
            event(days[0], event=Event.NEW),
            event(days[1], event=Event.LARGER),
            event(days[1], actor=FRANCE),
            event(days[1], family=Family.AIR),
            event(days[1], recipient=None),
        ],
    )

    def told(body: queries.Body) -> list[str]:
        return [one["event"] for one in search.hits("pledge-events", body)]

    history = queries.pledge_history("NOR", "UKR", Family.GROUND)
    assert told(history) == ["new", "larger", "firmer"]
    known = queries.pledge_history("NOR", "UKR", Family.GROUND, known_by=days[3])
    assert told(known) == ["new", "larger"]
    assert len(told(queries.pledge_history("NOR", None, Family.GROUND))) == 1


def test_changes_come_the_newest_first(search: Search) -> None:
    search.put(
        "pledge-events",
        [
            event(MONDAY, event=Event.NEW),
            event(MONDAY + timedelta(days=1), event=Event.BLOCKED, late=True),
            event(MONDAY + timedelta(days=2), event=Event.RETRACTED, actor=FRANCE),
        ],
    )
    found = search.hits("pledge-events", queries.changes())
    assert [one["event"] for one in found] == ["retracted", "blocked", "new"]
    on_time = queries.changes(late=False, since=MONDAY, until=MONDAY + timedelta(days=2))
    assert [one["event"] for one in search.hits("pledge-events", on_time)] == ["new"]
    kinds = queries.changes(events=[Event.NEW, Event.BLOCKED], actor="NOR")
    assert len(search.hits("pledge-events", kinds)) == 2


def test_mentions_are_counted_by_actor_and_week(search: Search) -> None:
    search.put(
        "mentions",
        [
            mention("One.", MONDAY),
            mention("Two.", MONDAY + timedelta(days=6, hours=23)),
            mention("Three.", MONDAY + timedelta(days=7)),
            mention("Four.", MONDAY, actor=FRANCE),
            mention("Five.", MONDAY, actor=None),
            mention("Six.", MONDAY, actor=FRANCE, recipient=GAZA),
            mention("Seven.", MONDAY, obstacle=Obstacle.FUNDING),
            mention("Eight.", MONDAY, correction=Correction(by="desk", at=MONDAY, rejected=True)),
        ],
    )
    asked = queries.mentions_by_actor_and_week(recipient="UKR", kind=Kind.COMMITMENT)
    found = search.ask("mentions", asked)["aggregations"]
    weeks = {
        bucket["key"]: {
            week["key_as_string"][:10]: week["doc_count"] for week in bucket["weeks"]["buckets"]
        }
        for bucket in by_actor(found)
    }
    assert weeks == {
        "NOR": {"2026-03-02": 2, "2026-03-09": 1},
        "FRA": {"2026-03-02": 1},
        queries.NOBODY: {"2026-03-02": 1},
    }


def test_sentences_are_found_by_their_words(search: Search) -> None:
    search.put(
        "mentions",
        [
            mention("Norway will send two mine hunters to the Black Sea."),
            mention("Norway will send soldiers.", MONDAY + timedelta(days=1)),
            mention("France will send mine clearance teams.", actor=FRANCE),
        ],
    )

    def texts(text: str | None, **filters: Any) -> list[str]:
        found = search.hits("mentions", queries.sentences(text, **filters))
        return [one["sentence"]["text"].split()[0] for one in found]

    assert sorted(texts("mine")) == ["France", "Norway"]
    assert texts('"mine hunters"') == ["Norway"]
    assert texts("mine -hunters") == ["France"]
    assert texts("mine", actor="FRA") == ["France"]
    assert texts("clear*") == ["France"]
    for typed in ('"', "((", "a/b AND", "field:x~~", "\\", "*"):
        texts(typed)
    newest = search.hits("mentions", queries.sentences("send", newest_first=True))
    assert newest[0]["sentence"]["text"] == "Norway will send soldiers."
    assert len(texts(None, contributions=[Contribution(MENTION.contribution or "")])) == 3

    (hit,) = search.ask("mentions", queries.sentences('"mine hunters"'))["hits"]["hits"]
    (marked,) = hit["highlight"]["pledgewatch.mention.sentence.text"]
    words = marked.replace(queries.HIT_START, "[").replace(queries.HIT_END, "]")
    assert words == "Norway will send two [mine hunters] to the Black Sea."


def test_sentences_page_without_gap_or_repeat(search: Search) -> None:
    search.put("mentions", [mention(f"Norway will send {n} soldiers.") for n in range(25)])
    seen: list[str] = []
    after: list[Any] | None = None
    while True:
        asked = queries.sentences("soldiers", size=10, after=after)
        hits = search.ask("mentions", asked)["hits"]["hits"]
        if not hits:
            break
        seen += [hit["_id"] for hit in hits]
        after = hits[-1]["sort"]
    assert len(seen) == len(set(seen)) == 25


def test_obstacles_are_counted_by_actor_with_the_last_time(search: Search) -> None:
    later = MONDAY + timedelta(days=3)
    search.put(
        "mentions",
        [
            mention("The vote is open.", MONDAY, obstacle=Obstacle.PARLIAMENTARY_APPROVAL),
            mention("The vote was put off.", later, obstacle=Obstacle.PARLIAMENTARY_APPROVAL),
            mention("There is no money.", MONDAY, obstacle=Obstacle.FUNDING),
            mention("No ceasefire.", MONDAY, obstacle=Obstacle.NO_CEASEFIRE, actor=None),
            mention("Norway will send soldiers."),
        ],
    )
    asked = queries.obstacles_by_actor(recipient="UKR")
    found = search.ask("mentions", asked)["aggregations"]
    counts = {
        bucket["key"]: {
            one["key"]: (one["doc_count"], one["last"]["value_as_string"][:10])
            for one in bucket["obstacles"]["buckets"]
        }
        for bucket in by_actor(found)
    }
    assert counts == {
        "NOR": {"parliamentary_approval": (2, "2026-03-05"), "funding": (1, "2026-03-02")},
        queries.NOBODY: {"no_ceasefire": (1, "2026-03-02")},
    }


def test_what_is_asked_for_is_plain_json() -> None:
    asked = queries.board(levels=[Level.SIGNED], changed_since=MONDAY)
    assert msgspec.json.decode(msgspec.json.encode(asked)) is not None
