"""The web application: addresses, answers as HTML or JSON, forms, errors."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pledgewatch import ids
from pledgewatch.alerts.messages import summary
from pledgewatch.ontology import Contribution, Level, Obstacle
from pledgewatch.records import Correction, Mention, Pledge, PledgeEvent
from services.common import corrections
from services.common.errors import UserError
from services.common.metrics import ConsoleMetrics
from services.common.reach import UnreachableError
from services.common.settings import Settings
from services.console import board as boards
from services.console import exports, pages, queries
from services.console.filters import AskedWronglyError, Filters, Query
from services.console.reader import NotProvisionedError, Reader
from services.console.security import (
    NAME_MAX,
    SESSION_SECONDS,
    Guard,
    Session,
    Sessions,
    is_csrf,
    same_origin,
)
from services.console.stream import Change, Stream, TooManyListenersError, place, place_of
from services.console.templating import STATIC, environment

FORM_BYTES_MAX = 64 * 1024
EVENT_DATA_MAX = 50_000
"""Lines of one export."""

Form = Mapping[str, str]


class Problem(msgspec.Struct, frozen=True):
    """What is wrong (RFC 9457)."""

    title: str
    status: int
    detail: str


class RefusedError(Exception):
    """A form that is not taken."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Console:
    """All pages. `app` is what a server runs."""

    def __init__(self, settings: Settings, metrics: ConsoleMetrics) -> None:
        own = settings.console
        self._settings = settings
        self._metrics = metrics
        self.reader = Reader(settings.elasticsearch, own)
        self.stream = Stream(self.reader, own.stream_seconds)
        self._sessions = Sessions(own.token.get_secret_value() if own.token else None)
        self._cookie = "__Host-pledgewatch" if own.certfile else "pledgewatch"
        self._secure = own.certfile is not None
        self._templates = environment()
        pages_of_ours = Starlette(
            routes=[
                self._page("/", self.board),
                self._page("/board.csv", self.board_csv),
                self._page("/events.ndjson", self.event_data),
                self._page("/pledges/{id}", self.pledge),
                self._page("/changes", self.changes),
                self._page("/changes.atom", self.feed),
                Route("/changes/stream", self.follow),
                self._page("/obstacles", self.obstacles),
                self._page("/stories/{id}", self.story),
                self._page("/mentions/{id}", self.mention),
                Route("/mentions/{id}/correct", self.correct, methods=["POST"]),
                Route("/mentions/{id}/reject", self.reject, methods=["POST"]),
                self._page("/search", self.search),
                self._page("/map", self.map),
                self._page("/ladder", self.ladder),
                Route("/login", self.sign_in_form, methods=["GET"]),
                Route("/login", self.sign_in, methods=["POST"]),
                Route("/logout", self.sign_out, methods=["POST"]),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            exception_handlers={
                HTTPException: self._failed,
                UserError: self._failed,
                pages.NotFoundError: self._failed,
                RefusedError: self._failed,
                500: self._failed,
            },
        )
        self.app = Guard(pages_of_ours, own.allowed_hosts)

    # --- Pages ---------------------------------------------------------------------------------

    def board(self, request: Request) -> Response:
        """Who has pledged what to whom."""
        page, filters = pages.board(self.reader, _query(request))
        dated = Filters(as_of=filters.as_of, known_on=filters.known_on)
        return self._answer(request, "board.html", page, filters=filters, dated_query=dated.query())

    def pledge(self, request: Request) -> Response:
        """One pledge."""
        page, filters = pages.pledge(self.reader, request.path_params["id"], _query(request))
        pictures = pages.drawn(page.pledge, filters)
        return self._answer(request, "pledge.html", page, filters=filters, pictures=pictures)

    def changes(self, request: Request) -> Response:
        """What changed."""
        page, filters = pages.changes(self.reader, _query(request))
        days = [list(told) for _, told in groupby(page.events, lambda one: one.at.date())]
        return self._answer(
            request, "changes.html", page, filters=filters, days=days, pledge_of=_pledge_of
        )

    def obstacles(self, request: Request) -> Response:
        """What stands in the way."""
        page, filters = pages.obstacles(self.reader, _query(request))
        return self._answer(request, "obstacles.html", page, filters=filters)

    def story(self, request: Request) -> Response:
        """A story."""
        page = pages.story(self.reader, request.path_params["id"])
        return self._answer(request, "story.html", page)

    def mention(self, request: Request) -> Response:
        """The evidence page of a mention."""
        sent = _SENT.get(request.query_params.get("sent", ""))
        return self._evidence(request, sent=sent)

    def search(self, request: Request) -> Response:
        """Sentences by their words."""
        page, filters = pages.search(self.reader, _query(request))
        return self._answer(request, "search.html", page, filters=filters)

    def map(self, request: Request) -> Response:
        """Where contributors are."""
        page, filters = pages.contributors(self.reader, _query(request))
        return self._answer(request, "map.html", page, filters=filters)

    def ladder(self, request: Request) -> Response:
        """How firm the pledges to one recipient are."""
        page, filters = pages.ladder(self.reader, _query(request))
        return self._answer(request, "ladder.html", page, filters=filters)

    # --- Exports and streams -------------------------------------------------------------------

    def board_csv(self, request: Request) -> Response:
        """The board as CSV."""
        filters = Filters.of(_query(request))
        if filters.dated:
            rows = iter(boards.dated(self.reader, filters).rows)
        else:
            body = queries.board(filters, size=queries.PAGE * 10, counts=False)
            rows = self.reader.all(Pledge, body, boards.ROWS_MAX)
        return _download(exports.board_csv(rows), "text/csv; charset=utf-8", "board.csv")

    def event_data(self, request: Request) -> Response:
        """Mentions as event data, the newest first."""
        body = pages.sentences(Filters.of(_query(request)), newest_first=True, size=1_000)
        lines = exports.event_data(self.reader.all(Mention, body, EVENT_DATA_MAX))
        return _download(lines, "application/x-ndjson", "events.ndjson")

    def feed(self, request: Request) -> Response:
        """Changes as an Atom feed."""
        page, _ = pages.changes(self.reader, _query(request), size=pages.FEED_ENTRIES)
        feed = exports.atom(
            page.events,
            base=str(request.base_url).rstrip("/"),
            own=str(request.url),
            updated=datetime.now(UTC),
        )
        return Response(feed, media_type="application/atom+xml")

    async def follow(self, request: Request) -> Response:
        """Changes as they are indexed (server-sent events)."""
        query = _query(request)
        filters = Filters.of(query)
        last = request.headers.get("last-event-id") or query.text("last")
        changes = self.stream.listen(place(last))
        try:
            first = await anext(changes)
        except StopAsyncIteration:  # it is about to stop
            first = None

        async def lines() -> AsyncIterator[str]:
            yield _event(first)
            try:
                async for change in changes:
                    if change is None or _is_wanted(change.record, filters):
                        yield _event(change)
            except UserError:
                return  # the browser comes again by itself

        return StreamingResponse(
            lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )

    # --- Corrections ---------------------------------------------------------------------------

    def sign_in_form(self, request: Request) -> Response:
        """Where people sign in."""
        return self._login(request, _local(request.query_params.get("next", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Take the token."""
        form = await _form(request)
        if not same_origin(request):
            raise RefusedError(403, "This form was not sent from this console.")
        back, name = _local(form.get("next", "/")), form.get("name", "").strip()
        if self._sessions.barred:
            return self._login(
                request, back, 429, name, "Too many wrong tokens: try again in a minute."
            )
        if not name or len(name) > NAME_MAX or not name.isprintable():
            return self._login(request, back, 400, "", "Say who you are, in 80 characters at most.")
        if not self._sessions.accepts(form.get("token", "")):
            return self._login(request, back, 403, name, "That is not the token.")
        answer = RedirectResponse(back, 303)
        answer.set_cookie(
            self._cookie,
            self._sessions.begin(name),
            max_age=SESSION_SECONDS,
            httponly=True,
            secure=self._secure,
            samesite="strict",
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Forget who signed in."""
        await self._signed_in(request)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(self._cookie, httponly=True, secure=self._secure, samesite="strict")
        return answer

    async def correct(self, request: Request) -> Response:
        """Put a mention right."""
        session, form = await self._signed_in(request)
        return await run_in_threadpool(self._corrected, request, session, form, False)

    async def reject(self, request: Request) -> Response:
        """Say that there is no such mention."""
        session, form = await self._signed_in(request)
        return await run_in_threadpool(self._corrected, request, session, form, True)

    def _corrected(
        self, request: Request, session: Session, form: Form, rejected: bool
    ) -> Response:
        id = request.path_params["id"]
        try:
            changes = {} if rejected else _changes(form)
            if not rejected and not changes:
                raise UserError("Nothing was changed: say what is right.")
            note = form.get("note", "").strip()[:500] or None
            if rejected and note is None:
                raise UserError("Say why it is a false alert.")
            if _seen(corrections.find(self._settings.elasticsearch, id)) != form.get("seen", ""):
                raise UserError("Somebody else has put this right meanwhile: look again.")
            made = Correction(by=session.name, at=corrections.now(), rejected=rejected, note=note)
            corrections.correct(self._settings, id, changes, made)
        except UnreachableError:
            raise
        except UserError as error:
            return self._evidence(request, problem=str(error), status=400)
        sent = "rejection" if rejected else "correction"
        return RedirectResponse(f"/mentions/{id}?sent={sent}", 303)

    def _evidence(
        self,
        request: Request,
        *,
        sent: str | None = None,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        page = pages.mention(self.reader, request.path_params["id"])
        return self._answer(
            request,
            "mention.html",
            page,
            status=status,
            sent=sent,
            problem=problem,
            possible=self._sessions.possible,
            seen=_seen(page.mention),
        )

    def _login(
        self,
        request: Request,
        back: str,
        status: int = 200,
        given: str = "",
        problem: str | None = None,
    ) -> Response:
        return self._html(
            request,
            "login.html",
            status,
            problem=problem,
            possible=self._sessions.possible,
            next=back,
            given=given,
        )

    async def _signed_in(self, request: Request) -> tuple[Session, Form]:
        """Who sends a form, and the form.

        Raises:
            RefusedError: it is not from one of our pages, or nobody is signed in.
        """
        form = await _form(request)
        session = self._session(request)
        if session is None:
            raise RefusedError(401, "Sign in first: the session has ended, or there was none.")
        if not same_origin(request) or not is_csrf(session, form.get("csrf", "")):
            raise RefusedError(403, "This form was not sent from a page of this console.")
        return session, form

    def _session(self, request: Request) -> Session | None:
        return self._sessions.read(request.cookies.get(self._cookie))

    # --- Answers -------------------------------------------------------------------------------

    def _page(self, path: str, read: Callable[[Request], Response]) -> Route:
        """An address whose page is made in a thread, and timed."""
        duration = self._metrics.duration.labels(path)

        async def answer(request: Request) -> Response:
            with duration.time():
                return await run_in_threadpool(read, request)

        return Route(path, answer)

    def _answer(
        self, request: Request, template: str, page: Any, *, status: int = 200, **context: Any
    ) -> Response:
        """The page as its reader wants it: HTML, or the same as JSON."""
        if wants_json(request):
            return Response(msgspec.json.encode(page), status, media_type="application/json")
        return self._html(request, template, status, page=page, **context)

    def _html(self, request: Request, template: str, status: int, **context: Any) -> Response:
        asked = request.url.query
        html = self._templates.get_template(template).render(
            path=request.url.path,
            session=self._session(request),
            json_url=f"?{asked}&format=json" if asked else "?format=json",
            **context,
        )
        return Response(html, status, media_type="text/html", headers={"Vary": "Accept"})

    async def _failed(self, request: Request, error: Exception) -> Response:
        problem, headers = _problem(error)
        self._metrics.problems.labels(str(problem.status)).inc()
        answer = (
            Response(
                msgspec.json.encode(problem), problem.status, media_type="application/problem+json"
            )
            if wants_json(request)
            else self._html(request, "problem.html", problem.status, page=problem)
        )
        answer.headers.update(headers)
        return answer


def wants_json(request: Request) -> bool:
    """Whether the reader prefers JSON to HTML: by `?format=json`, or the Accept header."""
    if request.query_params.get("format") == "json":
        return True
    wanted = {"application/json": 0.0, "text/html": 0.0}
    for one in request.headers.get("accept", "").split(","):
        kind, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        if kind in wanted:
            try:
                wanted[kind] = max(wanted[kind], float(weight))
            except ValueError:
                continue
    return wanted["application/json"] > wanted["text/html"]


_SENT = {
    "correction": "Sent. The board follows in a few seconds; load this page again then.",
    "rejection": "Sent. The board and its changes follow in a few seconds.",
}


def _problem(error: Exception) -> tuple[Problem, dict[str, str]]:
    match error:
        case AskedWronglyError():
            return Problem("That cannot be asked", 400, str(error)), {}
        case boards.TooManyError():
            return Problem("That is too much", 422, str(error)), {}
        case TooManyListenersError():
            return Problem("Too many listen", 503, str(error)), {"Retry-After": "30"}
        case UnreachableError() | NotProvisionedError():
            return Problem("Nothing can be read just now", 503, str(error)), {"Retry-After": "5"}
        case pages.NotFoundError():
            return Problem("Not found", 404, f"There is no {error}."), {}
        case RefusedError():
            return Problem("Not taken", error.status, str(error)), {}
        case HTTPException():
            title = "Not found" if error.status_code == 404 else "That does not work"
            return Problem(title, error.status_code, str(error.detail)), dict(error.headers or {})
        case UserError():
            return Problem("That does not work", 400, str(error)), {}
        case _:
            return Problem("That is our mistake", 500, "The log of the console says more."), {}


def _query(request: Request) -> Query:
    return Query(request.url.query)


async def _form(request: Request) -> Form:
    """The fields of a form, as browsers send it by default.

    Raises:
        RefusedError: it is too large, or something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RefusedError(415, "Only forms are taken here.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            raise RefusedError(413, "That form is too large.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise RefusedError(400, "That is no form.") from error
    return {name: values[-1] for name, values in fields.items()}


def _changes(form: Form) -> dict[str, Any]:
    """What a form says is right.

    Raises:
        UserError: a value is none.
    """

    def given(name: str) -> str | None:
        return form.get(name, "").strip() or None

    try:
        return corrections.changes(
            actor=_code(given("actor")),
            recipient=_code(given("recipient")),
            contribution=Contribution(value) if (value := given("contribution")) else None,
            level=Level(value) if (value := given("level")) else None,
            obstacle=Obstacle(value) if (value := given("obstacle")) else None,
            number=given("quantity"),
        )
    except ValueError as error:
        raise UserError(f"The form has a word that means nothing: {error}") from error


def _code(given: str | None) -> str | None:
    return given.upper() if given else None


def _seen(mention: Mention) -> str:
    """Tells whether somebody put it right since a reader looked."""
    return mention.correction.at.isoformat() if mention.correction else ""


def _local(path: str) -> str:
    """A path of ours to go back to, and never another site."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"


def _pledge_of(event: PledgeEvent) -> str:
    recipient = event.recipient.code if event.recipient else None
    return ids.pledge_id(event.actor.code, recipient, event.family)


def _is_wanted(event: PledgeEvent, filters: Filters) -> bool:
    recipient = event.recipient.code if event.recipient else None
    return (
        (not filters.event or event.event in filters.event)
        and filters.actor in (None, event.actor.code)
        and filters.recipient in (None, recipient)
        and (not filters.family or event.family in filters.family)
        and filters.confirmed in (None, event.confirmed)
        and filters.late in (None, event.late)
    )


def _event(change: Change | None) -> str:
    """A change as the stream has it; a comment is a sign of life."""
    if change is None:
        return ": still here\n\n"
    event = change.record
    data = msgspec.json.encode(
        {
            "id": event.id,
            "summary": summary(event),
            "mention": event.mention,
            "pledge": _pledge_of(event),
            "event": event,
        }
    ).decode()
    return f"id: {place_of(change)}\nevent: change\ndata: {data}\n\n"


def _download(lines: Iterator[str], kind: str, name: str) -> Response:
    """A file, begun so that what is wrong is told before the answer begins."""
    begun = list(islice(lines, 2))  # the second is from Elasticsearch, whatever the first is
    return StreamingResponse(
        chain(begun, lines),
        media_type=kind,
        headers={"Content-Disposition": f'attachment; filename="pledgewatch-{name}"'},
    )
