"""Predicates of a sentence: verbs of contribution with subject, level and object."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pledgewatch.extract.actor_model import Context
from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.extract.rules.chains import Chain, Group, level_of, read_chain
from pledgewatch.extract.rules.subjects import NOBODY, Subject, antecedent, governed
from pledgewatch.extract.rules.words import Asset, Words
from pledgewatch.ontology import UNITS, Contribution, Level
from pledgewatch.text.quantities import QuantitySpan

C = Contribution
_OBJECT_REACH = 22
_OBJECT_ENDS = (
    frozenset(';:—–“”"()')
    | (lex.SUBORDINATORS - {"as", "where"})
    | {"but", "which", "who", "that", "to"}
)
_DATE = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|"
    r"november|"
    r"december|spring|summer|autumn|winter|week|month|year|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|tomorrow|20\d\d)\b"
)
_OPENING = frozenset({"a", "an", "more", "two", "three", "hundreds", "dozens", "several", "some"})
_DUTIES = frozenset(
    """patrol guard protect secure operate work monitor watch oversee supervise serve help
    escort police""".split()  # noqa: SIM905
)
_DECIDE = frozenset({"ruled", "rule", "rules", "voted", "vote", "votes", "decided", "backed"})
_BE_THERE = frozenset(
    """is are remain remains serving stationed based operating stay stays go be""".split()  # noqa: SIM905
)
_RULED_OUT = frozenset({"option", "question", "table"})
_LEAVING = frozenset({"withdrawal", "pullout", "departure"})
_DOES = frozenset({"is", "are", "has", "have", "will"})
_GOES_ON = frozenset(
    {"completed", "complete", "begun", "begin", "started", "start", "under", "end"}
)
_OFFERING = frozenset(
    """ready prepared help signed sign signs gave given gives prospect possibility cleared clears
    paved""".split()  # noqa: SIM905
)
_NOMINAL = frozenset(
    {"contribution", "participation", "involvement", "deployment", "dispatch", "contingent"}
)
_UNDECIDED = frozenset({"if", "whether", "unless", "until", "how"})
_HANDED_OVER = frozenset({"deliver", "supply", "donate", "hand", "give", "transfer", "provide"})
_HELD = frozenset({"have", "keep", "hold", "maintain", "retain"})
_REINFORCED = frozenset(
    {"double", "triple", "increase", "expand", "boost", "reinforce", "strengthen"}
)
_TRIGGERS = frozenset({"part", ":", "bound", "no"}).union(
    lex.WITHDRAW, lex.CUT, lex.SEND, lex.STATIVE, lex.PLEDGE, lex.APPROVE, lex.CONSIDER, lex.REFUSE,
    lex.SIGN, lex.JOIN, lex.MOVE, lex.TRAIN, lex.FUND, lex.SHARE, lex.GUARD,
    _DECIDE, _BE_THERE, _RULED_OUT, _LEAVING, _NOMINAL, _OFFERING,
)  # fmt: skip
"""Words at which a predicate may be read."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A contribution as a verb states it: by whom (token indices), what, and how firmly."""

    trigger: int
    first: int
    last: int
    actors: tuple[int, ...]
    contribution: Contribution
    level: Level
    asset: Asset | None
    level_tokens: tuple[int, ...]
    modifiers: tuple[int, ...]
    specific_unit: bool
    anonymous: bool  # the subject is a pronoun or an unnamed institution
    subject: int  # the first token of the subject


class _Reader:
    def __init__(self, words: Words, quantities: Sequence[QuantitySpan], context: Context) -> None:
        self.words = words
        self.quantities = quantities
        self.context = context
        self.last_chain: Chain | None = None
        self.last_trigger = -100

    def read(self) -> Iterator[Predicate]:
        words = self.words
        for index in range(len(words)):
            low = words.low[index]
            if low not in _TRIGGERS or index in words.actor_at:
                continue
            if low in lex.WITHDRAW or low in lex.CUT:
                yield from self._withdraw(index)
            if low in lex.SEND or low in lex.STATIVE:
                yield from self._send(index)
            if (
                low in lex.PLEDGE
                or low in lex.APPROVE
                or low in lex.CONSIDER
                or low in lex.REFUSE
                or low in _DECIDE
            ):
                yield from self._noun_object(index)
            if low in lex.SIGN:
                yield from self._sign(index)
            if low in lex.JOIN:
                yield from self._join(index)
            if low in lex.MOVE or low in _BE_THERE:
                yield from self._force_subject(index)
            if low == "part" and words.at(index + 1) == "of":
                yield from self._part_of(index)
            if low in _RULED_OUT:
                yield from self._out_of_question(index)
            if low in _LEAVING and words.at(index + 1) == "of":
                yield from self._withdrawal_of(index)
            if low in _NOMINAL and (words.at(index - 1) == "'s" or words.at(index + 1) == "of"):
                yield from self._nominal(index)
            if low in _OFFERING:
                yield from self._offering(index)
            if low in (":", "bound") or (low == "no" and index == 0):
                yield from self._headline(index)
            if low in lex.TRAIN or low in lex.FUND or low in lex.SHARE or low in lex.GUARD:
                yield from self._activity(index)

    # -- pieces -----------------------------------------------------------------------------

    def _chain(
        self, index: int, table: dict[str, tuple[str, str]], *, after_force: bool = False
    ) -> Chain | None:
        _, form = table[self.words.low[index]]
        before = self.words.at(index - 1)
        if (
            not after_force
            and form in ("base", "s")
            and (
                before
                in ("the", "a", "an", "its", "their", "his", "of", "'s", "this", "more", "no")
                or index - 1 in self.words.asset_at
            )
        ):
            return None
        inherited = self.last_chain if index - self.last_trigger < 30 else None
        chain = read_chain(self.words, index, form, inherited)
        self.last_chain, self.last_trigger = chain, index
        return chain

    def _mission(self, index: int, reach: int = 14) -> tuple[int, int] | None:
        return _mission_after(self.words, index, reach, known=self.context.mission)

    def _object(self, index: int, *, with_ok: bool = False) -> tuple[list[Asset], int]:
        """The assets in the object that begins after the verb at `index`, and where it ends."""
        words = self.words
        assets: list[Asset] = []
        at = index + 1
        end = at
        while at < min(len(words), index + _OBJECT_REACH):
            low = words.low[at]
            if low == "up" and words.at(at + 1) == "to":
                at += 2
                continue
            if at == index + 1 and (low in '“"' or (low == "in" and words.at(at + 1) in _OPENING)):
                at += 1
                continue
            if low == "at" and words.at(at + 1) in ("least", "most"):
                at += 2
                continue
            if low == "as" and words.at(at + 1) in ("many", "much"):
                at += 3
                continue
            if (
                low in _OBJECT_ENDS
                and not (low in ("—", "–") and words.tokens[at].start == words.tokens[at - 1].end)
                and not (
                    low == "to"
                    and assets == []
                    and (at + 1 in words.actor_at or words.at(at + 1) in ("the", "a"))
                    and _leads_to_asset(words, at)
                )
            ):
                break
            if (
                low in lex.AUXILIARIES | lex.MODALS
                and at > index + 1
                and not (low == "'s" and at - 1 in words.actor_at)
                and low not in ("need", "needs")
            ):
                break
            if (
                (
                    low in lex.PREPOSITIONS
                    and not (low == "in" and _is_money(words.low[at - 1]))
                    and not (
                        low == "for" and _is_money(words.low[at - 1]) and at + 1 in words.asset_at
                    )
                    and low
                    not in (
                        "of",
                        "between",
                        "around",
                        "about",
                        "over",
                        "from",
                        "than",
                        "including",
                        "into",
                    )
                )
                and not (low == "with" and with_ok and not assets)
                and not (low in ("to", "with") and not assets)
            ):
                if assets or low not in ("for", "in", "on"):
                    break
                if not _leads_to_asset(words, at):
                    break
            if low in ("in", "worth") and not assets and _is_money(words.low[at - 1]):
                at += 1
                continue
            if low == "and" and _verb_follows(words, at):
                break
            asset = words.asset_at.get(at)
            if asset is not None and asset.first == at:
                assets.append(asset)
                at = asset.last
                end = at
                continue
            at += 1
            end = at
        return _main_assets(words, assets), end

    def _specific(self, first: int, last: int) -> bool:
        if first >= last:
            return False
        start, end = (
            self.words.tokens[first].start,
            self.words.tokens[min(last, len(self.words)) - 1].end,
        )
        return any(start <= q.start < end for q in self.quantities)

    def _sum_for_forces(self, index: int) -> bool:
        """Whether a sum of money stands after the verb, and forces that it is for."""
        start = self.words.tokens[index].start
        near = self.words.low[index : index + 16]
        return any(
            q.unit not in UNITS and start < q.start < start + 40 for q in self.quantities
        ) and bool({"for", "to", "towards"} & set(near) and lex.MISSION & set(near))

    def _dated(self, first: int, last: int) -> bool:
        stop = min(len(self.words), last + 10)
        return any(
            _DATE.fullmatch(self.words.low[at]) is not None
            and (
                self.words.at(at - 1)
                in (
                    "by",
                    "in",
                    "next",
                    "this",
                    "from",
                    "until",
                    "before",
                    "late",
                    "early",
                    "mid",
                    "coming",
                    "of",
                )
            )
            for at in range(first, stop)
        )

    def _emit(
        self,
        index: int,
        chain: Chain,
        level: Level | None,
        assets: list[Asset],
        end: int,
        subject: Subject | None = None,
        contribution: Contribution | None = None,
        extra: tuple[int, ...] = (),
    ) -> Iterator[Predicate]:
        words = self.words
        subject = subject or chain.subject
        if words.at(subject.first - 1) in _UNDECIDED or words.at(chain.first - 1) in _UNDECIDED:
            return  # in a condition or an indirect question nobody states anything
        if level is None:
            return
        level_tokens = (*(at for at, _ in chain.controls), index, *extra)
        seen: set[Contribution] = set()
        for asset in assets or [None]:  # type: ignore[list-item]
            kind = contribution or (asset.contribution if asset else None)
            if kind is None or kind in seen:
                continue
            seen.add(kind)
            if not subject.actors and (
                (chain.groups[:1] and chain.groups[0].passive)
                or not (subject.pronoun or subject.institution)
            ):
                continue
            if kind is C.WEAPONS_EQUIPMENT and _comes_with_crew(words, index, end):
                kind = C.AIR
            yield Predicate(
                index,
                chain.first,
                end,
                subject.actors,
                kind,
                level,
                asset,
                tuple(dict.fromkeys(level_tokens)),
                tuple(chain.modifiers),
                self._specific(index, end),
                not subject.actors,
                subject.first,
            )

    # -- kinds of verb ----------------------------------------------------------------------

    def _send(self, index: int) -> Iterator[Predicate]:
        words = self.words
        low = words.low[index]
        table = lex.SEND if low in lex.SEND else lex.STATIVE
        lemma, form = table[low]
        if (
            low in ("second", "position", "post", "posts", "field", "host", "assets")
            and form == "base"
            and words.at(index - 1) not in ("to", "will", "would", "not")
        ):
            return
        if index in words.asset_at or (lemma == "rotate" and form == "s"):
            return
        if lemma == "have" and _is_auxiliary(words, index):
            return
        if lemma == "base" and form == "base":
            return
        passive = _passive_participle(words, index, form)
        if passive == "reduced":
            yield from self._reduced(index)
            return
        chain = self._chain(index, table)
        if chain is None or chain.request_to is not None:
            return
        assets, end = self._object(
            index,
            with_ok=lemma
            in ("provide", "supply", "equip", "contribute", "reinforce", "strengthen"),
        )
        subject = chain.subject
        if chain.groups[0].passive or (passive == "passive"):
            assets, subject = self._passive_subject(index, chain)
            end = max(end, index + 1)
        if lemma == "contribute" and not assets and words.at(index + 1) == "to":
            return  # a mission: see _join
        if not assets and not chain.groups[0].passive and self._sum_for_forces(index):
            level = level_of(chain, stative=False, firm=True, decider=subject.decider)
            yield from self._emit(index, chain, level, [], index + 10, subject, C.FUNDING)
            return
        if lemma == "open" and any(a.contribution is not C.LOGISTICS_BASING for a in assets):
            return
        relative = None
        if not assets and chain.subject.actors and not chain.controls:
            relative = self._relative_asset(index, chain)
            assets = [relative] if relative is not None else []
        if not assets:
            return
        if (
            lemma in _REINFORCED
            and self._mission(index) is None
            and not any(
                at in words.actor_at and governed(words, at)
                for at in range(index, min(len(words), index + 14))
            )
        ):
            return
        handed = lemma in _HANDED_OVER and any(
            at in words.actor_at
            and words.actor_at[at].kind not in ("group", "organisation")
            and words.at(at - 1) == "to"
            for at in range(index, min(len(words), end + 6))
        )
        if handed and assets[0].contribution in (C.AIR, C.NAVAL):
            yield from self._emit(
                index,
                chain,
                level_of(chain, stative=False, firm=True, decider=subject.decider),
                assets[:1],
                end,
                subject,
                C.WEAPONS_EQUIPMENT,
            )
            return
        stative = lemma in lex.STATIVE or lemma in (
            "have",
            "keep",
            "maintain",
            "retain",
            "contribute",
            "provide",
            "station",
            "hold",
        )
        if lemma in ("have", "keep", "hold", "maintain", "retain", "base", "station"):
            if (
                relative is None
                and not (lemma in ("keep", "maintain", "retain") and chain.controls)
                and not self._specific(index, end)
                and not (
                    assets
                    and assets[0].head
                    in ("battlegroup", "brigade", "battalion", "contingent", "frigate")
                )
                and lemma not in ("station", "base")
                and not (
                    lemma in ("keep", "maintain", "retain")
                    and chain.groups[0].modal in ("will", "would")
                )
            ):
                return
            if assets[0].contribution not in lex.FORCES or chain.groups[0].modal in ("can",):
                return
        level = level_of(
            chain,
            stative=stative,
            firm=self._specific(index, end) or self._dated(index, end),
            decider=subject.decider,
        )
        if lemma in ("earmark", "assign", "allocate") and level is Level.DEPLOYED:
            level = Level.WILLING if lemma == "earmark" else Level.ANNOUNCED
        offered = any(
            words.low[at] in ("standby", "stand-by", "disposal", "service")
            and {"on", "at"} & set(words.low[at - 4 : at])
            for at in range(index, min(len(words), end + 8))
        )
        if offered and level in (Level.DEPLOYED, Level.ANNOUNCED):
            level = Level.WILLING
        if lemma in _HELD and chain.groups[0].negated and chain.groups[0].modal in ("can", "could"):
            return
        if lemma == "commit" and level is Level.DEPLOYED:
            level = Level.ANNOUNCED
        if (
            lemma == "deploy"
            and chain.groups[0].passive
            and chain.groups[0].modal == ""
            and not chain.controls
            and level is Level.DEPLOYED
            and chain.groups[0].aux & {"be"}
        ):
            level = Level.ANNOUNCED
        if chain.headline and not chain.controls and level is not None:
            level = Level.DECLINED if chain.groups[0].negated else Level.ANNOUNCED
        yield from self._emit(index, chain, level, assets, end, subject)

    def _relative_asset(self, index: int, chain: Chain) -> Asset | None:
        """ "the 460 soldiers that Hungary has in Kosovo": a number, and a place behind the verb."""
        words = self.words
        border = chain.subject.first
        if words.at(border - 1) in ("that", "which"):
            border -= 1
        asset = next((a for a in words.assets if a.last == border), None)
        placed = words.at(index + 1) in ("in", "on", "at", "off", "to", "near")
        if asset is None or not placed:
            return None
        start, end = words.tokens[max(0, asset.first - 3)].start, words.tokens[asset.last - 1].end
        counted = any(q.start >= start and q.end <= end + 1 for q in self.quantities)
        return asset if counted and asset.contribution in lex.FORCES else None

    def _passive_subject(self, index: int, chain: Chain) -> tuple[list[Asset], Subject]:
        """The assets in the subject of a passive verb, and its agent."""
        words = self.words
        subject = chain.subject
        first = subject.first if subject is not NOBODY else max(0, chain.first - 12)
        inside = [a for a in words.assets if first <= a.first < chain.first]
        for at in range(index + 1, min(len(words), index + 16)):
            if words.low[at] == "by" and (at + 1 in words.actor_at or at + 2 in words.actor_at):
                name = at + 1 if at + 1 in words.actor_at else at + 2
                return _main_assets(words, inside), _list_from(words, name)
            if words.low[at] == "by":
                seat = next(
                    (
                        name
                        for name in range(at + 2, min(len(words), at + 7))
                        if name in words.actor_at and words.low[name - 1] in ("in", "of")
                    ),
                    None,
                )
                if seat is not None:
                    decider = not lex.DECIDERS.isdisjoint(words.low[at:seat])
                    return _main_assets(words, inside), Subject((seat,), decider=decider)
            if words.low[at] in (";", "but"):
                break
        return _main_assets(words, inside), subject

    def _reduced(self, index: int) -> Iterator[Predicate]:
        """ "300 soldiers sent by France", "the 600 Italian troops stationed in Niger"."""
        words = self.words
        before = [a for a in words.assets if a.last in (index, index - 1)]
        if not before:
            return
        asset = before[-1]
        agent = NOBODY
        if words.at(index + 1) == "by" and index + 2 in words.actor_at:
            agent = _list_from(words, index + 2)
        else:
            near = [
                at
                for at in range(max(0, asset.first - 5), asset.first)
                if at in words.actor_at and not governed(words, at)
            ]
            if near:
                agent = Subject((near[-1],))
        number = any(
            words.tokens[asset.first].start <= q.end
            and q.end >= words.tokens[asset.first].start
            and q.start < words.tokens[index].start
            and q.end <= words.tokens[index].start
            for q in self.quantities
        )
        placed = any(at in words.actor_at for at in range(index + 1, min(len(words), index + 6)))
        if not agent.actors or not number or not placed:
            return
        first = max(0, asset.first - 4)
        chain = Chain([], agent, first)
        yield from self._emit(index, chain, Level.DEPLOYED, [asset], index + 1)

    def _noun_object(self, index: int) -> Iterator[Predicate]:
        """Pledge, approve, consider or reject what is named: "approved the deployment of"."""
        words = self.words
        low = words.low[index]
        table = next(
            (t for t in (lex.PLEDGE, lex.APPROVE, lex.CONSIDER, lex.REFUSE) if low in t), None
        )
        if table is None:
            table = {
                low: (
                    "rule" if low.startswith("rule") else low,
                    "pastpart" if low.endswith("ed") else "base",
                )
            }
            if low.startswith("rule") and words.at(index + 1) != "out":
                return
            if low in ("voted", "vote", "votes") and words.at(index + 1) not in (
                "for",
                "against",
                "in",
            ):
                return
            if low in ("decided",) and words.at(index + 1) != "on":
                return
            if low == "backed":
                table = {low: ("back", "pastpart")}
        lemma, form = table[low]
        if (
            lemma == "offer"
            and form == "base"
            and words.at(index - 1) in ("an", "the", "its", "on")
        ):
            return
        if (
            low in ("debate", "study", "review", "order", "float", "back")
            and form == "base"
            and words.at(index - 1) not in ("to", "will", "would", "not", "may", "might")
        ):
            return
        passive = _passive_participle(words, index, form)
        if passive == "reduced" and lemma not in ("promise", "pledge"):
            return
        chain = self._chain(index, table)
        if chain is None or chain.request_to is not None:
            return
        assets, end = self._object(index)
        subject = chain.subject
        if chain.groups[0].passive:
            assets, subject = self._passive_subject(index, chain)
            end = index + 1
            first = max(0, chain.first - 14)
        else:
            first = index
        region = words.low[first:end]
        negative = next(
            (at for at in range(first, end) if words.low[at] in lex.NEGATIVE_NOMINALS), None
        )
        nominal = next((at for at in range(first, end) if words.low[at] in lex.NOMINALS), None)
        if (
            table is lex.APPROVE
            and lemma
            in (
                "back",
                "pass",
                "extend",
                "renew",
                "adopt",
                "order",
                "prolong",
                "sanction",
                "endorse",
            )
            and (
                nominal is None
                and not (
                    lemma == "endorse" and assets and assets[0].head in ("force", "contingent")
                )
                and "mandate" not in region
                and not (lemma == "order" and assets and self._ordered_abroad(index, end))
            )
        ):
            return
        if "mandate" in words.low[index : index + 8] and not assets and table is lex.APPROVE:
            assets = [a for a in words.assets if index < a.first < index + 18][:1]
        if table is lex.APPROVE and any(words.actor_at[at].code == "UN" for at in subject.actors):
            led = any(
                words.low[at].endswith("-led")
                or "multinational" in words.low[at]
                or words.low[at] in ("eufor", "kfor")
                for at in range(index, min(len(words), end + 8))
            )
            if led or (assets and nominal is None and "mandate" not in words.low[index : end + 4]):
                yield from self._emit(
                    index,
                    chain,
                    self._noun_level(chain, table, lemma, low, subject),
                    assets[:1],
                    end,
                    subject,
                    C.POLITICAL,
                )
                return
        extra = (negative,) if negative is not None else ()
        if negative is not None:
            level = self._negative_level(chain, table, lemma)
            yield from self._emit(
                index,
                chain,
                level,
                assets or [],
                end,
                subject,
                None if assets else C.GROUND_TROOPS,
                extra,
            )
            return
        level = self._noun_level(chain, table, lemma, low, subject)
        if (
            not assets
            and nominal is not None
            and table is not lex.PLEDGE
            and self._military_nominal(first, end)
        ):
            yield from self._emit(
                index,
                chain,
                level,
                [],
                end,
                self._owner(subject, first, end, refused=table is lex.REFUSE),
                C.GROUND_TROOPS,
            )
            return
        if not assets and table in (lex.PLEDGE, lex.APPROVE) and self._sum_for_forces(index):
            yield from self._emit(index, chain, level, [], index + 10, subject, C.FUNDING)
            return
        if not assets:
            return
        if table in (lex.REFUSE, lex.APPROVE) and _belongs_to_another(words, assets[0], subject):
            return
        if (
            table is not lex.PLEDGE
            and nominal is None
            and lemma not in ("rule", "vote", "offer")
            and assets[0].contribution in lex.FORCES
            and table is not lex.CONSIDER
        ) and lemma not in ("approve", "authorise", "authorize", "order", "endorse"):
            return
        if (
            table is lex.PLEDGE
            and lemma in ("announce", "unveil", "confirm")
            and nominal is None
            and assets[0].contribution
            not in (C.WEAPONS_EQUIPMENT, C.FUNDING, C.UNSPECIFIED, C.POLITICAL)
        ):
            return
        if (
            table is lex.CONSIDER
            and nominal is None
            and assets[0].contribution not in (C.UNSPECIFIED, C.FUNDING, C.WEAPONS_EQUIPMENT)
        ) and lemma not in ("consider", "weigh", "mull"):
            return
        yield from self._emit(
            index,
            chain,
            level,
            assets,
            end,
            self._owner(subject, first, end, refused=table is lex.REFUSE),
        )

    def _owner(self, subject: Subject, first: int, end: int, *, refused: bool = False) -> Subject:
        """The actor whose forces the object is about, where the subject names none."""
        words = self.words
        if subject.actors:
            return subject
        if refused and not (subject.institution or subject.pronoun):
            return subject  # "voters reject the idea of Polish soldiers"
        near = [
            at
            for at in range(first, min(end, len(words)))
            if at in words.actor_at
            and (not governed(words, at) or words.at(at - 1) == "of")
            and words.actor_at[at].kind in ("demonym", "name", "organisation")
            and (at + 1 in words.asset_at or at + 2 in words.asset_at or words.at(at + 1) == "'s")
        ]
        return Subject(tuple(near[:1]), decider=subject.decider) if near else subject

    def _ordered_abroad(self, index: int, end: int) -> bool:
        words = self.words
        return any(
            at in words.actor_at
            and governed(words, at)
            and not {"from", "by", "with"} & set(words.low[at - 2 : at])
            for at in range(index, min(len(words), end + 5))
        )

    def _military_nominal(self, first: int, end: int) -> bool:
        words = self.words
        return any(
            words.low[at] in lex.MISSION
            for at in range(max(0, first), min(len(words), end + 8))
            if words.low[at] not in ("deployment", "deployments", "mission", "missions")
        ) or any(
            words.low[at] in ("military", "peacekeeping", "naval", "army")
            for at in range(len(words))
        )

    def _negative_level(
        self, chain: Chain, table: dict[str, tuple[str, str]], lemma: str
    ) -> Level | None:
        group = chain.groups[0]
        if table is lex.REFUSE or lemma == "rule":
            return Level.ANNOUNCED if not group.negated and not group.modal else None
        if (
            table is lex.CONSIDER
            or group.negated
            or group.modal in ("would", "could", "may", "might", "should", "must", "can")
        ):
            return None
        if chain.controls and chain.controls[0][1] not in ("decide", Level.ANNOUNCED, "vote"):
            return None
        if lemma in ("offer", "promise") and lemma == "offer":
            return None
        return Level.WITHDRAWN

    def _noun_level(
        self,
        chain: Chain,
        table: dict[str, tuple[str, str]],
        lemma: str,
        low: str,
        subject: Subject,
    ) -> Level | None:
        group = chain.groups[0]
        modal, negated = group.modal, group.negated
        if chain.controls:
            level = level_of(chain, stative=False, firm=False, decider=subject.decider)
            if level is None or level is Level.DEPLOYED:
                return None
            if table is lex.CONSIDER:
                return level if level is Level.DECLINED else Level.CONSIDERING
            if table is lex.REFUSE or lemma == "rule":
                return Level.CONSIDERING if level is Level.DECLINED else None
            if table is lex.APPROVE:
                return level
            if table is lex.PLEDGE:
                return (
                    Level.WILLING
                    if lemma == "offer" and level in (Level.ANNOUNCED, Level.APPROVED)
                    else level
                )
            return Level.CONSIDERING if level is Level.CONSIDERING else None
        if modal in ("should", "must", "ought", "need", "needs") or (
            group.aux & {"had"} and not chain.own_word
        ):
            return None
        if table is lex.REFUSE or lemma == "rule":
            if negated:
                return (
                    Level.CONSIDERING
                    if group.aux or modal in ("will", "would", "cannot", "can")
                    else None
                )
            return (
                None
                if modal in ("would", "could", "may", "might", "can", "will") and not chain.own_word
                else Level.DECLINED
            )
        if table is lex.CONSIDER:
            if negated:
                return Level.DECLINED if group.form == "ing" else None
            return None if modal in ("would",) else Level.CONSIDERING
        if table is lex.PLEDGE:
            if negated:
                return None
            if modal in ("may", "might", "could"):
                return Level.CONSIDERING
            if lemma == "offer":
                return Level.WILLING
            return Level.ANNOUNCED
        if (
            low in ("vote", "votes")
            or negated
            or (modal and not chain.headline)
            or group.form == "ing"
        ):
            return None
        if self.words.at(self.words.low.index(low) + 1) == "against" and low == "voted":
            return Level.DECLINED
        return Level.ANNOUNCED if chain.headline and _is_future(group) else Level.APPROVED

    def _sign(self, index: int) -> Iterator[Predicate]:
        words = self.words
        chain = self._chain(index, lex.SIGN)
        if chain is None or chain.request_to is not None:
            return
        group = chain.groups[0]
        stop = min(len(words), index + _OBJECT_REACH + 8)
        region = words.low[index:stop]
        if not set(region) & {
            "declaration",
            "agreement",
            "memorandum",
            "treaty",
            "pact",
            "letter",
            "accord",
            "deal",
        }:
            return
        level = level_of(chain, stative=False, firm=True, decider=False)
        if (
            level not in (Level.DEPLOYED, Level.ANNOUNCED)
            or group.modal in ("will",)
            or group.negated
            or group.modal
        ):
            return
        if group.form == "ing" or (chain.headline and group.form != "s"):
            return
        assets = [
            a for a in words.assets if index < a.first < stop and a.contribution is not C.FUNDING
        ]
        commits = {
            "send",
            "deploy",
            "station",
            "contribute",
            "provide",
            "deployment",
            "stationing",
            "commit",
            "sending",
            "deploying",
            "committing",
            "contribution",
            "contributing",
            "providing",
            "setting",
            "supply",
            "supplying",
            "creating",
        } & set(region)
        if set(region) & lex.TRADE:
            return
        if not commits:
            assets = [a for a in assets if a.contribution is C.POLITICAL or a.head in ("force",)]
            if (
                not assets
                and not {"guarantees", "coalition"} & set(region)
                and not (
                    "security" in region
                    and {"agreement", "guarantee"} & set(region)
                    and self.context.recipients
                )
            ):
                return
        subject = chain.subject
        if assets:
            yield from self._emit(index, chain, Level.SIGNED, assets[:1], assets[0].last, subject)
        elif (
            "security" in region
            or "guarantees" in region
            or "coalition" in region
            or "force" in region
        ):
            yield from self._emit(index, chain, Level.SIGNED, [], stop, subject, C.POLITICAL)

    def _join(self, index: int) -> Iterator[Predicate]:
        words = self.words
        low = words.low[index]
        lemma, form = lex.JOIN[low]
        if lemma == "take" and words.at(index + 1) != "part":
            return
        following = index + 1 + (lemma == "take")
        if lemma in ("take", "participate") and words.at(following) != "in":
            yield from self._take_part(index, following)
            return
        if (
            lemma in ("lead", "command", "head", "join")
            and form == "base"
            and words.at(index - 1) in ("the", "a", "his", "its", "over", "of", "take")
        ):
            return
        if lemma == "contribute" and words.at(index + 1) != "to":
            yield from self._take_part(index, index + 1)
            return
        mission = self._mission(index)
        if mission is None or _passive_participle(words, index, form) == "reduced":
            return
        chain = self._chain(index, lex.JOIN)
        if chain is None or chain.request_to is not None or chain.groups[0].passive:
            return
        assets, end = self._object(index, with_ok=True)
        assets = [a for a in assets if words.at(a.first - 1) != "the" and a.first > mission[1] - 1]
        subject = chain.subject
        level = level_of(
            chain, stative=True, firm=self._dated(index, mission[1]), decider=subject.decider
        )
        if (
            subject.force is not None
            and subject.actors
            and lemma == "join"
            and level is Level.DEPLOYED
        ):
            return  # "troops joined the mission": _force_subject reads it
        kind = _mission_kind(words, mission)
        if assets:
            yield from self._emit(index, chain, level, assets, end, subject)
        else:
            yield from self._emit(index, chain, level, [], mission[1], subject, kind)

    def _take_part(self, index: int, following: int) -> Iterator[Predicate]:
        """ "Will take part with a battalion", in an article about a mission."""
        words = self.words
        if not self.context.mission or words.at(following) not in ("with", ",", ".", "if", "once"):
            return
        chain = self._chain(index, lex.JOIN)
        if chain is None or chain.request_to is not None or not chain.subject.actors:
            return
        assets, end = self._object(following)
        level = level_of(chain, stative=False, firm=bool(assets), decider=chain.subject.decider)
        bare = C.UNSPECIFIED if words.low[index].startswith("contribut") else C.GROUND_TROOPS
        kind = None if assets else bare
        yield from self._emit(index, chain, level, assets, end, chain.subject, kind)

    def _force_subject(self, index: int) -> Iterator[Predicate]:
        """ "Kenyan police officers arrived in Haiti", "French troops are still in Chad"."""
        words = self.words
        low = words.low[index]
        if low in lex.MOVE:
            table = lex.MOVE
            lemma, form = table[low]
        else:
            lemma, form = (
                low,
                {
                    "is": "s",
                    "are": "base",
                    "remain": "base",
                    "remains": "s",
                    "go": "base",
                    "stay": "base",
                    "stays": "s",
                    "be": "base",
                }.get(low, "pastpart" if low in ("stationed", "based") else "ing"),
            )
            table = {low: (lemma, form)}
        follows = words.at(index + 1)
        if low == "be" and words.low[index + 1 : index + 4] != ["on", "the", "ground"]:
            return
        if low in ("is", "are"):
            skip = index + 1
            while words.at(skip) in lex.ADVERBS or words.at(skip) in ("on", "the"):
                if (
                    words.at(skip) == "on"
                    and words.at(skip + 1) == "the"
                    and words.at(skip + 2) == "ground"
                ):
                    break
                if words.at(skip + 1) in ("patrol", "duty", "station"):
                    break
                if words.at(skip) in ("on", "the"):
                    return
                skip += 1
            ground = words.at(skip) == "on"
            there = words.at(skip) == "in" and (
                _names_place(words, skip + 1) or words.at(skip + 2) in ("country", "region", "area")
            )
            if not ground and not there:
                return
        if follows in ("through", "past"):
            return  # a transit
        if lemma == "take" and follows not in ("over", "up", "part", "command"):
            return
        if lemma == "set" and follows not in ("off", "out", "sail"):
            return
        if lemma in ("begin", "start") and follows not in (
            "patrolling",
            "patrols",
            "deploying",
            "arriving",
            "operations",
            "duty",
            "work",
            "their",
            "monitoring",
            "its",
        ):
            return
        if lemma == "come" and follows not in ("home", "back"):
            return
        if lemma == "head" and follows not in ("to", "for", "towards", "home"):
            return
        if lemma in ("join", "support") and self._mission(index) is None:
            return
        chain = self._chain(index, table, after_force=True)
        if chain is None or chain.request_to is not None:
            return
        subject = chain.subject
        promised = chain.controls or chain.groups[0].modal == "will"
        stays = lemma in ("stay", "remain") and self.context.mission and promised
        if stays and subject.actors and subject.force is None and follows in ("", ".", ",", "in"):
            level = level_of(chain, stative=True, firm=True, decider=False)
            if level is Level.ANNOUNCED:
                yield from self._emit(index, chain, level, [], index + 1, subject, C.GROUND_TROOPS)
            return
        if subject.force is None or (
            chain.groups[0].passive and lemma in ("replace", "relieve", "join", "reach", "leave")
        ):
            return
        if not subject.actors:
            speaker = (
                antecedent(words, subject.first)
                if words.at(subject.first - 1) in ("said", "that", "says")
                else None
            )
            if speaker is None:
                return
            subject = Subject(speaker.actors, subject.force, first=subject.first)
        group = chain.groups[0]
        served = lemma == "serve" and self._specific(max(0, subject.first - 1), chain.first)
        if (
            lemma in _DUTIES
            and not served
            and not (
                (group.modal or chain.controls)
                and (self._mission(index) or _place_after(words, index))
            )
        ):
            return
        force = subject.force or 0
        assets = [a for a in words.assets if subject.first <= a.first < chain.first]
        if not assets:
            kind = _kind_of_head(words, force, chain.first)
            if kind is None:
                return
        else:
            kind = None
        home = follows in ("home", "back") or lemma == "come"
        if lemma == "return":
            own = {words.actor_at[a].code for a in subject.actors}
            to = _place_after(words, index)
            home = home or to is None or words.actor_at[to].code in own
        target = next(
            (at for at in range(index + 1, min(len(words), index + 5)) if at in words.actor_at),
            None,
        )
        level = level_of(chain, stative=True, firm=True, decider=False)
        if (
            lemma == "leave"
            and follows != "for"
            and not (target is not None and words.at(target - 1) == "for")
        ):
            if level in (Level.DEPLOYED, Level.ANNOUNCED) and target is not None:
                owner = {words.actor_at[a].code for a in subject.actors}
                level = None if words.actor_at[target].code in owner else Level.WITHDRAWN
            else:
                level = None
        elif home and level in (Level.DEPLOYED, Level.ANNOUNCED):
            level = Level.WITHDRAWN
        elif home:
            level = None
        elif (
            lemma in ("go", "stay", "remain", "remains", "stays", "serve")
            and level is Level.DEPLOYED
            and chain.groups[0].form == "base"
            and not chain.groups[0].modal
            and lemma in ("go", "serve", "stay")
            and not served
        ):
            return
        elif lemma in ("stay", "stays", "remain", "remains") and chain.groups[0].negated:
            level = Level.WITHDRAWN if level is Level.DECLINED else None
        if (
            lemma
            in (
                "sail",
                "fly",
                "land",
                "enter",
                "reach",
                "depart",
                "begin",
                "start",
                "take",
                "relieve",
                "replace",
                "head",
            )
            and chain.groups[0].form in ("base",)
            and not chain.groups[0].modal
            and not self.context.title
            and lemma not in ("begin", "take")
        ):
            return
        if level is None:
            return
        if "no" in words.low[max(0, subject.first - 1) : subject.first + 2]:
            level = Level.DECLINED if level in (Level.ANNOUNCED, Level.WILLING) else None
        main = _main_assets(words, assets)[:1]
        yield from self._emit(index, chain, level, main, index + 1, subject, None if main else kind)

    def _activity(self, index: int) -> Iterator[Predicate]:
        words = self.words
        low = words.low[index]
        table = next(t for t in (lex.TRAIN, lex.FUND, lex.SHARE, lex.GUARD) if low in t)
        lemma, form = table[low]
        if index in words.asset_at and words.asset_at[index].last > index + 1:
            return
        if (
            form in ("base", "s")
            and words.at(index - 1)
            not in (
                "to",
                "will",
                "would",
                "not",
                "help",
                "also",
                "could",
                "can",
                "jointly",
                "and",
                "may",
                "might",
                "now",
                "still",
            )
            and index - 1 not in words.actor_at
        ):
            return
        if _passive_participle(words, index, form) == "reduced":
            return
        near = words.low[index + 1 : index + 9]
        others = [at for at in range(index + 1, min(len(words), index + 7)) if at in words.actor_at]
        chain = self._chain(index, table)
        if (
            chain is None
            or chain.request_to is not None
            or chain.groups[0].passive
            or not chain.subject.actors
        ):
            return
        kind: Contribution | None = None
        if (
            table is lex.TRAIN
            and others
            and set(near)
            & {
                "soldiers",
                "troops",
                "forces",
                "recruits",
                "officers",
                "pilots",
                "army",
                "crews",
                "military",
                "brigade",
                "police",
                "brigades",
                "personnel",
                "battalion",
                "battalions",
                "units",
            }
        ):
            own = {words.actor_at[a].code for a in chain.subject.actors}
            kind = C.TRAINERS_ADVISERS if words.actor_at[others[0]].code not in own else None
        elif table is lex.FUND:
            paid = {"pay": "for", "spend": "on"}.get(lemma)
            if (paid is None or paid in near[:7]) and set(near) & (lex.MISSION - {"war"}):
                kind = C.FUNDING
        elif table is lex.SHARE and "intelligence" in near[:3]:
            kind = C.INTELLIGENCE
        elif table is lex.GUARD:
            if "airspace" in near or "skies" in near:
                kind = C.AIR if lemma in ("patrol", "police", "protect", "guard") else None
            elif lemma == "monitor" and {"ceasefire", "truce", "armistice"} & set(near[:4]):
                kind = C.MONITORING
            elif _is_ship(words, chain) and lemma != "clear":
                kind = C.NAVAL
            elif lemma == "clear" and {"mines", "minefields"} & set(near[:5]):
                kind = C.ENGINEERING
            elif lemma == "escort" and {
                "ships",
                "vessels",
                "shipping",
                "tankers",
                "convoys",
                "freighters",
            } & set(near[:5]):
                kind = C.NAVAL
            own = {words.actor_at[a].code for a in chain.subject.actors}
            if kind is not None and others and all(words.actor_at[o].code in own for o in others):
                kind = None
        if kind is None:
            return
        level = level_of(chain, stative=True, firm=True, decider=False)
        if (
            level is Level.DEPLOYED
            and chain.groups[0].form in ("past", "pastpart")
            and not chain.groups[0].perfect
        ):
            return
        yield from self._emit(
            index, chain, level, [], min(len(words), index + 6), contribution=kind
        )

    def _part_of(self, index: int) -> Iterator[Predicate]:
        """ "Latvian soldiers could be part of the force", "will not be part of any force"."""
        words = self.words
        mission = self._mission(index + 1)
        if mission is None or words.at(index - 1) not in ("be", "form", "become", "been"):
            return
        chain = read_chain(words, index - 1, "base")
        subject = chain.subject
        if chain.request_to is not None or not (chain.groups[0].modal or chain.controls):
            return
        assets = [a for a in words.assets if subject.first <= a.first < chain.first][:1]
        kind = None if assets else _mission_kind(words, mission)
        level = level_of(chain, stative=False, firm=True, decider=False)
        yield from self._emit(index, chain, level, assets, mission[1], subject, kind)

    def _out_of_question(self, index: int) -> Iterator[Predicate]:
        """ "Greek troops are not an option", "are off the table", "out of the question"."""
        words = self.words
        phrase = " ".join(words.low[max(0, index - 3) : index + 1])
        said = ("not an option", "out of the question", "off the table")
        match = next((text for text in said if phrase.endswith(text)), None)
        if match is None:
            return
        verb = index - len(match.split())
        if words.at(verb) not in ("is", "are", "were", "was", "remain", "remains"):
            return
        chain = read_chain(words, verb, "base")
        subject = chain.subject
        assets = [a for a in words.assets if subject.first <= a.first < verb][:1]
        if subject.force is None or not assets or chain.groups[0].modal:
            return
        if words.at(subject.first).endswith("ing") or "opposition" in words.low:
            return  # not the actor's own word
        yield from self._emit(index, chain, Level.DECLINED, assets, index + 1, subject)

    def _withdrawal_of(self, index: int) -> Iterator[Predicate]:
        """ "The withdrawal of South Africa's soldiers is to be completed by"."""
        words = self.words
        assets, end = self._object(index)
        if not assets or assets[0].contribution not in lex.FORCES:
            return
        owner = next((at for at in range(index, assets[0].last) if at in words.actor_at), None)
        verb = next(
            (at for at in range(end, min(len(words), end + 8)) if words.low[at] in _DOES), None
        )
        after = words.low[verb + 1 : verb + 5] if verb is not None else []
        if owner is None or not _GOES_ON & set(after) or "not" in after:
            return
        chain = Chain([], Subject((owner,), first=owner), owner)
        yield from self._emit(index, chain, Level.WITHDRAWN, assets[:1], end)

    def _nominal(self, index: int) -> Iterator[Predicate]:
        """ "Italy's contribution of 1,050 soldiers is", "its participation in the force is"."""
        words = self.words
        owner = index - 2 if words.at(index - 1) == "'s" else index - 1
        assets, end = self._object(index)
        assets = [a for a in assets if a.contribution in lex.FORCES]
        if owner not in words.actor_at and words.at(index + 1) == "of" and assets:
            owner = next((at for at in range(index, assets[0].last) if at in words.actor_at), -1)
        mission = self._mission(index)
        if owner not in words.actor_at or (not assets and mission is None):
            return
        verb = next(
            (
                at
                for at in range(index + 1, min(len(words), index + _OBJECT_REACH))
                if words.low[at] in lex.AUXILIARIES | lex.MODALS and words.low[at] != "'s"
            ),
            None,
        )
        if verb is None or words.quoted[index]:
            return
        after = set(words.low[verb + 1 : verb + 5])
        low = words.low[verb]
        level: Level | None = None
        if {"review", "consideration", "discussion", "study", "discussed", "considered"} & after:
            level = Level.CONSIDERING
        elif after & {"not", "no", "n't", "been"} or low in ("cannot", "won't"):
            return
        elif {"certain", "settled", "confirmed", "assured"} & after or low == "will":
            level = Level.ANNOUNCED
        elif low in ("would", "could"):
            level = Level.WILLING
        elif low in ("is", "are", "has") and assets and self._specific(index, end):
            level = Level.DEPLOYED
        kind = None if assets or mission is None else _mission_kind(words, mission)
        chain = Chain([], Subject((owner,), first=owner), owner)
        yield from self._emit(index, chain, level, assets[:1], end, None, kind, (verb,))

    def _offering(self, index: int) -> Iterator[Predicate]:
        """What is offered or approved by a phrase: "stands ready with", "signed off on"."""
        words = self.words
        low, after = words.low[index], words.low[index + 1 : index + 5]
        phrase = " ".join(after)
        before = words.low[max(0, index - 3) : index]
        if low in ("ready", "prepared") and after[:1] == ["with"]:
            stands = words.at(index - 1) in ("stands", "stand", "stood", "remains", "remain")
            level, start, verb = Level.WILLING, index + 1, index - stands
        elif low == "help" and after[:1] in (["with"], ["out"]) and "to" in before:
            level, start, verb = Level.WILLING, index + 1, index
        elif low in ("signed", "sign", "signs") and after[:2] == ["off", "on"]:
            level, start, verb = Level.APPROVED, index + 2, index
        elif (low in ("cleared", "clears", "paved") and after[:3] == ["the", "way", "for"]) or (
            low in ("gave", "given", "gives")
            and ("green light" in phrase or {"go-ahead", "blessing", "nod"} & set(after))
        ):
            level, start, verb = Level.APPROVED, index + 3, index
        elif low in ("prospect", "possibility") and {"held", "holding", "raised"} & set(before):
            level, start, verb = Level.WILLING, index, index - 3
        else:
            return
        table = words.low[verb]
        chain = read_chain(words, verb, "base" if table in ("help", "ready") else "pastpart")
        group = chain.groups[0]
        if chain.request_to is not None or group.negated or group.passive or group.modal:
            return
        while words.at(start + 1) in ("to", "for", "of", "a", "the", "with", "on"):
            start += 1
        assets, end = self._object(start)
        yield from self._emit(index, chain, level, assets[:1], end)

    def _headline(self, index: int) -> Iterator[Predicate]:
        """Headlines without a verb: "Fiji: 60 soldiers for Sinai", "No Azeri troops for Gaza"."""
        words = self.words
        low = words.low[index]
        level = Level.ANNOUNCED
        if low == ":":
            if index - 1 != 0 or 0 not in words.actor_at or not _is_verbless(words, index):
                return
            subject = Subject((0,))
            assets, end = self._object(index)
            if not assets or not self._specific(index, end):
                return
        else:
            stop = index if low == "bound" else min(len(words), index + 6)
            first = max(0, stop - 6)
            names = [at for at in range(first, stop) if at in words.actor_at]
            assets = [a for a in words.assets if first <= a.first < stop][:1]
            if not names or not assets or not 0 < assets[0].first - names[0] <= 3:
                return
            subject, end = Subject((names[0],), first=first), assets[0].last
            if low == "bound" and words.at(index + 1) != "for":
                return
            if low == "no":
                if words.at(end) not in ("for", "to", "in"):
                    return
                level = Level.DECLINED
        yield from self._emit(index, Chain([], subject, index), level, assets[:1], end, subject)

    def _withdraw(self, index: int) -> Iterator[Predicate]:
        words = self.words
        low = words.low[index]
        table = lex.WITHDRAW if low in lex.WITHDRAW else lex.CUT
        lemma, form = table[low]
        follows = words.at(index + 1)
        if lemma == "bring" and not {"home", "back"} & set(words.low[index + 1 : index + 9]):
            return
        if (
            lemma == "pull"
            and "out" not in words.low[index + 1 : index + 9]
            and "from" not in words.low[index + 1 : index + 6]
            and "back" not in words.low[index + 1 : index + 9]
            and follows != "its"
        ):
            return
        if lemma in ("scale", "wind", "draw", "close", "phase") and not set(
            words.low[index + 1 : index + 7]
        ) & {"down", "back", "out"}:
            return
        if lemma == "leave" and (table is lex.CUT) and follows not in ("the", "a"):
            return
        if (
            low in ("end", "cut", "cuts", "close", "stop", "halt", "drop", "scale", "phase")
            and words.at(index - 1) in ("the", "an", "a", "to", "its", "by", "at", "of", "budget")
            and words.at(index - 1) != "to"
        ):
            return
        passive = _passive_participle(words, index, form)
        if passive == "reduced":
            return
        chain = self._chain(index, table)
        if chain is None or chain.request_to is not None:
            return
        assets, end = self._object(index)
        region = words.low[index + 1 : min(len(words), index + 12)]
        subject = chain.subject
        if chain.groups[0].passive:
            assets, subject = self._passive_subject(index, chain)
            region = words.low[max(0, chain.first - 10) : chain.first]
        elif subject.force is not None and subject.actors and not assets:
            assets = [a for a in words.assets if subject.first <= a.first < chain.first][:1]
        if table is lex.CUT and not chain.groups[0].passive and lemma != "leave":
            if not set(words.low[index + 1 : end + 3]) & lex.CUTTABLE:
                return
            if not any(
                w in lex.MISSION
                or w in ("aid", "deliveries", "shipments", "intelligence", "military")
                for w in region
            ):
                return
        elif table is lex.CUT and lemma != "leave" and not set(region) & lex.CUTTABLE:
            return
        elif lemma == "leave":
            mission = self._mission(index)
            if mission is None:
                return
        level = self._withdraw_level(chain, index, end)
        if level is None:
            return
        if not assets:
            mission = self._mission(index, reach=9)
            if mission is None:
                if not set(region) & {
                    "mission",
                    "operation",
                    "deployment",
                    "contingent",
                    "presence",
                    "participation",
                } and not (subject.force and subject.actors):
                    return
                kind = C.GROUND_TROOPS
            else:
                kind = _mission_kind(words, mission)
            yield from self._emit(
                index, chain, level, [], end, self._owner(subject, index, end), kind
            )
            return
        yield from self._emit(
            index, chain, level, assets[:2], end, self._owner(subject, index, end)
        )

    def _withdraw_level(self, chain: Chain, index: int, end: int) -> Level | None:
        group = chain.groups[0]
        if chain.controls:
            op = chain.controls[0][1]
            outer = chain.groups[1]
            if op in (Level.DECLINED,):
                return Level.ANNOUNCED if not outer.negated else None
            if op == "plan":
                if outer.negated or outer.hedge == "no":
                    return Level.ANNOUNCED
                words = self.words.low[index : min(len(self.words), end + 8)]
                firm = self._specific(index, end) or self._dated(index, end) or "all" in words
                return (
                    Level.WITHDRAWN
                    if firm and outer.word not in ("want", "wants", "wanted", "hopes", "hope")
                    else None
                )
            if op in ("decide", Level.ANNOUNCED, "begin", "vote", "continue"):
                if (
                    outer.negated
                    or outer.modal in ("may", "might", "could", "would", "should", "must")
                    or outer.word in ("about",)
                ):
                    return None
                return Level.WITHDRAWN if not group.negated else Level.ANNOUNCED
            return None
        if group.modal in (
            "should",
            "must",
            "ought",
            "need",
            "needs",
            "can",
            "could",
            "may",
            "might",
        ):
            return None
        if group.modal == "would" and not chain.own_word:
            return None
        if group.negated:
            return (
                Level.ANNOUNCED
                if group.modal in ("will", "would", "shall") or group.form == "ing"
                else None
            )
        if group.form == "ing" and not group.aux:
            return None
        if "be" in group.aux and not group.modal and not group.aux & {"is", "are", "has", "have"}:
            return None  # a demand that troops be withdrawn
        if (
            group.form == "base"
            and not group.modal
            and not chain.headline
            and not (chain.subject.actors and self.context.title)
        ):
            return None
        return Level.WITHDRAWN


def read_predicates(
    words: Words, quantities: Sequence[QuantitySpan], context: Context
) -> list[Predicate]:
    """All predicates of contribution in the sentence."""
    return list(_Reader(words, quantities, context).read())


def _is_auxiliary(words: Words, index: int) -> bool:
    """Whether a form of "have" at `index` only helps another verb, or says what is not there."""
    at = index + 1
    while words.at(at) in lex.ADVERBS - {"more", "just", "only"} or words.at(at).endswith("ly"):
        at += 1
    low = words.at(at)
    tables = (lex.SEND, lex.STATIVE, lex.WITHDRAW, lex.CUT, lex.JOIN, lex.MOVE, lex.SIGN)
    return (
        low in lex.AUXILIARIES
        or low in lex.REPORTING
        or low in ("no", "to", "not", "little", "made")
        or low.endswith("ed")
        or any(table.get(low, ("", ""))[1] in ("part", "pastpart") for table in tables)
    )


def _leads_to_asset(words: Words, at: int) -> bool:
    return (
        any(index in words.asset_at for index in range(at + 1, min(len(words), at + 7)))
        and "with" in words.low[at : at + 7]
    )


def _comes_with_crew(words: Words, first: int, last: int) -> bool:
    return bool({"crew", "crews"} & set(words.low[first : last + 6]))


def _is_money(low: str) -> bool:
    return low in (
        "million",
        "billion",
        "bn",
        "euros",
        "dollars",
        "pounds",
        "m",
        "kronor",
        "kroner",
        "crowns",
        "yen",
    )


def _names_place(words: Words, at: int) -> bool:
    if words.at(at) == "the":
        at += 1
    return at in words.actor_at or (at < len(words) and words.tokens[at].text[0].isupper())


def _verb_follows(words: Words, at: int) -> bool:
    """Whether "and" at `at` opens a new predicate rather than a further object."""
    following = at + 1
    while words.at(following) in lex.ADVERBS or words.at(following) in ("will", "would"):
        if words.at(following) in ("will", "would"):
            return True
        following += 1
    low = words.at(following)
    if following in words.actor_at:
        return any(
            words.at(index) in lex.AUXILIARIES | lex.MODALS
            for index in range(following + 1, following + 4)
        )
    return (
        (low in lex.SEND and low not in ("second", "equip"))
        or low in lex.PLEDGE
        or low in lex.APPROVE
        or low in lex.REPORTING
        or low in lex.JOIN
        or low in lex.TRAIN
    )


def _place_after(words: Words, index: int) -> int | None:
    """The name of a place close behind the verb at `index`."""
    return next(
        (at for at in range(index + 1, min(len(words), index + 7)) if at in words.actor_at), None
    )


def _is_verbless(words: Words, first: int) -> bool:
    return lex.AUXILIARIES.isdisjoint(words.low[first:]) and lex.MODALS.isdisjoint(
        words.low[first:]
    )


def _is_future(group: Group) -> bool:
    """Whether a headline's "to" stands before the verb ("EU to extend")."""
    return group.modal == "will"


def _is_ship(words: Words, chain: Chain) -> bool:
    return any(
        asset.contribution is C.NAVAL
        for asset in words.assets
        if chain.subject.first <= asset.first < chain.first
    )


def _belongs_to_another(words: Words, asset: Asset, subject: Subject) -> bool:
    """Whether the forces are another's than the subject's: a host's consent or refusal."""
    own = {words.actor_at[at].code for at in subject.actors}
    for at in range(max(0, asset.first - 3), asset.first):
        name = words.actor_at.get(at)
        if name is not None and name.code not in own and name.kind != "leader":
            return bool(own)
    return False


def _main_assets(words: Words, assets: list[Asset]) -> list[Asset]:
    """Assets without those that only modify or contain others ("a team of military engineers")."""
    kept: list[Asset] = []
    for asset in assets:
        if (
            kept
            and asset.first - kept[-1].last <= 4
            and "of" in words.low[kept[-1].last : asset.first]
            and not set(words.low[kept[-1].last : asset.first]) & {"and", ","}
        ):
            if (
                kept[-1].contribution
                in (C.GROUND_TROOPS, C.FUNDING, C.UNSPECIFIED, C.TRAINERS_ADVISERS)
                and asset.contribution is not C.GROUND_TROOPS
            ):
                kept[-1] = asset
            continue
        if kept and asset.first == kept[-1].last:
            kept[-1] = asset if asset.contribution is not C.GROUND_TROOPS else kept[-1]
            continue
        if (
            kept
            and kept[-1].contribution in (C.FUNDING,)
            and asset.contribution in (C.WEAPONS_EQUIPMENT, C.UNSPECIFIED)
            and {"in", "of", "worth"} & set(words.low[kept[-1].last : asset.first])
        ):
            kept[-1] = asset
            continue
        kept.append(asset)
    return kept


def _passive_participle(words: Words, index: int, form: str) -> str:
    """ "passive" where a form of "be" stands before the participle, "reduced" where none does."""
    if form not in ("pastpart", "part", "past"):
        return ""
    at = index - 1
    while at >= 0 and (words.low[at] in lex.ADVERBS or words.low[at].endswith("ly")):
        at -= 1
    before = words.at(at)
    if before in ("is", "are", "was", "were", "be", "been", "being", "get"):
        return "passive"
    if before in ("has", "have", "had", "having", "'ve", "'d"):
        return ""
    if form == "past":
        return ""
    if at in words.asset_at and words.asset_at[at].last == at + 1:
        head = words.low[at]
        if words.at(index + 1) in (
            "in",
            "by",
            "to",
            "on",
            "at",
            "near",
            "along",
            "there",
            "under",
            "across",
            "from",
            "off",
        ):
            # "troops deployed in" has no object of its own
            return "reduced" if head not in ("police", "navy", "staff") else ""
    return ""


def _list_from(words: Words, index: int) -> Subject:
    """The names in a list that begins at `index`: "by France, Britain and Denmark"."""
    names = [index]
    at = index + 1
    while at < len(words):
        if at in words.actor_at:
            names.append(at)
        elif words.low[at] not in (",", "and", "the"):
            break
        at += 1
    return Subject(tuple(names))


def _mission_after(words: Words, index: int, reach: int, *, known: bool) -> tuple[int, int] | None:
    """Tokens of the mission named after the verb at `index`: "the UN peacekeeping force".

    `known`: whether the article is about one, so that "the mission" is that.
    """
    cue = False
    for at in range(index + 1, min(len(words), index + reach)):
        low = words.low[at]
        if (
            low
            in (
                "to",
                "in",
                "out",
                "of",
                "from",
                "part",
                "the",
                "a",
                "an",
                "any",
                "its",
                "such",
                "up",
                "over",
                "command",
            )
            and not cue
        ):
            continue
        if low in (";", ":", "(", "“", "”") or low in lex.MODALS or low in lex.SUBORDINATORS:
            return None
        if (
            low in lex.MISSION_CUES
            or (
                at in words.actor_at
                and (words.actor_at[at].kind in ("organisation", "group") or low.endswith("-led"))
            )
            or low.endswith(("-led", "-strong"))
        ):
            cue = True
            if at in words.actor_at and words.tokens[at].text.isupper() and len(low) > 5:
                return index + 1, at + 1  # UNIFIL
        if low in ("unifil", "monusco", "kfor", "eufor", "aspides", "atalanta"):
            return index + 1, at + 1
        if at in words.actor_at and words.actor_at[at].code == "COALITION" and "coalition" in low:
            return index + 1, at + 1
        if (
            low in lex.MISSION_HEADS
            and at > index + 1
            and (cue or low in ("force", "peacekeeping") or (known and words.at(at - 1) == "the"))
        ):
            if low == "peacekeeping" and words.at(at + 1) in lex.MISSION_HEADS:
                continue
            if low in ("coalition",) and words.at(at + 1) in ("government", "talks", "agreement"):
                return None
            return index + 1, at + 1
    return None


def _mission_kind(words: Words, mission: tuple[int, int]) -> Contribution:
    region = set(words.low[mission[0] : min(len(words), mission[1] + 5)])
    if region & {
        "naval",
        "maritime",
        "escort",
        "aspides",
        "atalanta",
        "minesweeping",
        "anti-piracy",
        "counter-piracy",
        "sea",
        "mine-clearing",
        "minehunting",
    }:
        return C.NAVAL
    if region & {"air-policing", "policing", "air"}:
        return C.AIR
    if region & {"training"}:
        return C.TRAINERS_ADVISERS
    if region & {"monitoring", "observer", "verification"}:
        return C.MONITORING
    if region & {"demining"}:
        return C.ENGINEERING
    return C.GROUND_TROOPS


def _kind_of_head(words: Words, force: int, end: int) -> Contribution | None:
    for at in range(end - 1, force - 1, -1):
        if (words.low[at],) in lex.ASSETS:
            return lex.ASSETS[(words.low[at],)]
    if force in words.actor_at:
        for at in range(force, end):
            if (words.low[at],) in lex.ASSETS:
                return lex.ASSETS[(words.low[at],)]
    return None
