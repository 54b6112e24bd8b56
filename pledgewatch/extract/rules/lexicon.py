"""The words that the rules know: assets, missions, verbs and what they do to a level."""

from pledgewatch.ontology import Contribution, Level

C = Contribution


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(line.split()) for line in text.strip().splitlines())


# --- Assets: what can be contributed ------------------------------------------------------------

_ASSETS: dict[Contribution, str] = {
    C.GROUND_TROOPS: """troops
        soldiers
        forces
        peacekeepers
        peacekeeping troops
        peacekeeping force
        peacekeeping forces
        peacekeeping contingent
        boots on the ground
        single soldier
        soldier
        special forces
        special operations forces
        armed forces
        infantry
        infantrymen
        paratroopers
        commandos
        marines
        battalion
        battalions
        brigade
        brigades
        battlegroup
        battlegroups
        battle group
        regiment
        regiments
        platoon
        platoons
        contingent
        contingents
        military contingent
        personnel
        military personnel
        servicemen
        service members
        servicemembers
        police officers
        police unit
        police units
        riot police
        gendarmes
        gendarmerie
        police contingent
        police
        carabinieri
        a company
        troop presence
        military presence
        troop contingent
        infantry company
        unit
        units
        multinational force
        multinational forces
        force
        police force
        officers
        military officers
        military police
        military police officers
        standby force
        peace force
        protection force
        company of
        companies of
        mechanised company
        armoured company
        rapid reaction force
        reaction force
        reassurance force
        stabilisation force
        stabilization force
        tank unit
        ground forces
        land forces
        combat troops
        rangers
        sailors_
        reservists""",
    C.AIR: """fighter jets
        fighter jet
        fighters
        fighter aircraft
        jets
        warplanes
        aircraft
        planes
        warplane
        combat aircraft
        helicopters
        helicopter
        attack helicopters
        transport helicopters
        helicopter unit
        f-16s
        f-16
        f-35s
        f-35
        f-35 jets
        f-16 jets
        f-35 fighters
        gripens
        gripen jets
        gripen fighters
        rafales
        rafale jets
        rafale fighters
        typhoons
        typhoon jets
        eurofighters
        eurofighter jets
        air force detachment
        air policing
        air policing mission
        air patrols
        air cover
        tanker aircraft
        squadron
        squadrons
        air detachment
        awacs""",
    C.NAVAL: """frigate
        frigates
        warship
        warships
        destroyer
        destroyers
        corvette
        corvettes
        minehunter
        minehunters
        minesweeper
        minesweepers
        mine hunters
        naval vessel
        naval vessels
        naval ship
        naval ships
        patrol vessel
        patrol vessels
        patrol ship
        patrol ships
        patrol boat_
        submarine
        submarines
        ship
        ships
        naval forces
        naval force
        naval task force
        maritime patrols
        maritime patrol aircraft
        aircraft carrier
        carrier strike group
        naval assets
        naval unit
        naval units
        naval contingent
        naval mission
        navy ship
        navy ships
        vessel
        vessels
        naval escorts
        naval escort
        navy""",
    C.TRAINERS_ADVISERS: """trainers
        military trainers
        instructors
        military instructors
        advisers
        advisors
        military advisers
        military advisors
        police trainers
        training team
        training mission_
        training teams
        mentors
        liaison officers
        staff officers
        staff
        planners
        military planners
        assessment team
        fact-finding team
        assessment mission
        fact-finding mission
        reconnaissance team
        experts
        military experts
        specialists
        team of experts
        training for
        training""",
    C.MONITORING: """monitors
        ceasefire monitors
        military observers
        observers
        ceasefire observers
        truce monitors
        monitoring team
        monitoring teams
        surveillance drones
        reconnaissance drones
        surveillance aircraft
        reconnaissance aircraft
        sensors
        satellites
        satellite imagery
        surveillance systems
        observer mission_
        verification teams
        verification team
        surveillance balloons""",
    C.ENGINEERING: """engineers
        military engineers
        combat engineers
        engineering unit
        engineering units
        engineering battalion
        engineer battalion
        engineering company
        engineer company
        sappers
        deminers
        demining teams
        demining team
        demining experts
        demining unit
        mine clearance experts
        mine clearance units
        mine clearance unit
        mine-clearing teams
        mine clearance teams
        explosive ordnance disposal teams
        demining specialists
        bomb disposal experts
        bomb disposal teams
        construction unit""",
    C.LOGISTICS_BASING: """transport aircraft
        transport planes
        transport plane
        cargo planes
        cargo aircraft
        airlifters
        airlift
        field hospital
        medical unit
        medical units
        medical team
        medical teams
        medical corps
        medics
        military doctors
        logistics unit
        logistics units
        logistics support
        logistical support
        logistics team
        logistics battalion
        logistics personnel
        logistics specialists
        logistics experts
        supply ship
        supply ships
        airbase
        air base
        its bases
        airports
        airfields
        ports_
        bases
        logistics hub
        transport helicopters_
        repair hub
        maintenance teams
        maintenance team
        maintenance""",
    C.WEAPONS_EQUIPMENT: """weapons
        weapon systems
        arms
        ammunition
        munitions
        artillery
        artillery shells
        artillery rounds
        artillery ammunition
        artillery systems
        shells
        howitzers
        self-propelled howitzers
        missiles
        air defence missiles
        air defense missiles
        cruise missiles
        interceptor missiles
        interceptors
        tanks
        battle tanks
        main battle tanks
        leopard tanks
        leopard 2 tanks
        armoured vehicles
        armored vehicles
        armoured personnel carriers
        armored personnel carriers
        infantry fighting vehicles
        fighting vehicles
        military vehicles
        vehicles
        trucks
        ambulances
        air defence systems
        air defense systems
        air defence system
        air defense system
        anti-aircraft systems
        air defences
        air defenses
        air defence batteries
        air defense batteries
        air defence battery
        air defense battery
        patriot batteries
        patriot battery
        patriot systems
        patriot system
        patriots
        patriot missiles
        iris-t systems
        himars
        rocket launchers
        drones
        attack drones
        interceptor drones
        military equipment
        equipment
        hardware
        radars
        radar
        rifles
        machine guns
        mortars
        mines
        rockets
        patrol boats
        patrol boat
        gear
        body armour
        helmets
        night-vision goggles
        weaponry
        anti-drone systems
        bombs
        long-range missiles
        electronic warfare systems
        anti-tank missiles
        anti-tank weapons
        demining equipment
        demining vehicles""",
    C.FUNDING: """funding
        funds
        money
        military financing
        financial support
        loan
        loans
        grant_
        euros
        dollars""",
    C.INTELLIGENCE: """intelligence
        intelligence sharing
        intelligence support
        satellite intelligence
        intelligence data""",
    C.POLITICAL: """security guarantees
        security guarantee
        security assurances
        declaration of intent
        political declaration""",
    C.UNSPECIFIED: """military aid
        military assistance
        military support
        military help
        security assistance
        defence aid
        defense aid
        defence assistance
        aid package
        military package
        assistance package
        military capabilities
        military assets
        military contribution
        contribution
        contributions""",
}
ASSETS: dict[tuple[str, ...], Contribution] = {
    tuple(line.strip().rstrip("_").split()): kind
    for kind, lines in _ASSETS.items()
    for line in lines.splitlines()
}
ASSETS[("multinational force",)] = C.GROUND_TROOPS  # one token, since it is an actor's name too
"""Phrases of lower-case words → what they contribute."""
ASSET_LENGTH = max(map(len, ASSETS))

FORCES = frozenset(
    {
        C.GROUND_TROOPS,
        C.AIR,
        C.NAVAL,
        C.TRAINERS_ADVISERS,
        C.MONITORING,
        C.ENGINEERING,
        C.LOGISTICS_BASING,
    }
)
PEOPLE = _words(
    "troops soldiers forces peacekeepers infantry infantrymen paratroopers "
    "commandos marines personnel "
    "servicemen members servicemembers officers gendarmes police trainers "
    "instructors advisers advisors mentors "
    "monitors observers experts engineers sappers deminers medics contingent contingents battalion "
    "brigade battlegroup regiment platoon company units unit force frigate "
    "frigates warship warships "
    "destroyer destroyers corvette minehunter minehunters ship ships vessel vessels jets fighters "
    "aircraft planes helicopters f-16s f-35s gripens rafales typhoons eurofighters "
    "submarine team teams navy "
    "carabinieri specialists planners rangers squadron detachment doctors submarine submarines"
)
"""Heads of a subject that is itself the contribution: "Kenyan officers arrived"."""

WEAK_ASSETS = _words(
    "police staff experts specialists engineers training team teams equipment vehicles trucks "
    "ambulances aircraft planes ship ships vessel vessels helicopter helicopters "
    "money funds funding "
    "loan loans euros dollars maintenance bases medics personnel officers gear "
    "contribution contributions "
    "radar radars hardware navy squadron squadrons mines bombs satellites "
    "intelligence drones sensors grant "
    "staff doctors rangers observers monitors patrols force mission unit units"
)
"""Last words of assets that are ordinary outside of security news: they need a military context."""

MISSION = _words(
    "mission missions peacekeeping peacekeepers peacekeeper battlegroup battlegroups deployment "
    "deployments contingent ceasefire truce coalition reassurance stabilisation stabilization "
    "multinational multi-national peace-keeping troops soldiers military nato contingents garrison "
    "monitors monitoring armed infantry battalion brigade warship warships frigate "
    "frigates weapons "
    "ammunition missiles air-policing policing naval buffer war frontline front-line "
    "peace-support peace-enforcement intervention defence defense maritime forces"
)
MISSION_HEADS = _words(
    "mission missions force forces operation operations peacekeeping battlegroup "
    "coalition contingent "
    "intervention deployment effort mandate initiative escort patrols"
)
MISSION_CUES = _words(
    "peacekeeping multinational military naval maritime stabilisation stabilization reassurance "
    "security un u.n. eu nato au ecowas sadc osce african monitoring ceasefire "
    "training air-policing "
    "policing peace international observer police-support aspides atalanta unifil "
    "monusco protection "
    "minesweeping escort international european-led joint regional peace-support anti-piracy "
    "counter-piracy support buffer armed post-war postwar european western "
    "reassurance standby verification demining deterrence "
    "us-led french-led british-led un-backed un-mandated nato-led eu-led "
    "kenyan-led kfor eufor border "
    "red baltic black combat peace-enforcement gang sea"
)
NOMINALS = _words(
    "deployment deployments dispatch contribution contributions participation "
    "involvement contingent "
    "presence sending mission operation mandate idea prospect "
    "suggestion possibility proposal plan plans stay"
)
NEGATIVE_NOMINALS = _words(
    "withdrawal withdrawals pullout pull-out pull-back pullback drawdown draw-down exit recall "
    "departure repatriation phase-out suspension halt termination reduction"
)
CUTTABLE = _words(
    "mission deployment deployments contribution participation presence contingent aid assistance "
    "sharing operation operations patrols deliveries shipments rotation troops forces involvement "
    "training support supplies programme program role commitment escorts"
)

INSTITUTIONS = _words(
    "government governments parliament cabinet cabinets ministry minister "
    "ministers president presidents "
    "chancellor premier lawmakers legislators deputies mps senate senators "
    "congress assembly council army "
    "navy military force forces armed officials official authorities leader "
    "leaders leadership state "
    "administration spokesman spokeswoman spokesperson king secretary chief "
    "general commander junta "
    "coalition defence defense police marines troops soldiers command ministers' "
    "bundestag riksdag sejm "
    "knesset storting saeima seimas house legislature side ambassador envoy "
    "diplomats diplomat vice-president "
    "taoiseach foreign premier's governors republic national commission capital "
    "member members monarchy "
    "contingent contribution guard airforce peacekeepers"
)
"""Heads that stand for the state before them: "the Danish parliament", "France's army"."""

LEGISLATURES = _words(
    "parliament lawmakers legislators deputies mps senate senators congress "
    "assembly bundestag riksdag "
    "sejm knesset storting saeima seimas legislature dáil dail oireachtas "
    "folketing eduskunta riigikogu "
    "rada"
)
DECIDERS = LEGISLATURES | _words("government cabinet council commission ministers")

# --- Verbs --------------------------------------------------------------------------------------

_IRREGULAR = {
    "send": ("sent", "sent"),
    "give": ("gave", "given"),
    "lend": ("lent", "lent"),
    "keep": ("kept", "kept"),
    "have": ("had", "had"),
    "lead": ("led", "led"),
    "withdraw": ("withdrew", "withdrawn"),
    "begin": ("began", "begun"),
    "hold": ("held", "held"),
    "take": ("took", "taken"),
    "leave": ("left", "left"),
    "fly": ("flew", "flown"),
    "put": ("put", "put"),
    "cut": ("cut", "cut"),
    "come": ("came", "come"),
    "bring": ("brought", "brought"),
    "rule": ("ruled", "ruled"),
    "set": ("set", "set"),
    "go": ("went", "gone"),
    "think": ("thought", "thought"),
    "say": ("said", "said"),
    "tell": ("told", "told"),
    "forgo": ("forwent", "forgone"),
    "pay": ("paid", "paid"),
    "spend": ("spent", "spent"),
    "quit": ("quit", "quit"),
    "freeze": ("froze", "frozen"),
    "draw": ("drew", "drawn"),
    "build": ("built", "built"),
    "mean": ("meant", "meant"),
    "oversee": ("oversaw", "overseen"),
    "make": ("made", "made"),
    "undertake": ("undertook", "undertaken"),
    "do": ("did", "done"),
    "speed": ("sped", "sped"),
    "be": ("was", "been"),
    "seek": ("sought", "sought"),
    "write": ("wrote", "written"),
    "see": ("saw", "seen"),
    "send_": ("sent", "sent"),
    "stand": ("stood", "stood"),
    "get": ("got", "got"),
    "lay": ("laid", "laid"),
}
_DOUBLING = {
    "commit",
    "embed",
    "ship",
    "plan",
    "stop",
    "equip",
    "transfer",
    "set",
    "cut",
    "put",
    "begin",
    "cancel",
    "signal",
    "scrap",
    "admit",
    "quit",
    "refer",
    "drop",
    "permit",
    "submit",
    "get",
}


def forms(lemma: str) -> dict[str, str]:
    """Every inflected form of a verb → its form: base, s, past, part, pastpart or ing."""
    if lemma.endswith(("s", "sh", "ch", "x", "z", "o")):
        third = lemma + "es"
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        third = lemma[:-1] + "ies"
    else:
        third = lemma + "s"
    if lemma == "have":
        third = "has"
    stem = lemma + lemma[-1] if lemma in _DOUBLING else lemma
    ing = (stem[:-1] if stem.endswith("e") and not stem.endswith("ee") else stem) + "ing"
    if lemma in _IRREGULAR:
        past, part = _IRREGULAR[lemma]
    elif stem.endswith("e"):
        past = part = stem + "d"
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        past = part = lemma[:-1] + "ied"
    else:
        past = part = stem + "ed"
    forms = {lemma: "base", third: "s", ing: "ing"}
    if past == part:
        forms[past] = "base" if past == lemma else "pastpart"
    else:
        forms[past], forms[part] = "past", "part"
    return forms


def _inflect(lemmas: str) -> dict[str, tuple[str, str]]:
    return {form: (lemma, kind) for lemma in lemmas.split() for form, kind in forms(lemma).items()}


SEND = _inflect(
    "send deploy dispatch contribute provide supply deliver donate transfer station lend give hand "
    "second despatch redeploy assign move post commit field ship earmark rotate return_ base host_ "
    "supplement reinforce_ offer_ allocate earmark mobilise mobilize position fly "
    "put equip open embed loan airlift detach double triple increase "
    "expand boost reinforce strengthen"
)
STATIVE = _inflect("have keep maintain retain hold station base")
PLEDGE = _inflect("pledge promise announce vow offer unveil confirm")
APPROVE = _inflect(
    "approve authorise authorize order endorse pass adopt extend renew ratify back "
    "prolong greenlight sanction"
)
SIGN = _inflect("sign initial conclude ink")
CONSIDER = _inflect(
    "consider weigh mull study discuss examine explore debate contemplate float "
    "assess evaluate review ponder"
)
REFUSE = _inflect("reject refuse exclude oppose decline")
WITHDRAW = _inflect("withdraw recall pull bring repatriate evacuate_ redeploy_")
CUT = _inflect(
    "end halt suspend cancel cut reduce terminate stop quit freeze scrap abandon "
    "scale wind draw close shrink drop discontinue phase leave cease pause trim "
    "curtail"
)
JOIN = _inflect("join lead command take participate head spearhead support_ contribute")
MOVE = _inflect(
    "arrive land depart leave sail fly begin start take set touch reach enter head "
    "come relieve replace join reinforce support return patrol guard protect secure "
    "operate work monitor watch "
    "oversee supervise serve help escort police"
)
TRAIN = _inflect("train")
FUND = _inflect("fund finance bankroll pay spend")
SHARE = _inflect("share")
GUARD = _inflect("patrol police escort monitor demine protect guard clear")

AUXILIARIES = _words(
    "have has had having is are was were be been being am do does did 's 're 've 'd 'll 'm"
)
MODALS = _words(
    "will would shall can could may might must should ought need needs cannot can't won't wouldn't "
    "couldn't shouldn't mustn't ll"
)
NEGATIONS = _words(
    "not n't never no nor neither without cannot can't won't wouldn't couldn't "
    "didn't doesn't don't isn't "
    "aren't hasn't haven't wasn't weren't hadn't shouldn't mustn't"
)
ADVERBS = _words(
    "also already now still then soon jointly currently immediately first even "
    "just again only ever "
    "together both longer instead long therefore thus initially either alone always further next "
    "together today yesterday tomorrow all each once more far yet actively "
    "formally seriously itself themselves himself herself "
    "there later eventually not never quickly urgently swiftly repeatedly publicly "
    "previously recently"
)
PRONOUNS = _words("it he she they we i who which that")
SUBORDINATORS = _words(
    "because although though while whereas when whenever if unless after before as "
    "since until till "
    "once provided where so whether how why what lest despite except"
)
REPORTING = frozenset(
    _inflect(
        "say tell announce confirm add insist stress declare state warn note explain report claim "
        "indicate signal reiterate write repeat suggest argue acknowledge concede promise "
        "reveal disclose assure vow pledge emphasise underline clarify hint believe estimate think"
    )
) | _words("according")
PREPOSITIONS = _words(
    "in at to with against on near by into across alongside between within from "
    "for over under toward "
    "towards around beyond outside inside off through throughout about of among amid during after "
    "before despite without via per like than besides beside including following"
)

# A word that governs an infinitive, a gerund or a noun → the level it gives, "request" where the
# subject asks somebody else, "none" where nothing follows for the level, "plan" where it depends.
CONTROL: dict[str, str] = {}
for _level, _lemmas in {
    Level.ANNOUNCED: "pledge promise vow commit agree undertake announce intend_ resolve opt elect "
    "swear",
    "decide": "decide",
    Level.WILLING: "offer volunteer",
    Level.CONSIDERING: "consider weigh mull study discuss examine explore debate contemplate float "
    "assess "
    "evaluate ponder",
    Level.DECLINED: "refuse decline reject exclude oppose",
    "request": "ask urge press call demand implore beg encourage invite request appeal want_ "
    "lobby push "
    "pressure persuade expect_ force_ convince challenge require recommend",
    "plan": "plan intend aim hope want mean seek wish",
    "vote": "vote approve authorise authorize order endorse agree_ back mandate clear "
    "instruct permit greenlight",
    "begin": "begin start finish complete",
    "continue": "continue keep",
    "stop": "stop cease halt suspend",
    "help": "help",
    "fail": "fail hesitate threaten regret struggle delay postpone avoid forget deny "
    "prevent try attempt "
    "allow let manage criticise criticize accuse defend oppose_ condemn learn prefer need resist",
    "prepare": "prepare",
}.items():
    for _lemma in _lemmas.split():
        if not _lemma.endswith("_"):
            for _form in forms(_lemma):
                CONTROL.setdefault(_form, _level)
CONTROL |= {
    "ready": Level.WILLING,
    "prepared": Level.WILLING,
    "willing": Level.WILLING,
    "open": Level.WILLING,
    "readiness": Level.WILLING,
    "willingness": Level.WILLING,
    "offer": Level.WILLING,
    "able": Level.WILLING,
    "standby": Level.WILLING,
    "stand-by": Level.WILLING,
    "happy": Level.WILLING,
    "standing": Level.WILLING,
    "option": Level.CONSIDERING,
    "possibility": Level.CONSIDERING,
    "idea": Level.CONSIDERING,
    "options": Level.CONSIDERING,
    "talks": Level.CONSIDERING,
    "expected": Level.CONSIDERING,
    "likely": Level.CONSIDERING,
    "proposal": Level.CONSIDERING,
    "prospect": Level.CONSIDERING,
    "poised": Level.ANNOUNCED,
    "set": Level.ANNOUNCED,
    "due": Level.ANNOUNCED,
    "about": Level.ANNOUNCED,
    "scheduled": Level.ANNOUNCED,
    "committed": Level.ANNOUNCED,
    "slated": Level.ANNOUNCED,
    "going": Level.ANNOUNCED,
    "pledge": Level.ANNOUNCED,
    "promise": Level.ANNOUNCED,
    "commitment": Level.ANNOUNCED,
    "decision": Level.ANNOUNCED,
    "agreement": Level.ANNOUNCED,
    "determined": Level.ANNOUNCED,
    "bound": Level.ANNOUNCED,
    "plan": "plan",
    "plans": "plan",
    "intention": "plan",
    "intentions": "plan",
    "planning": "plan",
    "thinking": Level.CONSIDERING,
    "review": Level.CONSIDERING,
    "looking": Level.CONSIDERING,
    "refusal": Level.DECLINED,
    "unwilling": Level.DECLINED,
    "unable": Level.DECLINED,
    "reluctant": "fail",
    "reluctance": "fail",
    "hesitant": "fail",
    "mandate": "vote",
    "calls": "request",
    "call": "request",
    "appeal": "request",
    "request": "request",
    "demand": "request",
    "requests": "request",
    "pressure": "request",
    "demands": "request",
    "right": "fail",
    "needed": "fail",
    "failure": "fail",
    "supposed": "fail",
    "unlikely": "fail",
    "chance": "fail",
}

CEREMONIAL = _words(
    "exercise exercises drill drills manoeuvre manoeuvres maneuver maneuvers "
    "wargame wargames war-games "
    "parade parades ceremony rehearsal airshow festival tournament championship "
    "championships marathon "
    "museum film movie novel fans stadium match olympic olympics documentary "
    "memorial veterans anniversary "
    "commemorate commemoration simulated simulation war-game courtesy game games "
    "concert trophy fair"
)
DOMESTIC = _words(
    "flood floods flooding flooded wildfire wildfires bushfire bushfires hurricane "
    "earthquake typhoon "
    "landslide landslides storm cyclone election elections polling riot riots "
    "rioters looting prison prisons "
    "prisoners migrants migration smuggling smugglers rescue sandbags firefighters "
    "firefighting blaze fires "
    "protesters demonstrators strike_ pandemic vaccination harvest snow avalanche "
    "evacuees quake volcano "
    "streets townships subway cartel_ cartels drought famine humanitarian recruitment "
    "conscripts conscription homelessness "
    "immigration"
)
TRADE = _words(
    "buy buys bought purchase purchases purchased procure procurement contract "
    "contracts sale sales sold "
    "sell sells export exports tender manufacturer supplier acquire acquires "
    "acquisition customer commissioned "
    "launched_ prototype shareholders shares profit revenue"
)
OPINION = _words(
    "analyst analysts expert_ pundit pundits columnist editorial commentators "
    "commentator professor "
    "think-tank hypothetical rumours rumors"
)
