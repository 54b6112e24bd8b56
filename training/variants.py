"""Generated variants: a grammar of newswire phrases that makes labelled sentences without end.

They teach the network the closed classes (which words make which level, condition and obstacle) in
even shares; how people really write it learns from the corpus. Never used to choose thresholds
or to measure.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pledgewatch.gazetteer import AT_WAR, Gazetteer
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from training.labels import (
    CommitmentLabel,
    ConditionLabel,
    LabelledSentence,
    ObstacleLabel,
    QuantityLabel,
)

C, L, K, O = Contribution, Level, Condition, Obstacle  # noqa: E741


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


@dataclass(frozen=True)
class Asset:
    """What is sent: noun phrases with "#" for the number, and the unit that they count."""

    contribution: Contribution
    unit: str | None
    plural: tuple[str, ...]
    range: tuple[int, int] = (20, 5000)
    single: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()


ASSETS = (
    Asset(C.GROUND_TROOPS, "personnel", _lines("""
        # soldiers
        # troops
        # peacekeepers
        # police officers
        # infantrymen
        # paratroopers
        # commandos
        # servicemen and women
        # gendarmes
        # marines
    """), bare=_lines("""
        soldiers
        troops
        ground forces
        peacekeepers
        special forces
        a contingent
        boots on the ground
        a rapid reaction force
        military police
    """)),
    Asset(C.GROUND_TROOPS, "battalion", ("# battalions", "# infantry battalions"), (2, 6),
          ("a battalion", "one mechanised battalion", "an infantry battalion")),
    Asset(C.GROUND_TROOPS, "company", ("# companies", "# infantry companies"), (2, 5),
          ("a company", "an infantry company", "a company of engineers and infantry")),
    Asset(C.GROUND_TROOPS, "brigade", ("# brigades",), (2, 4), ("a brigade", "a tank brigade")),
    Asset(C.AIR, "aircraft", ("# fighter jets", "# F-16s", "# Eurofighters", "# fighters",
                              "# Gripen jets", "# patrol aircraft"), (2, 14),
          ("a surveillance aircraft", "a tanker aircraft"),
          ("fighter jets", "aircraft for air policing", "air cover")),
    Asset(C.AIR, "helicopter", ("# helicopters", "# transport helicopters"), (2, 10),
          ("a helicopter",), ("helicopters and their crews",)),
    Asset(C.NAVAL, "ship", ("# warships", "# frigates", "# minehunters", "# patrol vessels",
                            "# corvettes"), (2, 6),
          ("a frigate", "a destroyer", "a minehunter", "one corvette", "a support ship"),
          ("warships", "a naval task group", "mine-clearing divers")),
    Asset(C.TRAINERS_ADVISERS, "personnel", ("# trainers", "# military instructors",
                                             "# advisers", "# staff officers", "# instructors"),
          (4, 600), (), ("trainers", "military advisers", "instructors", "planners")),
    Asset(C.MONITORING, "personnel", ("# observers", "# ceasefire monitors", "# unarmed monitors",
                                      "# military observers"), (5, 400), (),
          ("monitors", "observers", "surveillance drones", "drones to watch the line")),
    Asset(C.ENGINEERING, "personnel", ("# sappers", "# military engineers", "# deminers"),
          (10, 400), (), ("engineers", "demining teams", "sappers")),
    Asset(C.ENGINEERING, "team", ("# demining teams", "# engineer teams"), (2, 8),
          ("a demining team",)),
    Asset(C.LOGISTICS_BASING, "aircraft", ("# transport planes", "# transport aircraft"), (2, 6),
          ("a transport plane",), ("transport for the force", "airlift", "fuel and medical care")),
    Asset(C.LOGISTICS_BASING, None, (), bare=("a field hospital", "medical teams",
                                              "logistical support", "airlift support")),
    Asset(C.WEAPONS_EQUIPMENT, "system", ("# air defence systems", "# howitzers", "# drones",
                                          "# missiles", "# artillery rounds"), (2, 9000),
          ("a Patriot battery", "an air defence system"),
          ("ammunition", "weapons", "military equipment", "artillery shells", "arms")),
    Asset(C.WEAPONS_EQUIPMENT, "vehicle", ("# armoured vehicles", "# tanks", "# trucks"), (5, 300),
          (), ("armoured vehicles",)),
    Asset(C.INTELLIGENCE, None, (), bare=("intelligence", "satellite intelligence",
                                          "targeting intelligence")),
)  # fmt: skip
SENT = (C.GROUND_TROOPS, C.AIR, C.NAVAL, C.TRAINERS_ADVISERS, C.MONITORING, C.ENGINEERING,
        C.LOGISTICS_BASING)  # fmt: skip
MONEY = (("eur", "# million euros"), ("usd", "# million dollars"), ("gbp", "# million pounds"),
         ("sek", "# million kronor"))  # fmt: skip

# V: the verb's base form, G: -ing, D: past participle; * the words that set the level
FORMS: dict[Level, tuple[str, ...]] = {
    L.ANNOUNCED: _lines("""
        *will {V}*
        *is to {V}*
        *has pledged to {V}*
        *promised to {V}*
        *is sending*
        *is {G}*
        *has committed itself to {G}*
        *has agreed to {V}*
        said it *would {V}*
        *will shortly {V}*
        *undertook to {V}*
        *has decided to {V}*
        *confirmed that it will {V}*
        *vowed to {V}*
        *announced it would {V}*
        *is set to {V}*
        *is going to {V}*
    """),
    L.WILLING: _lines("""
        *is ready to {V}*
        *is prepared to {V}*
        *has offered to {V}*
        *could {V}*
        *would {V}*
        *stands ready to {V}*
        *is willing to {V}*
        *is open to {G}*
        *signalled its readiness to {V}*
        *would be able to {V}*
        *declared its willingness to {V}*
        *volunteered to {V}*
        *would be prepared to {V}*
        *proposed to {V}*
    """),
    L.CONSIDERING: _lines("""
        *is considering {G}*
        *is weighing whether to {V}*
        *does not rule out {G}*
        *is studying a request to {V}*
        *may {V}*
        *might {V}*
        *is looking into {G}*
        *is in talks about {G}*
        *is discussing whether to {V}*
        *is thinking of {G}*
        *has yet to decide whether to {V}*
        *is examining ways to {V}*
        *has not excluded {G}*
        *is mulling {G}*
    """),
    L.APPROVED: _lines("""
        *'s parliament voted to {V}*
        *'s parliament approved {G}*
        *'s cabinet authorised the government to {V}*
        *'s government has formally approved {G}*
        *'s cabinet decided on Friday to {V}*
        *'s lawmakers gave the go-ahead for {G}*
        *'s senate endorsed a motion to {V}*
        *'s president signed an order to {V}*
        *'s council of ministers approved {G}*
    """),
    L.SIGNED: _lines("""
        *signed an agreement to {V}*
        *signed a declaration of intent to {V}*
        *has signed a memorandum under which it will {V}*
        *put its name to a treaty that obliges it to {V}*
        *initialled and signed an accord on {G}*
        *signed a letter of intent on {G}*
    """),
    L.DEPLOYED: _lines("""
        *has sent*
        *has deployed*
        *sent*
        *has already sent*
        *deployed*
        *has dispatched*
        *now has*
        *keeps*
        *has stationed*
        *is contributing*
        *maintains*
    """),
    L.DECLINED: _lines("""
        *will not {V}*
        *has ruled out {G}*
        *refused to {V}*
        *has no plans to {V}*
        *has no intention of {G}*
        *turned down a request to {V}*
        *cannot {V}*
        *is not going to {V}*
        *declined to {V}*
        *is unwilling to {V}*
        *does not intend to {V}*
        *will under no circumstances {V}*
        *would not {V}*
    """),
    L.WITHDRAWN: _lines("""
        *is withdrawing*
        *will withdraw*
        *is pulling out*
        *has begun to bring home*
        *will bring home*
        *has pulled back*
        *has cancelled the dispatch of*
        *has scrapped plans to send*
        *is recalling*
        *decided to withdraw*
        *has suspended the deployment of*
        *ordered home*
    """),
}
VERBS = (("send", "sending", "sent"), ("deploy", "deploying", "deployed"),
         ("contribute", "contributing", "contributed"), ("provide", "providing", "provided"),
         ("dispatch", "dispatching", "dispatched"), ("make available", "making available",
          "made available"), ("commit", "committing", "committed"))  # fmt: skip
GIVING = (
    ("give", "giving", "given"),
    ("donate", "donating", "donated"),
    ("provide", "providing", "provided"),
    ("supply", "supplying", "supplied"),
    ("deliver", "delivering", "delivered"),
    ("hand over", "handing over", "handed over"),
)
SHARING = (("share", "sharing", "shared"), ("provide", "providing", "provided"))

PASSIVE: dict[Level, tuple[str, ...]] = {
    L.ANNOUNCED: ("*will be sent*", "*are to be deployed*", "*will go*", "*are being sent*"),
    L.DEPLOYED: ("*arrived*", "*have landed*", "*have been deployed*", "*are on patrol*",
                 "*have taken up positions*", "*left for*", "*are stationed*"),
    L.WILLING: ("*could be sent*", "*are on standby to be sent*", "*are ready to go*"),
    L.WITHDRAWN: ("*will leave*", "*are leaving*", "*have left*", "*are being withdrawn from*"),
    L.DECLINED: ("*will not be sent*", "*will not go*"),
    L.CONSIDERING: ("*may be sent*", "*might be deployed*"),
}  # fmt: skip
NOMINAL: dict[Level, tuple[str, ...]] = {
    L.ANNOUNCED: ("*pledge* of", "*promise* of", "*commitment* of"),
    L.WILLING: ("*offer* of", "*proposal* of"),
    L.DECLINED: ("*refusal to send*",),
    L.WITHDRAWN: ("*withdrawal of*", "*decision to pull out*"),
}
AFTERMATH = _lines("""
    was welcomed in {B}
    came as a surprise to diplomats
    follows weeks of talks with {B}
    drew criticism from {B}
    was the first of its kind
    is the largest so far
    was debated late into the night
""")
PLACES = _lines("""
    Ukraine
    Haiti
    Kosovo
    Lebanon
    Mali
    Somalia
    Moldova
    Armenia
    Sudan
    Gaza
    Cyprus
    Bosnia
    Mozambique
    the Red Sea
    the Black Sea
    eastern Congo
    the Gulf of Aden
    Latvia
    Lithuania
    Romania
    Iraq
    Chad
    the border zone
    the buffer zone
""")
CONDITIONS: dict[Condition, tuple[str, ...]] = {
    K.CEASEFIRE: _lines("""
        once *a ceasefire* is in place
        if *the fighting stops*
        as soon as *a truce* holds
        after *the war ends*
        once *the guns fall silent*
        in the event of *a ceasefire*
        when *hostilities have ceased*
    """),
    K.PEACE_DEAL: _lines("""
        once *a peace agreement* is signed
        after *a peace deal*
        if *a settlement* is reached between the parties
        as part of *a comprehensive peace accord*
    """),
    K.PARLIAMENT: _lines("""
        if *parliament agrees*
        provided that *lawmakers approve*
        subject to *a vote in parliament*
        pending *parliamentary approval*
        once *the legislature has given its consent*
    """),
    K.US_BACKSTOP: _lines("""
        if *the United States provides a backstop*
        provided *Washington gives guarantees*
        as long as there is *American air cover*
        if *Washington backs it up with intelligence*
    """),
    K.UN_MANDATE: _lines("""
        if *the Security Council gives a mandate*
        under *a United Nations mandate*
        provided that *the UN authorises the mission*
        once there is *a Security Council resolution*
    """),
    K.HOST_INVITATION: _lines("""
        if *the host government asks for it*
        at *the invitation of the authorities*
        once *a formal request* arrives
        if it *is invited* by the parties
    """),
    K.ALLIES_JOIN: _lines("""
        if *other countries take part*
        provided *its allies join*
        as long as *others send troops too*
        if *neighbouring states do the same*
    """),
    K.FUNDING: _lines("""
        if *the money can be found*
        provided that *donors cover the costs*
        once *funding is secured*
        if *somebody else pays*
    """),
    K.OTHER: _lines("""
        if *security allows*
        provided *there is a clear exit date*
        if *the command structure is settled*
        once *the equipment arrives*
    """),
}
STRICT = (("only once", "once"), ("only if", "if"), ("only after", "after"), ("not before", "once"))
OBSTACLES: dict[Obstacle, tuple[str, ...]] = {
    O.PARLIAMENTARY_APPROVAL: _lines("""
        {A}'s parliament *has yet to approve* the deployment
        *The mandate still needs a vote* in {A}'s legislature
        Lawmakers in {A} *have put off a vote* on the mission
        {A}'s government *lacks a majority in parliament* for sending troops
        {D} deputies *blocked the bill* authorising the deployment
    """),
    O.FUNDING: _lines("""
        {A} *does not have the money* for the mission
        *Nobody knows who will pay* for the {D} contingent
        {A}'s finance ministry *refuses to fund* the deployment
        {D} participation *would break the budget*, the treasury warned
    """),
    O.FORCE_SHORTAGE: _lines("""
        {A}'s army *is too stretched* to take on another mission
        The {D} army *lacks the soldiers* for a second rotation
        {A} *has too few ships* to keep up the patrols
        {D} units *are not ready* and short of spare parts
    """),
    O.US_BACKSTOP: _lines("""
        *Washington has given no guarantee* on which the {D} contingent could rely
        *Without American backing* {A} would hesitate to send its troops
        *It is unclear whether the Americans would come to the aid* of {D} troops
    """),
    O.ADVERSARY_OPPOSITION: _lines("""
        Moscow *said {D} soldiers would be a legitimate target*
        The rebels *threatened to attack* any {D} troops who enter the area
        The Kremlin *rejected* any {D} military presence
        The militia *warned {A} against sending soldiers*
    """),
    O.NO_CEASEFIRE: _lines("""
        *As long as the fighting goes on* the {D} battalion stays at home
        *Without a truce* no {D} soldier will leave
        {A}'s plan *hangs on a ceasefire that nobody expects*
    """),
    O.VAGUENESS: _lines("""
        {A} *has not said how many* soldiers it would send
        *The rules of engagement* for the {D} troops *remain unclear*
        {A} *gave no details* of what it would contribute
        *No date has been set* for the {D} deployment
    """),
    O.ALLIANCE_DIVISION: _lines("""
        {A} and {B} *are at odds over who should lead* the force
        *A quarrel with {B} over fishing* is holding up {D} participation
        {B} *vetoed* a larger role for {A} in the mission
    """),
    O.PUBLIC_OPINION: _lines("""
        *Most voters in {A} oppose* sending troops
        *Protesters marched* through the {D} capital against the deployment
        The {D} opposition *demanded that the mission be called off*
        *Polls show little support* among {D} citizens for the mission
    """),
    O.LEGAL_MANDATE: _lines("""
        {A}'s constitution *forbids* sending conscripts abroad
        *There is no UN resolution* that would allow {A} to take part
        A court *ruled the {D} deployment unlawful*
        {A}'s neutrality *stands in the way* of joining the force
    """),
    O.HOST_CONSENT: _lines("""
        The host government *does not want {D} troops* on its soil
        Local leaders *demanded that the {D} soldiers go*
        The junta *has refused visas* to the {D} contingent
    """),
    O.SECURITY_RISK: _lines("""
        *The roads are mined and too dangerous* for the {D} convoy, planners say
        {A} *fears for the safety* of its soldiers
        {D} commanders *warned of heavy casualties* if the force is sent
    """),
    O.LOGISTICS: _lines("""
        The {D} battalion *has no transport* to the area
        *The rainy season has closed the roads* to the {D} engineers
        {A}'s equipment *is stuck in port*
        *It would take months to move* the {D} brigade
    """),
    O.OTHER: _lines("""
        *A change of government* in {A} has put the deployment in doubt
        {A} *fears being drawn into the war* if it sends troops
        *A corruption scandal* has held up the {D} contingent
    """),
}
NEGATIVES = _lines("""
    {A} and {B} began a joint exercise with {N} soldiers near the coast
    {A} urged {B} to send troops to {P}
    {A} bought {S} frigates for its own navy from a yard in {B}
    {A} sent {N} soldiers to help villages that were cut off by floods
    {A} had {N} soldiers in {P} until 2012
    Analysts expect {A} to send troops to {P} sooner or later
    {A}'s army said it had destroyed {S} tanks and taken a village
    {A} thanked {B} for its help in {P}
    The {D} president called on his neighbours to contribute more to the mission in {P}
    {A} will send a team of {S} athletes to the games in {B}
    {A} withdrew from the cup after a quarrel with {B} over the venue
    {N} {D} soldiers paraded through the capital on the national day
    {A} committed itself to cutting emissions by {S} per cent
    {A} will host peace talks between the parties next month
    A {D} warship called at a port in {B} for a friendly visit
    {A} wants the European Union to play a larger role in {P}
    {D} troops fought alongside those of {B} in the Second World War
    {A} ordered {S} fighter jets from {B} for its air force
    {A} deployed {N} police for the final in the capital
    Two {D} peacekeepers were wounded when their vehicle hit a mine in {P}
    {A} tested a missile with a range of {N} kilometres
    {A} accused {B} of sending weapons to rebels in {P}
    {A} summoned the ambassador of {B} over the remarks
    {A} pledged {N} million dollars for earthquake victims in {B}
    The {D} foreign minister discussed the situation in {P} with his colleague from {B}
    {A} moved {N} troops to its own border with {B}
    {A}'s defence spending will rise to {S} per cent of output
    Should {A} send soldiers to {P}, asked a columnist in the {D} press
    {A} rejected criticism of its stance on {P}
    {A} welcomed the decision of the Security Council on {P}
    The mission in {P} has lost {S} soldiers since it began
    {A} is ready to talk to {B} about the border at any time
    {A} will not take part in the song contest in {B}
    {A} sells {S} armoured vehicles to {B} for {N} million euros
    Refugees from {P} were taken in by {A} and {B}
    {A}'s navy rescued {N} migrants off {P}
    Without naming {A}, the envoy of {B} complained of those who only talk
    {A} extended its state of emergency and kept soldiers on the streets
    {A} called up {N} reservists for a drill with {B}
    {A} would be wrong to send troops to {P}, a former general wrote in a newspaper in {B}
    The contract for {S} transport planes went to a company from {A}
    {A} promised to hold elections in March
    {A}'s soldiers retook a town from the rebels near the border with {B}
    {A} scrambled two fighters when a bomber from {B} came near
    {A} has recognised the new government in {P}
    {A} denied that its soldiers had crossed the border with {B}
""")
SAYS = _lines("""
    the defence ministry said
    the defence minister told reporters on Monday
    the prime minister said after a cabinet meeting
    officials said on condition of anonymity
    a spokesman said
    the foreign minister told parliament
    according to a document seen by Reuters
    the president said in a televised address
    local media reported
    two diplomats said
    the army said in a statement on Thursday
""")
OPENERS = _lines("""
    On Tuesday,
    After talks in {S},
    Under pressure from {B},
    In a statement,
    Despite protests at home,
    A day after {B} had done the same,
    For the first time,
    With {B} still hesitating,
""")
ASIDES = _lines("""
    , which borders {B},
    , a member of NATO since 2004,
    , long at odds with {B} over the matter,
    , whose forces already serve elsewhere,
    , under a new government,
""")
WORDS = {
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    9: "nine",
    10: "ten",
    12: "twelve",
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
}


class Grammar:
    """Makes sentences; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        forms = Gazetteer.load().forms()
        self._states = {
            code: kinds for code, kinds in forms.items()
            if code not in AT_WAR | {"RUS"} and {"name", "demonym"} <= kinds.keys()
        }  # fmt: skip
        self._count = 0

    def sentences(self, number: int) -> list[LabelledSentence]:
        """So many labelled sentences, half of them silent or mostly so."""
        makers: list[tuple[int, Callable[[], LabelledSentence]]] = [
            (44, self._active), (8, self._passive), (5, self._nominal), (6, self._headline),
            (14, self._obstacle), (6, self._two), (4, self._money), (30, self._negative),
        ]  # fmt: skip
        weights = [weight for weight, _ in makers]
        chosen = self._random.choices([maker for _, maker in makers], weights, k=number)
        return [maker() for maker in chosen]

    def _pick(self, options: Sequence[str]) -> str:
        return self._random.choice(options)

    def _state(self, *but: str) -> str:
        return self._random.choice([code for code in self._states if code not in but])

    def _name(self, code: str) -> str:
        return self._states[code]["name"][0]

    def _subject(self, code: str) -> str:
        """How the state stands as a subject, in the singular."""
        kinds = self._states[code]
        choice = self._random.random()
        if choice < 0.15 and kinds.get("seat"):
            return kinds["seat"][0]
        if choice < 0.35:
            body = self._pick(("government", "army", "defence ministry", "military", "navy"))
            return f"The {kinds['demonym'][0]} {body}"
        return self._name(code)

    def _fill(self, template: str, code: str) -> str:
        other = self._state(code)
        demonym = self._states[code]["demonym"][0]
        seat = self._states[other].get("seat", self._states[other]["name"])[0]
        return (
            template.replace("{A}", self._name(code)).replace("{D}", demonym)
            .replace("{B}", self._name(other)).replace("{P}", self._pick(PLACES))
            .replace("{N}", str(self._random.randrange(20, 4000, 10)))
            .replace("{S}", str(self._random.randrange(2, 60)) if "{S} " in template else seat)
        )  # fmt: skip

    def _asset(
        self, contributions: Sequence[Contribution]
    ) -> tuple[Contribution, str, QuantityLabel | None]:
        wanted = self._random.choice(contributions)
        asset = self._random.choice([one for one in ASSETS if one.contribution is wanted])
        choice = self._random.random()
        if asset.single and choice < 0.35:
            text = self._pick(asset.single)
            return wanted, text, QuantityLabel(min=1, max=1, unit=asset.unit or "", text=text)
        if not asset.plural or (asset.bare and choice > 0.75):
            return wanted, self._pick(asset.bare or asset.single), None
        low, high = asset.range
        number = self._random.randint(low, high)
        if number > 20:
            number = round(number, -1 if number < 1000 else -2)
        said, least, most, about = self._number(number)
        text = self._pick(asset.plural).replace("#", said)
        return (
            wanted,
            text,
            QuantityLabel(min=least, max=most, unit=asset.unit or "", approximate=about, text=text),
        )

    def _number(self, number: int) -> tuple[str, int | None, int | None, bool]:
        figure = WORDS.get(number, f"{number:,}") if self._random.random() < 0.6 else f"{number:,}"
        match self._random.randrange(12):
            case 0:
                return f"up to {figure}", 0, number, False
            case 1:
                return f"more than {figure}", number, None, False
            case 2:
                return f"about {figure}", number, number, True
            case 3:
                return f"a further {figure}", number, number, False
            case 4:
                return f"at least {figure}", number, None, False
            case _:
                return figure, number, number, False

    def _condition(self, chance: float) -> tuple[str, ConditionLabel | None]:
        if self._random.random() > chance:
            return "", None
        kind = self._random.choice(list(Condition))
        phrase = self._pick(CONDITIONS[kind])
        words = phrase.split("*")[1]
        return " " + phrase.replace("*", ""), ConditionLabel(kind=kind, text=words)

    def _wrapped(self, clause: str, code: str) -> str:
        """The clause with who said it, or an opener before it."""
        match self._random.randrange(7):
            case 0 | 1 | 2:
                says = self._pick(SAYS)
                return f"{clause}, {says}."
            case 3:
                opener = self._fill(self._pick(OPENERS), code)
                first = clause[0].lower() if clause.startswith("The ") else clause[0]
                return f"{opener} {first}{clause[1:]}."
            case _:
                return f"{clause}."

    def _label(
        self, text: str, commitments: Sequence[CommitmentLabel] = (),
        obstacles: Sequence[ObstacleLabel] = (), *, title: bool = False,
    ) -> LabelledSentence:  # fmt: skip
        self._count += 1
        text = text[0].upper() + text[1:]
        return LabelledSentence(
            id=f"variant-{self._count:05}", mission="variants", text=text, title=title,
            commitments=tuple(commitments), obstacles=tuple(obstacles),
        )  # fmt: skip

    def _verb(self, contribution: Contribution) -> tuple[str, str, str]:
        if contribution is C.WEAPONS_EQUIPMENT:
            return self._random.choice(GIVING)
        if contribution is C.INTELLIGENCE:
            return self._random.choice(SHARING)
        return self._random.choice(VERBS)

    def _clause(self, code: str, level: Level) -> tuple[str, list[CommitmentLabel]]:
        contributions = [*list(Contribution)[:8], C.GROUND_TROOPS, C.INTELLIGENCE]
        if level in (L.WITHDRAWN, L.DEPLOYED):
            contributions = list(SENT)
        contribution, asset, quantity = self._asset(contributions)
        verb, gerund, past = self._verb(contribution)
        subject = self._subject(code)
        if level is L.APPROVED:
            subject = self._name(code)
        aside = (
            self._pick(ASIDES) if self._random.random() < 0.12 and level is not L.APPROVED else ""
        )
        form = self._pick(FORMS[level]).format(V=verb, G=gerund, D=past)
        words = form.split("*")[1].removeprefix("'s ")
        place = self._pick(PLACES)
        link = {L.WITHDRAWN: "from"}.get(
            level, "in" if words in ("now has", "keeps", "maintains", "has stationed") else "to"
        )
        if contribution is C.INTELLIGENCE:
            link = "with"
        tail, condition = "", None
        if level in (L.ANNOUNCED, L.WILLING, L.CONSIDERING):
            tail, condition = self._condition(0.4)
        said = form.replace("*", "")
        gap = "" if said.startswith("'s") else " "
        clause = f"{subject}{self._fill(aside, code) or gap}"
        clause = clause.rstrip() + (" " if gap else "") + f"{said} {asset} {link} {place}{tail}"
        return clause, [
            CommitmentLabel(
                actor=code, name=self._name(code), contribution=contribution, level=level,
                level_words=words, quantity=quantity, place=place,
                conditions=(condition,) if condition else (),
            )
        ]  # fmt: skip

    def _active(self) -> LabelledSentence:
        code = self._state()
        level = self._random.choice(list(Level))
        clause, labels = self._clause(code, level)
        text = self._wrapped(clause, code)
        return self._label(text, labels)

    def _two(self) -> LabelledSentence:
        one, other = self._state(), self._state()
        levels = self._random.sample(list(Level), 2)
        first, labels = self._clause(one, levels[0])
        second, more = self._clause(other, levels[1])
        joint = self._pick((", while ", "; ", ", and ", ", but "))
        if second.startswith("The "):
            second = "t" + second[1:]
        if one == other:
            return self._active()
        return self._label(f"{first}{joint}{second}.", labels + more)

    def _passive(self) -> LabelledSentence:
        code = self._state()
        level = self._random.choice(list(PASSIVE))
        asset = self._random.choice([one for one in ASSETS if one.unit == "personnel"])
        number = round(self._random.randint(30, 900), -1)
        demonym = self._states[code]["demonym"][0]
        said, least, most, about = self._number(number)
        phrase = self._pick(asset.plural).replace("#", f"{said} {demonym}")
        form = self._pick(PASSIVE[level])
        words = form.split("*")[1]
        place = self._pick(PLACES)
        if words.endswith((" for", " from", "leave", "leaving", " left")):
            link = ""
        else:
            link = "to " if words.endswith(("go", "sent", "deployed")) else "in "
        if words == "have been deployed" or words == "might be deployed":
            link = "to "
        text = self._wrapped(f"{phrase} {words} {link}{place}", code)
        if text.startswith(phrase):  # its label begins as the sentence will
            phrase = phrase[0].upper() + phrase[1:]
        quantity = QuantityLabel(min=least, max=most, unit="personnel", approximate=about,
                                 text=phrase)  # fmt: skip
        return self._label(text, [
            CommitmentLabel(
                actor=code, name=demonym, contribution=asset.contribution, level=level,
                level_words=words, quantity=quantity, place=place,
            )
        ])  # fmt: skip

    def _nominal(self) -> LabelledSentence:
        code = self._state()
        level = self._random.choice(list(NOMINAL))
        contribution, asset, quantity = self._asset(SENT)
        noun = self._pick(NOMINAL[level])
        words = noun.split("*")[1]
        noun = noun.replace("*", "")
        demonym = self._states[code]["demonym"][0]
        owner = self._pick((f"The {demonym}", f"{self._name(code)}'s"))
        after = self._fill(self._pick(AFTERMATH), code)
        return self._label(f"{owner} {noun} {asset} {after}.", [
            CommitmentLabel(
                actor=code, name=self._name(code), contribution=contribution, level=level,
                level_words=words, quantity=quantity,
            )
        ])  # fmt: skip

    def _headline(self) -> LabelledSentence:
        code = self._state()
        level, words = self._random.choice((
            (L.ANNOUNCED, "to send"), (L.ANNOUNCED, "pledges"), (L.ANNOUNCED, "sends"),
            (L.WILLING, "offers"), (L.WILLING, "ready to send"), (L.DECLINED, "rules out"),
            (L.DECLINED, "will not send"), (L.WITHDRAWN, "withdraws"), (L.WITHDRAWN, "pulls out"),
            (L.CONSIDERING, "weighs sending"), (L.CONSIDERING, "mulls"), (L.ANNOUNCED, "deploys"),
            (L.ANNOUNCED, "promises"), (L.APPROVED, "parliament backs"),
        ))  # fmt: skip
        contribution, asset, quantity = self._asset(SENT)
        asset = asset.removeprefix("a ").removeprefix("an ")
        if quantity is not None:
            bare = (quantity.text or "").removeprefix("a ").removeprefix("an ")
            quantity = QuantityLabel(min=quantity.min, max=quantity.max, unit=quantity.unit,
                                     approximate=quantity.approximate, text=bare)  # fmt: skip
        place = self._pick(PLACES).removeprefix("the ")
        link = "from" if level is L.WITHDRAWN else "to"
        return self._label(f"{self._name(code)} {words} {asset} {link} {place}", [
            CommitmentLabel(
                actor=code, name=self._name(code), contribution=contribution, level=level,
                level_words=words, quantity=quantity, place=place,
            )
        ], title=True)  # fmt: skip

    def _money(self) -> LabelledSentence:
        code = self._state()
        unit, phrase = self._random.choice(MONEY)
        number = self._random.randrange(5, 900, 5)
        level = self._random.choice((L.ANNOUNCED, L.WILLING, L.DEPLOYED, L.CONSIDERING))
        words = {
            L.ANNOUNCED: ("will give", "pledged", "announced", "promised"),
            L.WILLING: ("is ready to give", "offered", "could provide"),
            L.DEPLOYED: ("has paid", "has transferred", "disbursed"),
            L.CONSIDERING: ("is considering giving", "may contribute", "is weighing"),
        }[level]
        said = self._pick(words)
        text = phrase.replace("#", str(number))
        purpose = self._pick(("for the force", "for the mission in {P}", "to pay for the troops",
                              "in military aid to Ukraine", "for weapons for Ukraine"))  # fmt: skip
        clause = f"{self._subject(code)} {said} {text} {self._fill(purpose, code)}"
        wrapped = self._wrapped(clause, code)
        return self._label(wrapped, [
            CommitmentLabel(
                actor=code, name=self._name(code), contribution=C.FUNDING, level=level,
                level_words=said,
                quantity=QuantityLabel(
                    min=number * 10**6, max=number * 10**6, unit=unit, text=text
                ),
            )
        ])  # fmt: skip

    def _obstacle(self) -> LabelledSentence:
        code = self._state()
        kind = self._random.choice(list(Obstacle))
        template = self._fill(self._pick(OBSTACLES[kind]), code)
        words = template.split("*")[1]
        sentence = template.replace("*", "")
        label = ObstacleLabel(obstacle=kind, actor=code, name=self._name(code), text=words)
        labels: list[CommitmentLabel] = []
        if self._random.random() < 0.2:
            clause, labels = self._clause(code, L.WILLING)
            sentence = f"{clause}, but {sentence}"
        text = self._wrapped(sentence, code)
        return self._label(text, labels, [label])

    def _negative(self) -> LabelledSentence:
        code = self._state()
        text = self._wrapped(self._fill(self._pick(NEGATIVES), code), code)
        return self._label(text)
