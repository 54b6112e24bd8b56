"""The closed lists of the ontology: what a mention can say, in the words that every part uses.

Each enum's members stand in the order in which documentation and tables show them; `Level` is
ordered from firm to vague. Values are the wire format: adding one is a compatible change, removing
or renaming one is not.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a mention states: a contribution, or something that stands in the way of one."""

    COMMITMENT = "commitment"
    OBSTACLE = "obstacle"


class Contribution(StrEnum):
    """What is offered."""

    GROUND_TROOPS = "ground_troops"
    AIR = "air"
    NAVAL = "naval"
    TRAINERS_ADVISERS = "trainers_advisers"
    MONITORING = "monitoring"
    ENGINEERING = "engineering"
    LOGISTICS_BASING = "logistics_basing"
    WEAPONS_EQUIPMENT = "weapons_equipment"
    FUNDING = "funding"
    INTELLIGENCE = "intelligence"
    POLITICAL = "political"
    UNSPECIFIED = "unspecified"


class Level(StrEnum):
    """How firm a commitment is, from firm to vague; the last two are its negatives."""

    DEPLOYED = "deployed"
    APPROVED = "approved"
    SIGNED = "signed"
    ANNOUNCED = "announced"
    WILLING = "willing"
    CONSIDERING = "considering"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def is_retraction(self) -> bool:
        """True for `declined` and `withdrawn`: never a pledge, and they retract earlier ones."""
        return self in (Level.DECLINED, Level.WITHDRAWN)

    @property
    def can_wait(self) -> bool:
        """Whether conditions may stand before it: not of what is there or retracted."""
        return not self.is_retraction and self is not Level.DEPLOYED

    @property
    def is_pledge(self) -> bool:
        """True for `willing` and firmer."""
        return self.rank <= Level.WILLING.rank

    @property
    def rank(self) -> int:
        """Place on the ladder: 0 is the firmest."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Condition(StrEnum):
    """What a commitment waits for."""

    CEASEFIRE = "ceasefire"
    PEACE_DEAL = "peace_deal"
    PARLIAMENT = "parliament"
    US_BACKSTOP = "us_backstop"
    UN_MANDATE = "un_mandate"
    HOST_INVITATION = "host_invitation"
    ALLIES_JOIN = "allies_join"
    FUNDING = "funding"
    OTHER = "other"


class Obstacle(StrEnum):
    """What stands in the way of a contribution."""

    PARLIAMENTARY_APPROVAL = "parliamentary_approval"
    FUNDING = "funding"
    FORCE_SHORTAGE = "force_shortage"
    US_BACKSTOP = "us_backstop"
    ADVERSARY_OPPOSITION = "adversary_opposition"
    NO_CEASEFIRE = "no_ceasefire"
    VAGUENESS = "vagueness"
    ALLIANCE_DIVISION = "alliance_division"
    PUBLIC_OPINION = "public_opinion"
    LEGAL_MANDATE = "legal_mandate"
    HOST_CONSENT = "host_consent"
    SECURITY_RISK = "security_risk"
    LOGISTICS = "logistics"
    OTHER = "other"


class Organisation(StrEnum):
    """Actor codes that are not countries (countries are ISO 3166-1 alpha-3, Kosovo is `XKX`)."""

    NATO = "NATO"
    EU = "EU"
    UN = "UN"
    AU = "AU"
    ECOWAS = "ECOWAS"
    SADC = "SADC"
    EAC = "EAC"
    OSCE = "OSCE"
    COALITION = "COALITION"


class Voice(StrEnum):
    """In whose voice a statement stands: the speaker's words, reported speech, or the writer's."""

    QUOTED = "quoted"
    REPORTED = "reported"
    WRITER = "writer"


UNITS: frozenset[str] = frozenset(
    {
        "personnel",
        "company",
        "battalion",
        "brigade",
        "ship",
        "aircraft",
        "helicopter",
        "vehicle",
        "system",
        "team",
    }
)
"""Units of a quantity besides money, which is an ISO 4217 code in lower case (`eur`, `usd`)."""


class Family(StrEnum):
    """The contribution families in which the ledger keeps pledges."""

    GROUND = "ground"
    AIR = "air"
    NAVAL = "naval"


class Event(StrEnum):
    """What can happen to a pledge: the events of the ledger."""

    NEW = "new"
    FIRMER = "firmer"
    LARGER = "larger"
    SMALLER = "smaller"
    WEAKER = "weaker"
    RETRACTED = "retracted"
    BLOCKED = "blocked"
    CLEARED = "cleared"


def family(contribution: Contribution, *, personnel: bool) -> Family | None:
    """The pledge family of a contribution, or None for one that is no troop pledge.

    `personnel` says whether the mention's quantity counts people; monitoring counts as ground
    forces only then.
    """
    match contribution:
        case Contribution.GROUND_TROOPS | Contribution.TRAINERS_ADVISERS:
            return Family.GROUND
        case Contribution.MONITORING if personnel:
            return Family.GROUND
        case Contribution.AIR:
            return Family.AIR
        case Contribution.NAVAL:
            return Family.NAVAL
        case _:
            return None
