"""The actor model as rules: predicates and obstacles of a sentence, less what is no mention."""

import re
from collections.abc import Mapping, Sequence

from pledgewatch.extract.actor_model import Context, Finding, Offsets
from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.extract.rules.conditions import OBSTACLE_OF, ConditionSpan, find_conditions
from pledgewatch.extract.rules.hindrances import ADVERSARIES, find_hindrances
from pledgewatch.extract.rules.obstacles import OBJECTED_BY_OTHERS, find_obstacles
from pledgewatch.extract.rules.places import NAMED_REGION
from pledgewatch.extract.rules.predicates import Predicate, read_predicates
from pledgewatch.extract.rules.subjects import governed, meant_actor
from pledgewatch.extract.rules.words import Words
from pledgewatch.gazetteer import ActorName
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from pledgewatch.text.quantities import QuantitySpan, find_quantities

AT_WAR = frozenset(
    {
        "UKR",
        "ISR",
        "TWN",
        "SDN",
        "COD",
        "MLI",
        "SOM",
        "HTI",
        "LBN",
        "SYR",
        "YEM",
        "MOZ",
        "NER",
        "BFA",
        "ARM",
        "MDA",
    }
)
"""States to which arms are military aid rather than trade."""
_THEATRES = AT_WAR | {
    "XKX",
    "BIH",
    "CAF",
    "SSD",
    "IRQ",
    "LBY",
    "PSE",
    "LVA",
    "LTU",
    "EST",
    "AFG",
    "CYP",
    "ESH",
    "TCD",
    "GNB",
}
"""Where foreign missions are: sending people there is seldom anything else."""
_OWN_WARS = frozenset(
    {
        ("RUS", "UKR"),
        ("ISR", "PSE"),
        ("ISR", "LBN"),
        ("ISR", "SYR"),
        ("ISR", "IRN"),
        ("IRN", "ISR"),
        ("RWA", "COD"),
        ("IND", "PAK"),
        ("PAK", "IND"),
        ("CHN", "TWN"),
        ("THA", "KHM"),
        ("KHM", "THA"),
        ("ERI", "ETH"),
        ("ETH", "ERI"),
        ("UKR", "RUS"),
        ("AZE", "ARM"),
        ("ARM", "AZE"),
        ("SDN", "SSD"),
        ("PAK", "AFG"),
        ("VEN", "GUY"),
        ("RUS", "GEO"),
    }
)
_BELLIGERENTS = frozenset({"RUS", "UKR", "ISR", "PSE", "SDN", "MMR", "YEM"})
_HISTORY = re.compile(
    r"\b(?:in|since|until|from|between|during|by|of) (?:the )?(?:early |late |"
    r"mid-)?(1[89]\d\d|20[0-3]\d)s?\b|"
    r"\b(?:decades? ago|years? ago|centur(?:y|ies)|World War|Cold War|former(?:ly)?|"
    r"at the time|back then|in those days|was later|once had)\b"
)
_FORCE_WORDS = re.compile(
    r"\b(?:troops?|soldiers?|peacekeep\w*|militar\w+|forces?|armed|army|navy|naval|"
    r"warships?|frigates?|battalions?|"
    r"brigades?|battlegroups?|NATO|ceasefire|mission|security|defen[cs]es?|war|"
    r"missiles?|ammunition|weapons|tanks|"
    r"air-policing|airspace|coalition|gangs?|mines?|demin\w+|deploy\w*)\b",
    re.IGNORECASE,
)
_OWN_GROUND = re.compile(
    r"\b(?:its|their|the country['’]s) (?:own )?(?:\w+ )?(?:borders?|coast|streets|"
    r"capital|territory|soil)\b|\bNational Guard\b"
)
_PAST_LEVELS = (Level.DEPLOYED, Level.WITHDRAWN, Level.APPROVED, Level.DECLINED)
_MISSION_CUES = frozenset(
    [
        "mission",
        "peacekeeping",
        "peacekeepers",
        "multinational",
        "coalition",
        "force",
        "un",
        "u.n.",
        "nato",
        "eu",
        "au",
        "ecowas",
        "sadc",
        "osce",
        "monitors",
        "observers",
        "abroad",
        "overseas",
        "contingent",
    ]
)
_ADVERSARIES = frozenset({"RUS", "BLR", "PRK", "IRN"})
_TARGETS = (
    lex.MISSION_HEADS
    | (lex.PEOPLE - {"police", "team", "teams", "members", "company", "experts", "specialists"})
    | frozenset({"deployments", "garrison", "peacekeeper", "planners", "soldier", "contributors"})
) - {"effort", "initiative", "mandate"}
_PLAIN_TARGETS = frozenset(
    ["mission", "deployment", "peacekeepers", "contingent", "contingents", "peacekeeping"]
)
_ARMIES = frozenset({"army", "navy", "military"})
_CIVILIAN_TOO = frozenset(["ship", "ships", "vessel", "vessels", "aircraft", "planes", "escort"])
_MARKS_MILITARY = frozenset(["its", "their", "naval", "navy", "patrol", "transport", "police"])
_OTHER_BUSINESS = frozenset(
    """budget law laws tax taxes speaker election elections immunity reform reforms pension pensions
    cabinet corruption constitution trade farms climate sanctions""".split()  # noqa: SIM905
)
_PLANS = frozenset({"plan", "plans", "guarantees"})
_NOT_FOREIGN = frozenset(
    ["rebel", "gang", "enemy", "government", "rapid", "militia", "insurgent", "paramilitary"]
)
_NOT_SENDERS = ("host", "adversary")
_SENDERS_OWN = frozenset(
    {
        Obstacle.FORCE_SHORTAGE,
        Obstacle.FUNDING,
        Obstacle.PUBLIC_OPINION,
        Obstacle.PARLIAMENTARY_APPROVAL,
        Obstacle.LOGISTICS,
        Obstacle.OTHER,
    }
)
_REFUSAL_HOLDS = re.compile(
    r"\b(?:until|unless|while|without|before|as long as|so long as|in the absence "
    r"of|under (?:the )?current)\b",
    re.IGNORECASE,
)
_HUMANITARIAN = re.compile(
    r"\b(?:humanitarian|food aid|medical supplies|tents|blankets|reconstruction|"
    r"development aid|refugees?|earthquake|vaccines?)\b",
    re.IGNORECASE,
)


class RuleActorModel:
    """`ActorModel` as hand-written rules."""

    def judge(self, sentence: str, actors: Sequence[ActorName], context: Context) -> list[Finding]:
        """Findings in `sentence`; offsets are into it, `actors` are the names in it."""
        words = Words(sentence, actors)
        if not words.tokens:
            return []
        quantities = find_quantities(sentence)
        predicates = [
            predicate
            for predicate in read_predicates(words, quantities, context)
            if not _excluded(words, predicate, quantities, context)
        ]
        findings: list[Finding] = []
        refused: list[Predicate] = []
        for predicate in predicates:
            if predicate.level is Level.DECLINED and _conditional(words, predicate):
                refused.append(predicate)
                continue
            findings += _commitments(words, predicate, quantities, context)
        findings += _obstacles(words, predicates, refused, findings, context)
        return findings


def _commitments(
    words: Words, predicate: Predicate, quantities: Sequence[QuantitySpan], context: Context
) -> list[Finding]:
    start, end = words.span(
        predicate.first, max(predicate.first + 1, min(predicate.last, len(words)))
    )
    anchor = words.span(predicate.trigger, predicate.trigger + 1)
    asset = words.span(predicate.asset.first, predicate.asset.last) if predicate.asset else None
    score = _score(words, predicate, quantities, context)
    names: list[ActorName | None] = [words.actor_at[index] for index in predicate.actors]
    if not names:
        meant = meant_actor(words, context, predicate.subject, predicate.first)
        names = [meant if meant is not None and meant.code not in _BELLIGERENTS else None]
    unique = {name.code if name else None: name for name in reversed(names)}
    return [
        Finding(
            actor=name,
            score=score if name is not None else score - 0.2,
            anchor=anchor,
            contribution=predicate.contribution,
            level=predicate.level,
            joint=len(unique) > 1,
            scope=(start, end),
            asset=asset,
            level_words=tuple(words.span(at, at + 1) for at in sorted(predicate.level_tokens)),
            modifiers=tuple(words.span(at, at + 1) for at in sorted(predicate.modifiers)),
        )
        for name in reversed(unique.values())
    ]


def _score(
    words: Words, predicate: Predicate, quantities: Sequence[QuantitySpan], context: Context
) -> float:
    score = 0.7
    if predicate.specific_unit:
        score += 0.08
    if _places(words, predicate):
        score += 0.1
    if predicate.asset is not None and predicate.asset.head not in lex.WEAK_ASSETS:
        score += 0.05
    if predicate.level is Level.CONSIDERING:
        score -= 0.05
    if predicate.level.is_retraction:
        score -= 0.05
    return score


def _conditional(words: Words, predicate: Predicate) -> bool:
    """Whether a refusal only holds for a time: "none will go while fighting lasts"."""
    start = words.tokens[predicate.first].start
    return _REFUSAL_HOLDS.search(words.text, start) is not None or words.text[
        :start
    ].lower().lstrip('“"').startswith(
        ("until ", "unless ", "without ", "while the ", "as long as ")
    )


def _places(words: Words, predicate: Predicate) -> list[int]:
    """Tokens of names that stand as place or recipient of the predicate."""
    own = set(predicate.actors)
    return [
        index
        for index in words.actor_at
        if index not in own
        and index > predicate.first
        and words.actor_at[index].kind != "leader"
        and (
            governed(words, index)
            or index == predicate.trigger + 1
            or words.actor_at[index].kind == "demonym"
        )
    ]


def _excluded(
    words: Words, predicate: Predicate, quantities: Sequence[QuantitySpan], context: Context
) -> bool:
    """Whether the predicate is no mention: drill, trade, home affairs, history, own war."""
    first = max(0, predicate.first - 14)
    last = min(len(words), predicate.last + 14)
    near = set(words.low[first:last])
    if near & lex.CEREMONIAL or (context.exercise and not near & {"mission", "peacekeepers"}):
        return True
    if (
        predicate.contribution is Contribution.WEAPONS_EQUIPMENT
        and near & lex.TRADE
        and not near & {"donate", "donated", "donation", "aid", "donating"}
    ):
        return True
    if near & {"purchase", "procurement", "tender"} and predicate.contribution in (
        Contribution.AIR,
        Contribution.NAVAL,
    ):
        return True
    codes = {words.actor_at[index].code for index in predicate.actors}
    marked = _places(words, predicate)
    abroad = [
        words.actor_at[index].code for index in marked if words.actor_at[index].code not in codes
    ]
    at_home = [
        index
        for index in marked
        if words.actor_at[index].code in codes
        and (
            words.actor_at[index].kind == "name"
            or (
                words.actor_at[index].kind == "seat"
                and (index - 2 in words.asset_at or index - 2 == predicate.trigger)
            )
        )
    ]
    if codes and at_home and not abroad:
        return True
    if not abroad and near & {"disputed", "frontier"}:
        return True
    if not abroad and _OWN_GROUND.search(words.text):
        return True
    if near & lex.DOMESTIC and not (
        near & {"peacekeepers", "peacekeeping", "multinational", "mission"}
    ):
        return True
    if any(
        (code, place) in _OWN_WARS for code in codes for place in (abroad or context.recipients)
    ):
        return True
    elsewhere = {
        name.code
        for index, name in words.actor_at.items()
        if name.kind in ("name", "seat")
        and name.code not in codes
        and (governed(words, index) or (words.at(index - 1) == "," and index > predicate.trigger))
    }
    mission = bool(near & _MISSION_CUES) or NAMED_REGION.search(words.text) is not None
    if codes & _BELLIGERENTS and not elsewhere:
        return True
    if codes == {"UKR"} and predicate.contribution is not Contribution.UNSPECIFIED and not abroad:
        return True
    if predicate.level in _PAST_LEVELS and _is_history(words, predicate, context):
        return True
    if (
        predicate.level is Level.DEPLOYED or predicate.contribution is Contribution.FUNDING
    ) and not (abroad or elsewhere or mission or context.mission):
        return True
    if predicate.contribution is Contribution.FUNDING and not _FORCE_WORDS.search(words.text):
        return True
    if _HUMANITARIAN.search(words.text) and predicate.contribution in (
        Contribution.FUNDING,
        Contribution.UNSPECIFIED,
        Contribution.LOGISTICS_BASING,
        Contribution.AIR,
    ):
        return True
    if predicate.contribution in (Contribution.WEAPONS_EQUIPMENT,) and not (
        set(abroad) & AT_WAR
        or set(context.recipients) & AT_WAR
        or near
        & {"aid", "donate", "donated", "donates", "donation", "peacekeepers", "mission", "force"}
    ):
        return True
    if predicate.contribution in (Contribution.INTELLIGENCE, Contribution.POLITICAL):
        return False
    weak = (
        predicate.asset is not None
        and predicate.asset.head in lex.WEAK_ASSETS
        and predicate.asset.last - predicate.asset.first == 1
        and not set(abroad) & _THEATRES
    )
    if weak and not _FORCE_WORDS.search(_without(words, predicate)) and not context.military:
        return True
    if (
        weak
        and not abroad
        and not (near & (lex.MISSION | {"gang", "gangs"}))
        and not context.military
    ):
        return True
    if (
        not abroad
        and not predicate.specific_unit
        and not context.military
        and not near
        & (
            lex.MISSION
            - {
                "military",
                "war",
                "defence",
                "defense",
                "armed",
                "troops",
                "soldiers",
                "forces",
                "weapons",
            }
        )
    ):
        return weak or not predicate.actors
    meant = context.actor is not None and (
        context.mission
        or bool(near & lex.MISSION_HEADS)
        or (bool(context.recipients) and predicate.specific_unit)
    )
    if not predicate.actors and not (
        abroad or meant or (context.military and predicate.specific_unit)
    ):
        return True
    return bool(any(word in lex.OPINION for word in words.low[: predicate.first]))


def _without(words: Words, predicate: Predicate) -> str:
    """The sentence without the asset itself, so that it is not its own context."""
    if predicate.asset is None:
        return words.text
    start, end = words.span(predicate.asset.first, predicate.asset.last)
    return words.text[:start] + words.text[end:]


def _is_history(words: Words, predicate: Predicate, context: Context) -> bool:
    low = words.low
    before = low[max(0, predicate.trigger - 4) : predicate.trigger]
    told = context.past or {"that", "war"} <= set(low[predicate.trigger : predicate.trigger + 9])
    if told and lex.AUXILIARIES.isdisjoint(before) and _is_simple_past(low[predicate.trigger]):
        return True
    start = words.tokens[predicate.first].start
    for match in _HISTORY.finditer(words.text):
        if match[1] is None:
            if match.start() > start - 60:
                return True
            continue
        since = match[0].lower().startswith("since")
        year = int(match[1])
        now = context.year or 2026
        if year < now - 1 and not since:
            return True
        if since and not {"has", "have"} & set(before) and not low[predicate.trigger].endswith("s"):
            return True
    return False


def _is_simple_past(low: str) -> bool:
    return low.endswith("ed") or lex.SEND.get(low, ("", ""))[1] in ("past", "pastpart")


def _obstacles(
    words: Words,
    predicates: list[Predicate],
    refused: list[Predicate],
    findings: list[Finding],
    context: Context,
) -> list[Finding]:
    """Obstacles by their own words, by strict conditions, by refusals that hold for a time."""
    found: list[Finding] = []
    spans = [(o.start, o.end, o.kind) for o in find_obstacles(words.text)]
    related = bool(predicates) or bool(spans)
    if related:
        for condition in find_conditions(words.text):
            kind = OBSTACLE_OF[condition.kind]
            must = (
                condition.strict
                or condition.kind is Condition.PARLIAMENT
                or (refused and condition.kind is not Condition.OTHER)
            )
            if (
                must
                and (
                    predicates
                    or condition.kind is Condition.PARLIAMENT
                    or _hinges(words, condition)
                )
                and kind not in [s[2] for s in spans]
            ):
                if condition.kind is Condition.OTHER and not refused:
                    continue
                spans.append((condition.start, condition.end, kind))
    near = set(words.low)
    roles = _roles(words, context)
    known = {kind for _, _, kind in spans}
    met: list[tuple[int, int, Obstacle]] = []
    targets = _targets(words, roles, context)
    acting = {at: role for at, role in roles.items() if role != "host" or not governed(words, at)}
    for hindrance in find_hindrances(words, acting):
        span = hindrance.span
        if span.kind in known or not (
            targets
            or predicates
            or (hindrance.alone and context.mission and near.isdisjoint(_OTHER_BUSINESS))
        ):
            continue
        if not (predicates or context.mission or _named_force(words) or _foreign_force(words)):
            continue
        met.append((span.start, span.end, span.kind))
    spans += met
    spans = [
        s
        for s in spans
        if predicates or s[2] not in _SENDERS_OWN or not _is_anothers(words, roles, s[1])
    ]
    legal = [
        s
        for s in spans
        if s[2] in (Obstacle.LEGAL_MANDATE, Obstacle.PARLIAMENTARY_APPROVAL, Obstacle.HOST_CONSENT)
    ]
    spans = [
        s
        for s in spans
        if s[2] is not Obstacle.ALLIANCE_DIVISION
        or not any(o[0] < s[1] and s[0] < o[1] for o in legal)
    ]
    if "fair" in near and "game" in near:
        near -= {"fair", "game"}  # who is fair game plays none
    abroad = context.mission and bool(targets)
    if near & lex.CEREMONIAL or (near & lex.DOMESTIC and not predicates and not abroad):
        return []
    if not predicates and not (
        context.military or context.mission or _named_force(words) or _foreign_force(words)
    ):
        return []
    if any(kind is Obstacle.LEGAL_MANDATE for _, _, kind in spans) and "veto" in near:
        spans = [s for s in spans if s[2] is not Obstacle.ADVERSARY_OPPOSITION]
    if any(kind is Obstacle.ADVERSARY_OPPOSITION for _, _, kind in spans):
        spans = [s for s in spans if s[2] is not Obstacle.SECURITY_RISK]
    if any(p.level is Level.WITHDRAWN for p in predicates):
        quitting = (Obstacle.HOST_CONSENT, Obstacle.PUBLIC_OPINION)
        spans = [s for s in spans if s[2] not in quitting or s not in met]
    if any(p.level is Level.DECLINED for p in predicates):
        spans = [
            s
            for s in spans
            if s[2] is not Obstacle.FORCE_SHORTAGE
            or (s not in met and not words.text[s[0] :].lower().startswith("no "))
        ]
    clearer = {Obstacle.US_BACKSTOP, Obstacle.PARLIAMENTARY_APPROVAL, Obstacle.ALLIANCE_DIVISION}
    if not clearer.isdisjoint(kind for _, _, kind in spans):
        vague = (Obstacle.VAGUENESS, Obstacle.LEGAL_MANDATE, Obstacle.LOGISTICS)
        spans = [s for s in spans if s[2] not in vague or s not in met]
    if len(spans) > 1:
        spans = [s for s in spans if s[2] is not Obstacle.OTHER]
    for start, end, kind in spans:
        if kind is Obstacle.HOST_CONSENT and any(p.level is Level.DECLINED for p in predicates):
            continue  # the sender's own refusal, not a host's
        hindered = _hindered(words, kind, end, predicates, roles, context)
        for actor in hindered:
            if (
                actor is not None
                and actor.code in ("RUS", "PSE")
                and kind is not Obstacle.HOST_CONSENT
            ):
                continue
            found.append(
                Finding(
                    actor=actor,
                    score=0.72 if actor is not None else 0.6,
                    anchor=(start, end),
                    obstacle=kind,
                    scope=(start, end),
                    obstacle_words=((start, end),),
                )
            )
    return found


def _roles(words: Words, context: Context) -> dict[int, str]:
    """How the article sees the actors that the sentence names, by token (see `find_hindrances`)."""
    roles = {}
    for index, name in words.actor_at.items():
        if name.code == "USA":
            role = "us"
        elif name.code in _ADVERSARIES:
            role = "adversary"
        elif name.code in context.recipients or name.code in AT_WAR or name.code == "PSE":
            role = "host"
        elif name.kind == "demonym" and words.low[index].endswith("s") and words.low[index] != "'s":
            role = "people"
        else:
            role = "sender"
        roles[index] = role
    return roles


def _targets(words: Words, roles: Mapping[int, str], context: Context) -> list[int]:
    """Tokens of the force that is hindered; a belligerent's own forces are none."""
    found = []
    for index, low in enumerate(words.low):
        home = low in _ARMIES and context.mission and "sender" in roles.values()
        named = (
            home
            or low in _TARGETS
            or (low in _PLANS and context.mission)
            or (
                index in words.asset_at
                and words.asset_at[index].contribution in lex.FORCES
                and words.asset_at[index].last == index + 1
            )
        )
        if not named:
            continue
        before = range(max(0, index - 3), index)
        owners = {
            role
            for at in before
            if (role := roles.get(at)) is not None
            and (role != "host" or words.actor_at[at].kind != "name" or words.at(at + 1) == "'s")
        }
        if owners and owners <= {"host", "adversary"}:
            continue
        if words.at(index - 1) in _NOT_FOREIGN:
            continue
        marked = owners or words.at(index - 1) in _MARKS_MILITARY
        if low in _CIVILIAN_TOO and not marked and "transport" not in words.low[index - 2 : index]:
            continue
        if context.mission or low in _PLAIN_TARGETS or "sender" in owners or "us" in owners:
            found.append(index)
    return found


def _is_anothers(words: Words, roles: Mapping[int, str], end: int) -> bool:
    """Whether only hosts or belligerents stand before `end` as subjects: not a sender's trouble."""
    subjects = [
        role
        for index, role in roles.items()
        if words.tokens[index].start < end and not governed(words, index)
    ]
    if not subjects and not ADVERSARIES.isdisjoint(words.low[:3]):
        return True
    return bool(subjects) and all(role in _NOT_SENDERS for role in subjects)


def _foreign_force(words: Words) -> bool:
    """Whether a state's forces and another state are named together."""
    codes = {name.code for name in words.actor_at.values()}
    return any(
        words.actor_at[index].code not in _BELLIGERENTS and codes - {words.actor_at[index].code}
        for index in words.actor_at
        if _modifies_force(words, index)
    )


def _hinges(words: Words, condition: ConditionSpan) -> bool:
    low = words.text[condition.start : condition.end].lower()
    return low.startswith(("depend", "hinge", "conting", "condition"))


def _named_force(words: Words) -> bool:
    text = " ".join(words.low)
    return any(
        phrase in text
        for phrase in (
            "peacekeep",
            "mission",
            "deploy",
            "troops to",
            "soldiers to",
            "multinational",
            "military aid",
            "coalition",
            "contingent",
            "force",
            "troops in",
            "reassurance",
            " send",
            " sent",
            "battalion",
            "joining the",
        )
    )


def _hindered(
    words: Words,
    kind: Obstacle,
    end: int,
    predicates: list[Predicate],
    roles: Mapping[int, str],
    context: Context,
) -> list[ActorName | None]:
    """Whose contribution the obstacle hinders; [None] where the sentence leaves it open."""
    own_forces = [
        words.actor_at[index]
        for index in words.actor_at
        if words.actor_at[index].kind != "leader" and _modifies_force(words, index)
    ]
    doers = [
        words.actor_at[index]
        for predicate in predicates
        if predicate.level is not Level.WITHDRAWN or kind is not Obstacle.HOST_CONSENT
        for index in predicate.actors
    ]
    if kind is Obstacle.ALLIANCE_DIVISION:
        chosen = [
            name for name in words.actor_at.values() if name.kind in ("organisation", "group")
        ]
    elif kind in OBJECTED_BY_OTHERS and kind is not Obstacle.SECURITY_RISK:
        objectors = {
            words.actor_at[index].code
            for index in words.actor_at
            if words.tokens[index].start < end
            and not _modifies_force(words, index)
            and index not in {i for p in predicates for i in p.actors}
        }
        names = [name for name in [*own_forces, *doers] if name.code not in objectors]
        groups = [name for name in words.actor_at.values() if name.code == "COALITION"]
        chosen = names or (groups if kind is not Obstacle.HOST_CONSENT else [])
    else:
        senders = _senders(words, kind, roles)
        codes = {words.actor_at[i].code for i, role in roles.items() if role in _NOT_SENDERS}
        own = [n for n in own_forces if not _is_objector(n, kind) and n.code not in codes]
        chosen = doers or own or senders
        if (
            not doers
            and senders
            and kind
            in (Obstacle.PARLIAMENTARY_APPROVAL, Obstacle.FORCE_SHORTAGE, Obstacle.PUBLIC_OPINION)
        ):
            chosen = senders
        if not chosen and (meant := meant_actor(words, context)) is not None:
            chosen = [meant]
    unique = list({name.code: name for name in chosen}.values())
    if kind not in OBJECTED_BY_OTHERS and not doers:
        unique = unique[:1]
    return list(unique[:4]) or [None]


def _senders(words: Words, kind: Obstacle, roles: Mapping[int, str]) -> list[ActorName]:
    """The sending actors: subjects first, then those whose institution or land is named."""
    ours = [
        index
        for index, role in roles.items()
        if role in ("sender", "people", "us") and not _is_objector(words.actor_at[index], kind)
    ]
    subjects = [index for index in ours if not governed(words, index)]
    located = [
        index
        for index in ours
        if words.at(index - 1) in ("in", "from", "the")
        or (words.at(index - 1) == "of" and words.at(index - 2) in lex.INSTITUTIONS)
    ]
    return [words.actor_at[index] for index in [*subjects, *located]]


def _is_objector(name: ActorName, kind: Obstacle) -> bool:
    if kind is Obstacle.US_BACKSTOP:
        return name.code == "USA"
    return kind is Obstacle.LEGAL_MANDATE and name.code in ("RUS", "CHN", "UN")


def _modifies_force(words: Words, index: int) -> bool:
    if words.low[index].endswith("-led"):
        return True
    if words.at(index - 1) == "from" and words.at(index - 2) in lex.PEOPLE:
        return True
    for at in range(index + 1, min(index + 5, len(words))):
        low = words.low[at]
        if at in words.asset_at or low in lex.MISSION_HEADS or low in lex.PEOPLE:
            return True
        if low not in lex.MISSION and low not in (
            "'s",
            "'",
            "and",
            "or",
            "ground",
            "land",
            "special",
            "police",
            "more",
            "peace",
        ):
            return False
    return False


def scope_words(words: Words, span: Offsets) -> list[int]:
    """Tokens within `span`."""
    return [i for i, token in enumerate(words.tokens) if span[0] <= token.start < span[1]]
