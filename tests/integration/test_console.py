"""The console's pages on the real indices, as HTML and as JSON, and what it refuses."""

import csv
import http.client
import io
import itertools
import json
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import pytest
from lxml import etree
from msgspec.structs import replace

from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Level
from pledgewatch.records import Entry, Mention, Pledge, PledgeEvent
from services.common import kafka as common_kafka
from services.common.board import in_order
from services.common.kept import read_back
from services.common.settings import ConsoleSettings, Settings
from services.console import board as boards
from services.console.exports import FORMULA
from services.console.filters import Filters
from services.console.reader import Reader
from services.local.servers import Elasticsearch, free_port
from tests import sample_board as sample_boards
from tests.processes import Service, wait_for
from tests.topics import publish_mentions
from tests.unit.console.made import mention

pytestmark = pytest.mark.integration

PAGES = (
    "/", "/?recipient=UKR", "/changes", "/obstacles", "/search?q=troops", "/map", "/ladder",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def cookies(self) -> SimpleCookie:
        """The cookies that it sets."""
        return SimpleCookie(self.headers.get("set-cookie", ""))


def ask(
    base: str,
    path: str,
    *,
    method: str = "GET",
    form: Mapping[str, str] | None = None,
    context: ssl.SSLContext | None = None,
    **headers: str,
) -> Answer:
    """One request, without following redirects."""
    parts = urlsplit(base)
    connection = (
        http.client.HTTPSConnection(parts.netloc, timeout=60, context=context)
        if context
        else http.client.HTTPConnection(parts.netloc, timeout=60)
    )
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        method = "POST"
        sent |= {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form) if form is not None else None
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    found = Answer(
        answer.status,
        {name.lower(): value for name, value in answer.getheaders()},
        answer.read().decode(),
    )
    connection.close()
    return found


def as_json(base: str, path: str) -> Any:
    """The JSON of a page."""
    answer = ask(base, path, accept="application/json")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json


def rows(base: str, query: str = "") -> list[Pledge]:
    """The first page of the board."""
    return msgspec.convert(as_json(base, f"/?{query}")["board"]["rows"], list[Pledge])


@pytest.fixture
def reader(sample_board: Settings) -> Iterator[Reader]:
    """What reads the indices of the samples."""
    made = Reader(sample_board.elasticsearch, sample_board.console)
    yield made
    made.close()


# --- Pages -------------------------------------------------------------------------------------


def every_page(base: str) -> list[str]:
    """An address of each kind of page."""
    row = rows(base, "sort=sources")[0]
    evidence = as_json(base, f"/mentions/{row.mention}")
    story = evidence["mention"]["article"]["story_id"]
    own = (f"/pledges/{row.id}", f"/mentions/{row.mention}", f"/stories/{story}", "/login")
    return [*PAGES, *own, f"/?as_of={datetime.now(UTC):%Y-%m-%d}"]


def test_every_page_is_html_and_json_with_headers_that_guard_it(console: str) -> None:
    for path in every_page(console):
        html = ask(console, path, accept="text/html")
        assert html.status == 200, path
        assert html.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1>" in html.text
        assert "style=" not in html.text
        policy = html.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert html.headers["x-content-type-options"] == "nosniff"
        assert html.headers["cache-control"] == "no-store"
        assert "server" not in html.headers
        if path != "/login":
            assert as_json(console, path)
            joined = f"{path}{'&' if '?' in path else '?'}format=json"
            assert ask(console, joined).headers["content-type"] == "application/json"


def test_the_board_is_narrowed_by_what_is_asked_for(console: str) -> None:
    everything = as_json(console, "/")["board"]
    assert everything["totals"]["pledges"] > len(everything["rows"]) == 50
    for code, count in list(everything["choices"]["recipients"].items())[:5]:
        found = as_json(console, f"/?recipient={code}")["board"]
        assert found["totals"]["pledges"] == count
        assert {row["recipient"]["code"] for row in found["rows"]} == {code}
    assert {row.level for row in rows(console, "level=deployed,withdrawn")} == {
        Level.DEPLOYED,
        Level.WITHDRAWN,
    }
    assert all(not row.on_the_table for row in rows(console, "on_the_table=false"))
    assert all(
        "force_shortage" in str(row.obstacles) for row in rows(console, "obstacle=force_shortage")
    )
    assert all(row.recipient is None for row in rows(console, "recipient=-"))
    found = rows(console, "q=minehunters")
    assert found
    assert all("minehunters" in row.sentence.casefold() for row in found)
    assert rows(console, "q=xylophone") == []
    assert "Nothing on the board fits" in ask(console, "/?q=xylophone").text


def test_the_board_is_in_the_order_asked_for(console: str) -> None:
    numbers = [row.quantity.max for row in rows(console, "sort=number") if row.quantity]
    known = [one for one in numbers if one is not None]
    assert known == sorted(known, reverse=True)
    ranks = [row.level.rank for row in rows(console, "sort=firmest") if row.level]
    assert ranks == sorted(ranks)
    names = [row.actor.name for row in rows(console, "sort=actor") if row.actor]
    assert names == sorted(names)
    changed = [row.changed for row in rows(console, "sort=changed") if row.changed]
    assert changed == sorted(changed, reverse=True)


def test_all_pages_of_the_board_together_are_the_board_once(console: str, reader: Reader) -> None:
    for sort in ("recipient", "number", "changed", "firmest"):
        seen: list[str] = []
        path: str | None = f"/?sort={sort}"
        while path:
            html = ask(console, path).text
            seen += re.findall(r'<a href="/pledges/([0-9a-f]{32})"', html)
            more = re.search(r'class="button" href="(/\?[^"]*after=[^"]*)"', html)
            path = more[1].replace("&amp;", "&") if more else None
        total = as_json(console, "/")["board"]["totals"]["pledges"]
        assert len(seen) == len(set(seen)) == total


def test_totals_are_those_of_the_rows(reader: Reader) -> None:
    for filters in (Filters(), Filters(recipient="UKR")):
        page = boards.board(reader, filters, size=1_000)
        counted, summed = page.totals, boards._summed(page.rows)
        assert counted == msgspec.structs.replace(summed, levels=counted.levels)
        assert dict(counted.levels) == dict(summed.levels)


def bare(row: Pledge) -> Pledge:
    """A row without what only tells when it was written."""
    return replace(row, updated=None, history=())


def test_the_board_of_another_time_is_what_the_ledger_says_of_it(
    console: str, sample_board: Settings
) -> None:
    topics = common_kafka.Topics(sample_board.kafka.topic_prefix)
    entries = read_back(sample_board.kafka, topics.ledger_entries, Entry)
    kept = read_back(sample_board.kafka, topics.pledges, Pledge)
    ledger = Ledger()
    ledger.load(
        itertools.chain(*entries.values()),
        (event for row in itertools.chain(*kept.values()) for event in row.history),
    )
    now = datetime.now(UTC)
    for days in (0, 4, 8, 30):
        day = (now - timedelta(days=days)).date()
        then = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
            days=1, microseconds=-1
        )
        expected = in_order(row for row in ledger.board(as_of=then) if row.articles)
        found = rows(console, f"as_of={day}")
        assert sorted(map(bare, found), key=lambda row: row.id) == sorted(
            map(bare, expected), key=lambda row: row.id
        )
    assert rows(console, f"known_on={(now - timedelta(days=2)):%Y-%m-%d}") == []
    as_it_is = rows(console, f"as_of={now:%Y-%m-%d}&known_on={now:%Y-%m-%d}&recipient=UKR")
    assert {row.id for row in as_it_is} == {row.id for row in rows(console, "recipient=UKR")}


def test_a_pledge_as_of_a_time_is_shown_as_it_was(console: str) -> None:
    row = next(one for one in rows(console, "sort=sources") if one.on_the_table)
    then = f"{row.last_confirmed:%Y-%m-%d}"
    found = as_json(console, f"/pledges/{row.id}?as_of={then}")
    assert found["pledge"]["level"] == row.level
    assert "As it stood on" in ask(console, f"/pledges/{row.id}?as_of={then}").text
    before = row.first_seen - timedelta(days=400)
    assert ask(console, f"/pledges/{row.id}?as_of={before:%Y-%m-%d}").status == 404


def test_a_pledge_has_every_sentence_in_its_article_with_copies_folded(console: str) -> None:
    copies = 0
    for row in rows(console, "sort=sources")[:12]:
        page = as_json(console, f"/pledges/{row.id}")
        assert page["claims"], row
        shown = 0
        for claim in page["claims"]:
            sentence = claim["mention"]["sentence"]["text"]
            marked = [one["text"] for one in claim["quote"]["pieces"] if "sentence" in one["marks"]]
            assert claim["quote"]["found"]
            assert "".join(marked) == sentence
            shown += 1 + len(claim["copies"])
            copies += len(claim["copies"])
        assert shown == page["mentions"]
        html = ask(console, f"/pledges/{row.id}").text
        if row.level:
            assert '<svg viewBox="0 0 720' in html
            assert "How firm it was over time" in html
    assert copies > 0


def test_evidence_leads_to_its_pledge_and_its_story(console: str) -> None:
    for row in rows(console, "sort=sources")[:10]:
        page = as_json(console, f"/mentions/{row.mention}")
        assert page["pledge"] == row.id
        text = "".join(one["text"] for one in page["quote"]["pieces"])
        assert text in (page["article"]["text"], page["article"]["title"])
        story = as_json(console, f"/stories/{page['mention']['article']['story_id']}")
        assert page["article"]["id"] in {one["id"] for one in story["articles"]}


def test_a_story_has_all_its_articles_and_says_each_thing_once(console: str) -> None:
    found = [json.loads(line) for line in ask(console, "/events.ndjson").text.splitlines()]
    told: dict[str, set[str]] = {}
    for one in found:
        told.setdefault(one["story_id"], set()).add(one["url"])
    id, urls = max(told.items(), key=lambda one: len(one[1]))
    assert len(urls) > 1
    story = as_json(console, f"/stories/{id}")
    assert urls <= {one["url"] for one in story["articles"]}
    assert not any(one["text"] for one in story["articles"])
    mentions = sum(1 + len(claim["copies"]) for claim in story["claims"])
    assert mentions == sum(one["story_id"] == id for one in found) > len(story["claims"])
    assert "more article" in ask(console, f"/stories/{id}").text


def test_changes_are_the_newest_first_and_as_a_feed(console: str) -> None:
    events = msgspec.convert(as_json(console, "/changes")["events"], list[PledgeEvent])
    assert [one.at for one in events] == sorted((one.at for one in events), reverse=True)
    only = msgspec.convert(
        as_json(console, "/changes?event=retracted")["events"], list[PledgeEvent]
    )
    assert {one.event for one in only} == {"retracted"}
    answer = ask(console, "/changes.atom?event=retracted")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.text.encode())
    atom = {"a": "http://www.w3.org/2005/Atom"}
    links = [one.get("href") or "" for one in feed.findall("a:entry/a:link", atom)]
    assert len(feed.findall("a:entry", atom)) == len(only)
    assert all(one.startswith(("http://", console)) for one in links)
    own = next(one for one in links if one.startswith(console))
    assert ask(console, own.removeprefix(console)).status == 200


def test_obstacles_are_counted_and_the_firm_pledges_come_first(console: str) -> None:
    page = as_json(console, "/obstacles")
    assert page["total"] >= len(page["rows"]) > 0
    assert all(row["obstacles"] for row in page["rows"])
    ranks = [Level(row["level"]).rank if row["level"] else 99 for row in page["rows"]]
    assert ranks == sorted(ranks)
    for kind, count in list(page["kinds"].items())[:3]:
        assert as_json(console, f"/obstacles?obstacle={kind}")["total"] == count


def test_search_finds_words_phrases_and_nothing(console: str) -> None:
    found = as_json(console, "/search?q=police+officers")
    assert found["total"] > 0
    for hit in found["hits"]:
        assert any("found" in piece["marks"] for piece in hit["pieces"])
        text = "".join(piece["text"] for piece in hit["pieces"])
        assert text == hit["mention"]["sentence"]["text"]
    assert as_json(console, '/search?q="officers+police"')["total"] == 0
    for typed in ('"unfinished', "((((", "a AND", "-", "*", "~~", "<img onerror=1>", "]]>"):
        answer = ask(console, f"/search?q={quote(typed)}")
        assert answer.status == 200
        assert "<img onerror" not in answer.text


def test_the_map_and_the_ladder_show_who_contributes(console: str) -> None:
    page = as_json(console, "/map?recipient=UKR")
    codes = [row["actor"]["code"] for row in page["contributors"]]
    assert len(codes) == len(set(codes)) > 3
    html = ask(console, "/map?recipient=UKR").text
    assert 'class="land recipient"' in html
    assert html.count('class="land level-') >= 3
    ladder = as_json(console, "/ladder?recipient=UKR")
    assert ladder["recipient"]["code"] == "UKR"
    assert ask(console, "/ladder?recipient=QQQ").status == 200
    assert as_json(console, "/map?recipient=QQQ")["contributors"] == []


def test_the_board_leaves_as_csv_and_mentions_as_event_data(console: str) -> None:
    answer = ask(console, "/board.csv?recipient=UKR")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == as_json(console, "/?recipient=UKR")["board"]["totals"]["pledges"]
    assert not [cell for line in lines for cell in line.values() if cell.startswith(FORMULA)]
    dated = ask(console, f"/board.csv?recipient=UKR&as_of={datetime.now(UTC):%Y-%m-%d}")
    assert {one["pledge"] for one in csv.DictReader(io.StringIO(dated.text))} == {
        one["pledge"] for one in lines
    }
    events = ask(console, "/events.ndjson?recipient=UKR&level=announced").text.splitlines()
    found = [json.loads(one) for one in events]
    assert found
    assert {one["target_actor"] for one in found} == {"UKR"}
    assert all(re.fullmatch(r"\d{3,4}", one["cameo_code"]) for one in found if one["cameo_code"])
    publisher = found[0]["publisher"]
    naval = ask(console, f"/events.ndjson?family=naval&source={quote(publisher)}").text
    for one in map(json.loads, naval.splitlines()):
        assert (one["contribution"], one["publisher"]) == ("naval", publisher)


# --- Refusals ----------------------------------------------------------------------------------


def test_what_cannot_be_answered_is_said_as_html_and_as_json(console: str) -> None:
    for path, status in (
        ("/?level=certain", 400),
        ("/?as_of=then", 400),
        ("/?after=x", 400),
        ("/?after=W10", 400),
        ("/pledges/" + "0" * 32, 404),
        ("/mentions/<script>", 404),
        ("/stories/none", 404),
        ("/nowhere", 404),
    ):
        html = ask(console, quote(path, safe="/?=&"), accept="text/html")
        assert html.status == status, path
        assert 'role="alert"' in html.text
        assert "<script>" not in html.text.replace("<script src", "")
        problem = ask(console, quote(path, safe="/?=&"), accept="application/json")
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json["status"] == status
    assert ask(console, "/", method="DELETE").status == 405


def test_another_name_is_refused(console: str) -> None:
    answer = ask(console, "/", host="evil.example")
    assert answer.status == 421
    assert "PLEDGEWATCH_CONSOLE__ALLOWED_HOSTS" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(console, "/static/console.css", host="evil.example").status == 421
    assert ask(console, "/login", host=f"localhost:{urlsplit(console).port}").status == 200


def sign_in(base: str, name: str = "Ada", token: str = sample_boards.TOKEN) -> Answer:
    """Sign in, as the form does."""
    return ask(base, "/login", form={"name": name, "token": token, "next": "/"}, origin=base)


def test_only_who_signed_in_corrects_and_only_from_our_own_pages(console: str) -> None:
    id = rows(console)[0].mention
    path = f"/mentions/{id}/reject"
    assert "Sign in to put it right" in ask(console, f"/mentions/{id}").text
    assert ask(console, path, form={"note": "x"}, origin=console).status == 401
    signed = sign_in(console)
    assert (signed.status, signed.headers["location"]) == (303, "/")
    (cookie,) = signed.cookies.values()
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    session = f"{cookie.key}={cookie.value}"
    html = ask(console, f"/mentions/{id}", cookie=session).text
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found
    tries: list[tuple[dict[str, str], dict[str, Any], int]] = [
        ({}, {"origin": console}, 403),
        ({"csrf": "0" * 64}, {"origin": console}, 403),
        ({"csrf": found[1]}, {"origin": "http://evil.example"}, 403),
        ({"csrf": found[1]}, {"sec_fetch_site": "cross-site"}, 403),
        ({"csrf": found[1]}, {"origin": console}, 400),  # it says why, and has no reason
    ]
    for form, headers, status in tries:
        assert ask(console, path, form=form, cookie=session, **headers).status == status
    assert ask(console, path, cookie=session).status == 405
    forged = session[:-1] + ("0" if session[-1] != "0" else "1")
    assert ask(console, path, form={"csrf": found[1]}, cookie=forged).status == 401
    out = ask(console, "/logout", form={"csrf": found[1]}, cookie=session, origin=console)
    assert out.status == 303
    assert "Max-Age=0" in out.headers["set-cookie"]


def test_signing_in_sends_nobody_to_another_site(console: str) -> None:
    for place in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"):
        form = {"name": "Ada", "token": sample_boards.TOKEN, "next": place}
        assert ask(console, "/login", form=form, origin=console).headers["location"] == "/"
    assert sign_in(console, token="").status == 403
    assert ask(console, "/login", form={}, origin="http://evil.example").status == 403
    assert ask(console, "/login", method="POST").status == 415


def test_without_a_token_the_page_says_how_to_turn_corrections_on(
    sample_board: Settings, tmp_path: Path
) -> None:
    own = ConsoleSettings(port=free_port())
    settings = sample_board.model_copy(update={"console": own})
    with sample_boards.running(settings, tmp_path, "console"):
        base = sample_boards.address(settings)
        html = ask(base, f"/mentions/{rows(base)[0].mention}").text
        assert "PLEDGEWATCH_CONSOLE__TOKEN" in html
        assert "<form method" not in html
        assert sign_in(base).status == 403


def test_pages_come_over_https_where_there_is_a_certificate(
    sample_board: Settings, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    own = sample_board.console.model_copy(
        update={"port": free_port(), "certfile": certificate, "keyfile": key}
    )
    settings = sample_board.model_copy(update={"console": own})
    with sample_boards.running(settings, tmp_path, "console"):
        base = sample_boards.address(settings).replace("http:", "https:")
        context = ssl.create_default_context(cafile=str(certificate))
        assert ask(base, "/", context=context).status == 200
        form = {"name": "Ada", "token": sample_boards.TOKEN, "next": "/"}
        signed = ask(base, "/login", form=form, origin=base, context=context)
        assert signed.headers["set-cookie"].startswith("__Host-pledgewatch=")
        assert "Secure" in signed.headers["set-cookie"]


# --- Trouble -----------------------------------------------------------------------------------


def test_an_elasticsearch_that_does_not_answer_is_said_and_comes_back(
    sample_board: Settings, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    own = sample_board.console.model_copy(update={"port": free_port(), "query_timeout_seconds": 1})
    settings = sample_board.model_copy(update={"console": own})
    with sample_boards.running(settings, tmp_path, "console") as services:
        base = sample_boards.address(settings)
        elasticsearch.pause()
        try:
            for path in ("/", "/changes", "/search?q=x", "/board.csv", "/map"):
                answer = ask(base, path)
                assert answer.status == 503
                assert "does not answer" in answer.text
                assert answer.headers["retry-after"]
            assert services["console"].get("/readyz")[0] == 503
            assert services["console"].get("/healthz")[0] == 200
            assert ask(base, "/login").status == 200
        finally:
            elasticsearch.resume()
        wait_for(lambda: ask(base, "/").status == 200, message="the board to come back")


def test_indices_that_are_not_there_are_named(settings: Settings, tmp_path: Path) -> None:
    nowhere = settings.elasticsearch.model_copy(update={"index_prefix": "nowhere-"})
    own = ConsoleSettings(port=free_port())
    found = settings.model_copy(update={"elasticsearch": nowhere, "console": own})
    folder = tmp_path / "console"
    folder.mkdir()
    variables = sample_boards.own_port(found, "console")
    service = Service("console", variables, folder, ())
    service.start()
    try:
        base = sample_boards.address(found)
        wait_for(lambda: service.get("/healthz")[0] == 200, message="the console")
        answer = ask(base, "/")
        assert answer.status == 503
        assert "pledgewatch provision" in answer.text
    finally:
        service.kill()


# --- What changes ------------------------------------------------------------------------------


@pytest.fixture
def live(kafka: Any, elasticsearch: Elasticsearch, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a pipeline of the test's own, with ledger, index and console running."""
    kafka.start()
    elasticsearch.start()
    settings = sample_boards.settings_for(kafka, elasticsearch)
    with sample_boards.running(settings, tmp_path, "ledger", "index", "console"):
        yield settings


def announced(id: str, **changes: Any) -> Mention:
    """An announcement of today."""
    now = datetime.now(UTC) - timedelta(hours=1)
    made = mention(id=id * 32, article=id * 32, story=id * 32, **changes)
    source = replace(made.article, published=now, first_seen=now, trust=1.0)
    return replace(made, article=source)


def test_a_correction_changes_the_board_and_a_rejection_empties_it(live: Settings) -> None:
    base = sample_boards.address(live)
    publish_mentions(live.kafka, [announced("1")])
    wait_for(lambda: [row.level for row in rows(base)] == [Level.ANNOUNCED], 120, "the pledge")
    path = f"/mentions/{'1' * 32}"
    wait_for(lambda: ask(base, path).status == 200, message="its evidence")
    (cookie,) = sign_in(base, "Ada <b>").cookies.values()
    session = f"{cookie.key}={cookie.value}"

    def send(what: str, **form: str) -> Answer:
        html = ask(base, path, cookie=session).text
        hidden = dict(re.findall(r'name="(csrf|seen)" value="([^"]*)"', html))
        return ask(base, f"{path}/{what}", form=hidden | form, cookie=session, origin=base)

    wrong = send("correct", actor="QQQ")
    assert wrong.status == 400
    assert "nobody&#39;s code" in wrong.text
    assert "Nothing was changed" in send("correct", note="x").text
    assert send("correct", quantity="many").status == 400
    assert send("correct", level="certain").status == 400

    sent = send("correct", level="willing", quantity="100-200 personnel", note="no promise")
    assert (sent.status, sent.headers["location"]) == (303, f"{path}?sent=correction")
    assert "The board follows" in ask(base, sent.headers["location"], cookie=session).text
    wait_for(lambda: [row.level for row in rows(base)] == [Level.WILLING], 120, "the correction")
    (row,) = rows(base)
    assert row.quantity
    assert (row.quantity.min, row.quantity.max) == (100, 200)
    wait_for(lambda: "no promise" in ask(base, path).text, 30, "the note")
    html = ask(base, path).text
    assert "Ada &lt;b&gt;" in html
    stale = ask(
        base,
        f"{path}/reject",
        form={"csrf": _csrf(base, path, session), "seen": "", "note": "late"},
        cookie=session,
        origin=base,
    )
    assert stale.status == 400
    assert "Somebody else" in stale.text

    assert send("reject", note="He spoke of another country.").status == 303
    wait_for(lambda: rows(base) == [], 120, "the row to go")
    page = wait_for(
        lambda: (p := as_json(base, path))["mention"]["correction"]["rejected"] and p, 30, "it"
    )
    assert page["mention"]["correction"]["by"] == "Ada <b>"


def _csrf(base: str, path: str, session: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', ask(base, path, cookie=session).text)
    assert found
    return found[1]


class Listener:
    """Reads a stream of changes."""

    def __init__(self, base: str, path: str, **headers: str) -> None:
        parts = urlsplit(base)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers=sent)
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200
        assert self.answer.getheader("content-type") == "text/event-stream; charset=utf-8"

    def next(self) -> dict[str, str]:
        """The fields of the next event or comment."""
        fields = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.strip()
        return fields

    def change(self) -> tuple[str, Any]:
        """Id and data of the next change."""
        while "data" not in (fields := self.next()):
            assert fields, "the stream has ended"
        return fields["id"], json.loads(fields["data"])

    def close(self) -> None:
        """Hang up."""
        self.answer.close()
        self._connection.close()


def test_changes_are_told_as_they_come_and_again_from_where_a_listener_was(
    live: Settings,
) -> None:
    base = sample_boards.address(live)
    listener = Listener(base, "/changes/stream")
    assert listener.next() == {"comment": "still here"}
    other = Listener(base, "/changes/stream?recipient=MDA")
    publish_mentions(live.kafka, [announced("1")])
    last, change = listener.change()
    assert change["event"]["event"] == "new"
    assert change["mention"] == "1" * 32
    assert "Norway will send 200 personnel" in change["summary"]
    # the row of the board is written after the event
    page = f"/pledges/{change['pledge']}"
    wait_for(lambda: ask(base, page).status == 200, 60, "the pledge's page")
    listener.close()

    moldova = replace(announced("2").recipient, code="MDA", name="Moldova")  # type: ignore[type-var]
    publish_mentions(live.kafka, [announced("2", recipient=moldova)])
    assert other.change()[1]["event"]["recipient"]["code"] == "MDA"
    other.close()
    again = Listener(base, "/changes/stream", last_event_id=last)
    assert again.change()[1]["mention"] == "2" * 32
    again.close()
    whole = Listener(base, "/changes/stream?last=2020-01-01T00:00:00Z")
    assert {whole.change()[1]["mention"] for _ in range(2)} == {"1" * 32, "2" * 32}
    whole.close()


def test_it_stops_on_sigterm_while_somebody_listens(sample_board: Settings, tmp_path: Path) -> None:
    own = sample_board.console.model_copy(update={"port": free_port()})
    settings = sample_board.model_copy(update={"console": own})
    with sample_boards.running(settings, tmp_path, "console") as services:
        listener = Listener(sample_boards.address(settings), "/changes/stream")
        listener.next()
        assert services["console"].terminate(20) == 0, services["console"].log[-2000:]
        assert "Traceback" not in services["console"].log
        listener.close()


def test_a_port_that_is_taken_is_named(
    sample_board: Settings, console: str, tmp_path: Path
) -> None:
    variables = sample_boards.own_port(sample_board, "console")
    service = Service("console", variables, tmp_path, ())
    service.start()
    assert service.wait(60) == 2
    assert "PLEDGEWATCH_CONSOLE__PORT" in service.log
