"""Drives one replay: starts its services, keeps live first, follows new articles, promotes it.

Everything that matters is in Kafka: the run's record, and what its groups have committed. A driver
that is killed is replaced by another (`pledgewatch replay resume`), which goes on where it was.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from kafka.errors import KafkaError
from msgspec.structs import replace

from pledgewatch.records import Run
from services.common import runs
from services.common.children import Child, Supervised, end
from services.common.errors import UserError
from services.common.logging import get
from services.common.reach import UnreachableError, asking_kafka
from services.common.runs import Following
from services.common.settings import Settings, variable
from services.replay import switch
from services.replay.carry import Carry
from services.replay.compare import compare
from services.replay.positions import Offsets, Positions
from services.replay.requests import Requests
from services.replay.state import here, is_driven

TICK_SECONDS = 1.0
BEAT_SECONDS = 4.0
FAILURES_MAX = 5
"""A service of the replay that ends so often, soon after its start each time, is given up."""

SERVICES = {
    "classify": ("classify",),
    "ledger": ("ledger", "--serve"),
    "index": ("index",),
}


class Driver:
    """Takes a run from where it stands to where it is stopped, or live.

    Args:
        settings: of the whole product.
        id: the run.
        say: takes a line for whoever watches.
    """

    def __init__(self, settings: Settings, id: str, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._kafka = settings.kafka
        self._id = id
        self._say = say
        self._last_words: dict[str, str] = {}
        self._supervised: dict[str, Supervised] = {}
        self._carry: Carry | None = None
        self._carried_before = 0
        self._writing = threading.Lock()
        self._written = 0.0
        self._over = threading.Event()
        self._measured: tuple[float, int] | None = None
        self._ledger_may_start = False

    def drive(self, stop: threading.Event) -> None:
        """Work until `stop` is set, the run is stopped by request, or it is live.

        Raises:
            UserError: the run cannot be driven; the message says why.
        """
        with asking_kafka(self._kafka), ExitStack() as stack:
            stack.callback(self._over.set)
            # to be told of runs, whichever is live
            self._following = Following(self._settings, self._over, changed=lambda topics: None)
            self._run = self._find()
            self._positions = stack.enter_context(Positions(self._kafka))
            self._requests = Requests(self._kafka, self._id)
            stack.callback(self._requests.close)
            again = "promoting" if self._run.state == "promoting" else "running"
            self._note(state=again, host=here(), problem=None)
            threading.Thread(target=self._beat, name="beat", daemon=True).start()
            self._prepare()
            stack.callback(self._end_children)
            self._work(stop)

    def _find(self) -> Run:
        known = self._following.known
        run = known.find(self._id)
        if run.state in ("live", "retired", "discarded"):
            raise UserError(f"the run {run.id} is {run.state}: there is nothing to drive")
        if is_driven(run):
            raise UserError(f"the run {run.id} is driven by {run.host} already")
        self._base = known.topics(self._kafka.topic_prefix, run.base)
        self._own = known.topics(self._kafka.topic_prefix, run.id)
        self._carried_before = run.carried
        return run

    # --- Start ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Have the topics and indices of the run, and where it begins to read."""
        child = Child("provision", ("provision", "--run", self._id), {}, self._hear)
        if child.wait() != 0:
            self._fail(f"provision: {self._last_words.get('provision', 'see its log')}")
        self._to_carry: dict[str, Offsets] = {}
        if "classify" not in self._run.stages:
            return
        group, articles = self._own.group("classify"), self._own.articles
        done = self._positions.committed(group, articles)
        starts = {n: at for n, at in enumerate(self._run.starts) if n not in done}
        self._positions.commit(group, articles, starts)
        for topic in (self._base.mentions, self._base.outcomes):
            firsts = self._positions.starts(topic)
            ends = self._positions.ends(topic)
            self._to_carry[topic] = {n: at for n, at in ends.items() if at > firsts[n]}
        self._start_carry()

    def _start_carry(self) -> None:
        if "classify" in self._run.stages:
            self._carry = Carry(self._kafka, self._run, self._base, self._own)
            self._carry.start()

    def _command(self, name: str) -> Supervised:
        service = name.split("-")[0]
        environment = {
            variable("replay", "run"): self._id,
            variable(service, "http_port"): "0",
        }
        return Supervised(name, SERVICES[service], environment, self._hear)

    def _names(self) -> Iterator[str]:
        """The services that may run now."""
        if "classify" in self._run.stages:
            yield from (f"classify-{n}" for n in range(1, self._run.workers + 1))
        if "ledger" in self._run.stages and self._ledger_may_start:
            yield "ledger"
        yield "index"

    def _hear(self, line: str) -> None:
        name, _, words = line.partition("|")
        self._last_words[name.strip()] = words.strip()
        self._say(line)

    # --- Work ----------------------------------------------------------------------------------

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            try:
                if self._tick():
                    return
            except (KafkaError, UnreachableError) as error:
                get().warning("a server cannot be used, trying again", why=repr(error))
        self._end_children()
        left = "promoting" if self._run.state == "promoting" else "stopped"
        self._note(state=left, host=None)

    def _tick(self) -> bool:
        """Look after everything once; whether the work is over."""
        written = self._following.known.known.get(self._id)
        if written is not None and (
            written.host not in (None, here()) and written.updated > self._run.updated
        ):
            self._over.set()  # it is theirs to write
            raise UserError(f"{written.host} drives {self._id} now: this driver ends")
        for request in self._requests.new():
            if request.action == "stop":
                self._end_children()
                self._note(state="stopped", host=None)
                return True
            if request.action == "promote" and self._run.state == "caught_up":
                self._note(state="promoting", problem=None)
        self._ledger_may_start = self._ledger_may_start or self._is_classified()
        self._supervise()
        self._note(always=False, **self._progress())
        if self._run.state == "promoting" and self.lag() == 0:
            return self._promote()
        return False

    def _supervise(self) -> None:
        if self._carry is not None and not self._carry.is_alive():
            self._fail(f"nothing is carried over any more: {self._carry.problem}")
        for name in self._names():
            service = self._supervised.get(name)
            if service is None:
                service = self._supervised[name] = self._command(name)
            service.check()
            if service.failures >= FAILURES_MAX:
                self._fail(f"{name} ends again and again: {self._last_words.get(name, '')}")

    def _fail(self, problem: str) -> None:
        self._end_children()
        self._note(state="failed", problem=problem, host=None)
        raise UserError(f"the replay {self._id} has failed: {problem}")

    def _end_children(self, service: str | None = None) -> None:
        """End all services of the replay, or those of one name."""
        ended = [name for name in self._supervised if service is None or name.startswith(service)]
        end([self._supervised.pop(name) for name in ended])
        if service is None and self._carry is not None:
            self._carry.stop()
            self._carry = None

    # --- Where it stands -----------------------------------------------------------------------

    def _is_classified(self) -> bool:
        """Whether the backlog is classified and carried over: the ledger wants it whole."""
        if "classify" not in self._run.stages:
            return True
        positions, own = self._positions, self._own
        firsts = positions.starts(own.articles)
        goals = {n: at for n, at in enumerate(self._run.ends) if at > firsts.get(n, 0)}
        return _reached(positions.committed(own.group("classify"), own.articles), goals) and all(
            _reached(positions.committed(own.group("carry"), topic), ends)
            for topic, ends in self._to_carry.items()
        )

    def lag(self) -> int | None:
        """Records that wait for the run's services; None before all of them have begun."""
        if not self._ledger_may_start:
            return None
        return sum(self._positions.lag(group, topic) for group, topic in self._reads())

    def _reads(self) -> Iterator[tuple[str, str]]:
        """What groups of the run read what."""
        own, stages = self._own, self._run.stages
        if "classify" in stages:
            yield own.group("classify"), own.articles
        yield from self._reads_behind_classify()

    def _reads_behind_classify(self) -> Iterator[tuple[str, str]]:
        own, stages = self._own, self._run.stages
        if "classify" in stages:
            yield own.group("carry"), self._base.mentions
            yield own.group("carry"), self._base.outcomes
        if "ledger" in stages:
            yield own.group("ledger"), own.mentions
        for topic in (own.mentions, own.outcomes, own.pledges, own.pledge_events):
            yield own.group("index"), topic

    def _progress(self) -> dict[str, Any]:
        """What has changed in the run's record."""
        done = self._done()
        changes: dict[str, Any] = {"done": done, "pace": self._pace()}
        if self._carry is not None:
            changes["carried"] = self._carried_before + self._carry.copied
            changes |= {"problem": self._carry.problem} if self._carry.problem else {}
        now = time.monotonic()
        if self._measured is not None and now > self._measured[0] and done < self._run.articles:
            since, before = self._measured
            changes["per_second"] = round((done - before) / (now - since), 1)
        if self._measured is None or now - self._measured[0] > BEAT_SECONDS:
            self._measured = (now, done)
        if self._run.state == "running" and self.lag() == 0:
            found, _ = compare(self._settings, self._id, "live")
            finished = self._run.finished or datetime.now(UTC)
            changes |= {"state": "caught_up", "finished": finished}
            changes |= {"changes": found.changes, "mentions": found.mentions_after}
        return changes

    def _done(self) -> int:
        """Records of the backlog that the first stage has done."""
        stage, topic = switch.first(self._run, self._own)
        done = self._positions.committed(self._own.group(stage), topic)
        return sum(
            max(0, min(done.get(n, start), stop) - start)
            for n, (start, stop) in enumerate(zip(self._run.starts, self._run.ends, strict=True))
        )

    def _pace(self) -> float | None:
        """Articles a second that the run may take: none while live has more before it than it may.

        Live is far enough again when a fifth of that is left.
        """
        live = self._following.known.topics(self._kafka.topic_prefix)
        group, most = live.group("classify"), self._settings.replay.live_lag_max
        if not self._positions.works(group):
            return self._run.rate  # nobody is held up
        lag = self._positions.lag(group, live.articles)
        rests = self._run.pace == 0
        if lag > most or (rests and lag > most / 5):
            return 0.0
        return self._run.rate

    # --- The record ----------------------------------------------------------------------------

    def _note(self, *, always: bool = True, **changes: Any) -> None:
        """Write the record, where it has changed or nothing was written for a while."""
        with self._writing:
            new = replace(self._run, **changes)
            telling = new.state != self._run.state or new.pace != self._run.pace
            self._run = new
            if always or telling:
                self._write()

    def _write(self) -> None:
        self._run = replace(self._run, updated=datetime.now(UTC))
        runs.write(self._kafka, [self._run])
        self._written = time.monotonic()

    def _beat(self) -> None:
        """Keep the record fresh, whatever the driver is busy with: so it is known to live."""
        while not self._over.wait(BEAT_SECONDS / 2):
            with self._writing:
                if self._over.is_set() or self._run.host is None:
                    return
                if time.monotonic() - self._written > BEAT_SECONDS:
                    try:
                        self._write()
                    except UserError as error:
                        get().warning("the run's record cannot be written", why=str(error))

    # --- Promotion -----------------------------------------------------------------------------

    def _promote(self) -> bool:
        """Take the place of the live run; False where it did not come to it."""
        try:
            known = runs.read(self._kafka)
            if known.live not in (self._run.base, self._id):
                raise UserError(
                    f"{known.live} is live now, and this replay was made of {self._run.base}:"
                    " start another one"
                )
            if known.live != self._id:
                self._hand_over(known)
            self._say("switching what is read")
            switch.point(self._settings, self._id)
        except UserError as error:
            self._say(f"not promoted: {error}")
            self._note(state="caught_up", problem=str(error))
            if self._carry is None:
                self._start_carry()
            return False
        with self._writing:
            self._run = switch.made_live(self._kafka, self._run)
            self._over.set()
        self._say(f"{self._id} is live")
        if "classify" in self._run.stages:
            # what people have put right in the meantime
            switch.carry_corrections(self._kafka, self._positions, self._base, self._own)
        return True

    def _hand_over(self, known: runs.Runs) -> None:
        """Have the live run finish what it has begun, and know what this one is to tell.

        The replay classifies nothing more, and what live goes on with meanwhile it does again when
        it is live. What it tells up to here live has told, as far as it has it too.

        Raises:
            UserError: the live services do not finish.
        """
        live = known.topics(self._kafka.topic_prefix)
        self._end_children("classify")
        switch.wait_for_live(self._positions, live, self._say)
        switch.wait_until_done(self._positions, list(self._reads_behind_classify()))
        self._end_children()
        switch.set_offsets(self._positions, live, self._own)


def _reached(done: Offsets, goals: Offsets) -> bool:
    return all(done.get(number, 0) >= goal for number, goal in goals.items())
