"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re

_FORCES = frozenset(
    """
    advisers advisors aid airbase aircraft airfields airlifters airspace ambulances ammunition armed
    armour army artillery assistance assurances awacs base battalion battalions batteries battery
    battlegroup battlegroups boat boats bombs boots brigade brigades carabinieri carrier carriers
    cease-fire ceasefire coalition commandos contingent contingents corvette corvettes defences
    defenses deminers demining deploy deployed deploying deployment deployments deploys destroyer
    destroyers detachment drones engineers escort escorts eurofighters f-16 f-16s f-35 f-35s force
    forces frigate frigates frontline gendarmerie gendarmes gripen gripens guarantee guarantees guns
    helicopter helicopters helmets himars howitzers hunters infantry infantrymen instructors
    intelligence interceptors intervention jet jets launchers leopard marines medics mentors
    military mine-clearing minehunter minehunters mines minesweeper minesweepers missiles mission
    missions monitors mortars multinational munitions naval navy observers officers operation
    paratroopers patriot patriots patrols peace-keeping peacekeepers peacekeeping personnel plane
    planes planners platoon platoons police policing ports radar radars rafales regiment regiments
    reservists rifles rockets sailors sappers satellites sensors servicemembers servicemen shells
    ship ships soldier soldiers squadron squadrons submarine submarines tanks trainers troop troops
    truce typhoons vehicles vessel vessels warplane warplanes warship warships weaponry weapons
    withdraw withdrawal withdrawing withdraws withdrew
    """.split()  # noqa: SIM905
)
"""Words of forces, assets and missions: an article with none of them states nothing."""
_EVERYDAY = frozenset(
    """
    aid aircraft airspace ambulances armed armour army artillery assistance assurances awacs base
    batteries battery boat boats bombs boots carrier carriers cease-fire ceasefire coalition
    defences defenses detachment drones engineers escort escorts force forces frontline gripen
    guarantee guarantees guns helicopter helicopters hunters intelligence intervention jet jets
    launchers leopard medics mentors military mines missiles mission missions monitors naval navy
    observers officers operation patriot patriots personnel plane planes planners police policing
    ports radar radars reservists rifles rockets sailors satellites sensors shells ship ships
    submarine submarines tanks trainers truce typhoons vehicles vessel vessels weapons withdraw
    withdrawal withdrawing withdraws withdrew
    """.split()  # noqa: SIM905
)
"""Those of them that other news uses as well: one alone tells nothing."""
_OF_TRUCES = frozenset({"cease-fire", "ceasefire", "monitors", "observers", "truce"})
"""Those of these that with any other tell of unarmed missions, which are short of words of arms."""
_RELATED = frozenset(
    """
    air-policing airlift airports arms assembly assets balloons bases buffer bundestag capabilities
    command company congress contribution contributions corps cover dail data declaration defence
    defense deputies detail details doctors dollars dáil eduskunta effort equipment euros experts
    fighters financing folketing front-line funding funds garrison gear goggles grant ground group
    guards hardware help hospital hub imagery initiative intent knesset lawmakers legislators
    legislature loan loans maintenance mandate maritime members money monitoring mps multi-national
    nato oireachtas operations package parliament peace peace-enforcement peace-support peacekeeper
    plan plans presence rada rangers reassurance riigikogu riksdag rounds rules saeima seimas sejm
    senate senators sharing specialists stabilisation stabilization staff storting support system
    systems team teams training trucks unit units war
    """.split()  # noqa: SIM905
)
"""Words that only tell within such an article: money, gear, parliaments, peace."""
_NAMED = _FORCES | _RELATED
_TOPICAL = _FORCES | frozenset(
    """
    adviser advisor airlift attaché attachés commander constable constables contribution
    contributions contributors garrison gendarme hercules legionnaires mandate monitor observer
    patrol peacekeeper policeman policemen policewomen rotation unit units
    """.split()  # noqa: SIM905
)
"""Words by which a sentence is of forces, though most articles that have them are not."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HEAD = 200_000
_BRIEF = 600
"""Characters of a text so short that reading it is no work."""


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces, arms or a mission, or is brief."""
    if len(text) <= _BRIEF:
        return True
    named = _named(title, text)
    return len(named) > 1 or not named <= _EVERYDAY


def is_of_forces(title: str, text: str) -> bool:
    """Whether an article is to be read throughout, not only where it names forces, or is brief."""
    if len(text) <= _BRIEF:
        return True
    named = _named(title, text)
    return not named <= _EVERYDAY or (len(named) > 1 and not named.isdisjoint(_OF_TRUCES))


def _named(title: str, text: str) -> frozenset[str]:
    return _FORCES.intersection(_WORD.findall(f"{title} {text[:_HEAD]}".lower()))


def is_topical(words: str) -> bool:
    """Whether a sentence, with what stands before it, names forces, arms or their tasks."""
    return not _TOPICAL.isdisjoint(_WORD.findall(words.lower()))


def names_force(sentence: str) -> bool:
    """Whether a sentence of such an article names forces, aid, a mission or who decides on it."""
    return not _NAMED.isdisjoint(_WORD.findall(sentence.lower()))
