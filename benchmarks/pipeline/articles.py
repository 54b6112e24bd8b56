"""Made-up news articles of realistic length, the same for the same seed; one in 20 is relevant."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WORDS = (300, 500)
"""Length of an article, from and to."""

RELEVANT_EVERY = 20
"""One article in so many has a pledge or an obstacle."""

_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

_TOWNS = (
    "Alderholm", "Brackwater", "Castelmoor", "Dunfield", "Eastmere", "Fennbridge", "Garlow",
    "Highcombe", "Inverlake", "Jarrowby", "Kestrel Bay", "Lindenau", "Marshgate", "Northwick",
    "Oakhaven", "Pellworth", "Quarryside", "Rosenthal", "Saltmarsh", "Thornley", "Umberton",
    "Valemouth", "Westerby", "Yarrowdale",
)  # fmt: skip
_NAMES = (
    "Anna Lindqvist", "Ben Carraway", "Clara Whitmore", "Dario Velasco", "Edith Marlowe",
    "Farid Nasser", "Greta Holm", "Hugo Lambert", "Ines Cardoso", "Jonas Petersen", "Kate Ashdown",
    "Leo Marchetti", "Mira Kovac", "Nils Eriksen", "Olga Brandt", "Pavel Dvorak", "Rosa Delgado",
    "Samir Haddad", "Tessa Byrne", "Viktor Olsen",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_PLAIN: dict[str, tuple[str, ...]] = {
    "football": (
        "{town} United beat {town2} {small}-0 in front of {number} spectators on {day}.",
        "The winning goal came in minute {minute}, when {name} headed in a corner from the left.",
        "Coach {name} praised the patience of a side that has now gone {small} matches unbeaten.",
        "The visitors had more of the ball but managed only {small} shots on target.",
        "A late penalty for {town2} was saved, to the delight of the home end.",
        "{name}, back after a knee injury, came off the bench for the last {minute} minutes.",
        "The league table now shows {town} in fourth place with a game in hand.",
        "Tickets for the cup tie against {town2} go on sale on {day} at noon.",
    ),
    "markets": (
        "Shares in the maker of garden tools rose {small} percent after it lifted its forecast.",
        "Analyst {name} said that investors had expected a weaker quarter.",
        "The company plans to open {small} shops in {town} and {town2} before the winter.",
        "Turnover came to {number} thousand crowns, slightly above the year before.",
        "The central bank left its rate unchanged on {day}, as most economists had predicted.",
        "Bond yields fell a little, while the price of copper hardly moved.",
        "A spokeswoman said that the dividend would be paid in {small} instalments.",
        "Trade unions in {town} called the pay offer of {small} percent a first step.",
    ),
    "weather": (
        "Heavy rain is expected in {town} and along the coast from {day} morning.",
        "Forecaster {name} said that up to {minute} millimetres could fall within a few hours.",
        "Ferries between {town} and {town2} were cancelled because of the swell.",
        "The river stood {small} centimetres below the mark at which cellars begin to flood.",
        "Farmers welcomed the rain after {small} dry weeks.",
        "Temperatures will stay near {minute} degrees, with mist in the valleys at night.",
        "Gardens in {town2} were white with hail for the first time since 1998.",
        "The warning for the hills above {town} was lifted towards evening.",
    ),
    "council": (
        "The council of {town} voted on {day} to repair the old bridge over the canal.",
        "Mayor {name} said that the work would take {small} months and cost less than feared.",
        "Residents of {town2} asked for a crossing near the school.",
        "The library will open on {day} evenings, at first for a trial of {small} weeks.",
        "About {number} households are to get a new water meter this year.",
        "{name} of the traders' association called the parking plan half-hearted.",
        "The swimming pool stays shut until the roof has been inspected.",
        "A petition against the new bus route has gathered {number} signatures.",
    ),
    "culture": (
        "The museum in {town} shows {minute} paintings that were thought to be lost.",
        "Curator {name} found them in an attic in {town2}, behind a row of suitcases.",
        "The orchestra opens its season on {day} with a work for {small} cellos.",
        "Author {name} read from her third novel to a full hall.",
        "The film, shot in {small} weeks around {town2}, won over the jury with its quiet humour.",
        "Visitors can listen to recordings of dialects from {small} villages.",
        "The theatre expects {number} guests for the anniversary.",
        "A street festival with {small} stages follows at the end of the month.",
    ),
    "science": (
        "Biologists from {town} counted {number} storks along the river, more than ever before.",
        "{name}, who led the survey, put it down to wet meadows and mild winters.",
        "The telescope near {town2} recorded {small} bursts of radio waves in one night.",
        "A new kind of glass could make windows {small} times as strong, a study says.",
        "The team measured the ice in {minute} places and compared it with old photographs.",
        "The results were published on {day} after {small} rounds of review.",
        "Schools in {town} are invited to help with the count next spring.",
        "The researchers caution that {small} years of data are not yet a trend.",
    ),
}  # fmt: skip

_STATES = (
    ("Germany", "the German defence minister"), ("France", "the French president"),
    ("Poland", "the Polish prime minister"), ("Norway", "the Norwegian government"),
    ("Italy", "the Italian foreign minister"), ("Spain", "the Spanish defence ministry"),
    ("Sweden", "the Swedish prime minister"), ("Turkey", "the Turkish defence ministry"),
    ("Canada", "the Canadian defence minister"), ("Kenya", "the Kenyan president"),
    ("Denmark", "the Danish government"), ("Estonia", "the Estonian parliament"),
)  # fmt: skip
_HOSTS = ("Ukraine", "Kosovo", "Somalia", "Haiti", "Moldova", "Lebanon")
_RELEVANT = (
    "{state} will send {hundreds} soldiers to {host}, {voice} said on {day}.",
    "{state} is ready to contribute {hundreds} troops to a force in {host} once a ceasefire holds, "
    "{voice} said.",
    "{state} is considering sending {small} ships to help {host} clear its waters of mines.",
    "{state} has deployed {small} fighter jets to protect the airspace of {host}.",
    "{state} ruled out sending ground troops to {host}, {voice} told reporters on {day}.",
    "{state} announced that it would train {hundreds} soldiers of {host} every year.",
    "A deployment of troops from {state} to {host} still needs the approval of parliament, "
    "{voice} said.",
)


@dataclass(frozen=True)
class Synthetic:
    """A made-up article; `relevant` says whether it was given a pledge or an obstacle."""

    url: str
    title: str
    text: str
    published: datetime
    relevant: bool


def synthetic(count: int, *, seed: int = 0, first: int = 0) -> Iterator[Synthetic]:
    """Articles number `first` to `first + count`; each depends on seed and number alone."""
    for number in range(first, first + count):
        yield _article(number, random.Random(f"{seed}/{number}"), seed)  # noqa: S311  # no secret


def _article(number: int, rng: random.Random, seed: int) -> Synthetic:
    relevant = number % RELEVANT_EVERY == 0
    theme = rng.choice(sorted(_PLAIN))
    length = rng.randint(*WORDS)
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences) < length:
        sentences.append(_fill(rng.choice(_PLAIN[theme]), rng))
    if relevant:
        sentences.insert(rng.randint(1, 4), _fill(rng.choice(_RELEVANT), rng))
    paragraphs = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    return Synthetic(
        url=f"https://news.example/{seed}/{theme}/{number}",
        title=_fill(f"{theme.capitalize()}: {{name}} and the {{small}} days of {{town}}", rng),
        text="\n\n".join(paragraphs),
        published=_START + timedelta(seconds=number),
        relevant=relevant,
    )


def _fill(template: str, rng: random.Random) -> str:
    state, voice = rng.choice(_STATES)
    town, town2 = rng.sample(_TOWNS, 2)
    return template.format(
        town=town,
        town2=town2,
        name=rng.choice(_NAMES),
        day=rng.choice(_DAYS),
        small=rng.randint(2, 9),
        minute=rng.randint(11, 88),
        number=rng.randint(1_100, 48_000),
        hundreds=rng.randint(2, 40) * 50,
        state=state,
        voice=voice,
        host=rng.choice(_HOSTS),
    )
