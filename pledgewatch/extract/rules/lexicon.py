"""The words that the screen knows: forces and assets, missions, parliaments."""

from pledgewatch.ontology import Contribution

C = Contribution


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
"""Who and what is sent: "Kenyan officers arrived"."""

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

LEGISLATURES = _words(
    "parliament lawmakers legislators deputies mps senate senators congress "
    "assembly bundestag riksdag "
    "sejm knesset storting saeima seimas legislature dáil dail oireachtas "
    "folketing eduskunta riigikogu "
    "rada"
)
