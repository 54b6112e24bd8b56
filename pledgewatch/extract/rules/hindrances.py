"""Hindrances as meetings of words: a topic of an obstacle, and what is wrong with it, in a clause.

Where `obstacles` knows fixed phrases, this knows which classes of words have to stand near each
other. A rule is a kind, the classes, the reach in tokens, and whether the article's mission may
stand for a force that the sentence does not name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.extract.rules.obstacles import ObstacleSpan
from pledgewatch.extract.rules.words import Words
from pledgewatch.ontology import Obstacle

O = Obstacle  # noqa: E741

_CLASSES: dict[str, str] = {
    "legislature": """
        parliament parliamentary parliaments bundestag congress congressional lawmakers
        legislators mps deputies sejm senate senators assembly lower_house upper_house chamber
        chambers folketing riksdag storting knesset saeima seimas eduskunta riigikogu
        legislature dáil dail oireachtas rada house_of_representatives cortes bundesrat
    """,
    "assent": """
        approval approve+ consent blessing assent vote+ mandate authorise+ authorisation
        authorize+ authorization ratify+ ratification backing green_light sign_off go-ahead nod
        majority permission endorse+ endorsement debate+ renew+ decide decision consult+ agree
        clear say_yes votes last_word final_say
    """,
    "pending": """
        must need+ require+ yet still until unless without before await+ pending postpone+
        delay+ withhold withheld lack+ no not never neither cannot depend+ hinge+ subject_to
        has_to have_to had_to seek seeking first remains doubt uncertain unlikely put_off defer+
        due_to_vote expected_to_vote lapse+ expire+
    """,
    "lay_before": "go_before put_to put_before go_through get_through come_before go_to submit_to",
    "nay": """
        vote_down voted_down vote_against voted_against voting_against reject+ block+ threw_out
        throw_out defeat+ stall+ withhold withheld refuse+
    """,
    "money": """
        money funding funds fund budget budgets budgetary cash financing finance finances donors
        donor resources billion million pounds euros dollars bill allowances stipends salaries
        wages treasury bills cheques cheque contributions treasuries budgeted
    """,
    "shortfall": """
        lack+ short shortage shortfall gap gaps hole holes insufficient little only fraction
        tenth fifth quarter less_than not_enough too_little scarce dry dried run_out ran_out
        running_out runs_out empty freeze+ frozen withhold withheld cut cuts cutting stuck
        missing uncertain nobody no none nor neither squeeze+ strain+ strained exhausted tight
        delay+ delayed unresolved nothing few need needs expire+ unmet unfunded dwindle+
        collapse+ refuse+ halve+ slash+ suspend+ behind fall_short fell_short
    """,
    "owed": """
        unpaid owed owe owes arrears underfunded under-funded unfunded foot_the_bill who_pays
        who_will_pay who_would_pay who_should_pay cannot_afford could_not_afford can_not_afford
        out_of_money way_of_paying near_default close_to_default cash-strapped too_costly
        too_expensive unaffordable how_to_pay who_is_to_pay pay_for_it debts insolvent bankrupt
        bankruptcy budgeted_for
    """,
    "stretched": """
        overstretched over-stretched stretched undermanned understaffed short-staffed
        short-handed tied_down overcommitted over-committed hollowed_out run_down worn_out
        depleted thinly_spread thin_on_the_ground exhausted bogged_down
    """,
    "hands": """
        soldiers troops men ships frigates crews sailors pilots units vehicles engineers
        battalions brigades helicopters aircraft personnel officers recruits posts volunteers
        battalion brigade infantry trainers frigate manpower ammunition equipment spares kit
        interpreters medics enablers boats drivers
    """,
    "scarce": """
        too_few short_of lack+ lacking shortage shortages shortfall few_to_spare not_enough
        neither not_that_many only_two only_one only_three broken_down laid_up out_of_service
        in_dry_dock barely not_the in_repair no_spare want_of dearth scarcity hardly_any has_few
        have_few fewer_than half_the half_of_the running_short nowhere_near no_working
        run_out_of ran_out_of never_had_more never_more_than no_more_than only_half only_a
        out_of_action unfit ageing aging grounded so_far_fewer wanting missing unfilled vacant
        understrength not_have_the below_strength reservists no_vehicles no_planes no_ships
        no_helicopters no_aircraft no_crews nobody_to
    """,
    "left": """
        little_left nothing_left little_to_spare none_to_spare nothing_to_spare few_left
        no_more_to_give not_that_many no_reserves
    """,
    "sustain": """
        sustain spare spared muster generate fill crew man rotate field keep find_enough
        maintain relieve replace raise assemble recruit find
    """,
    "unable": """
        cannot could_not can't unable struggle+ struggling barely hardly not_able hard_pressed
        hard_put difficult has_no have_no doubt+ nobody no_one question+
    """,
    "army": """
        army armies military navy armed_forces air_force infantry land_forces forces fleet
        marines soldiers troops generals
    """,
    "support": """
        satellites air_power aircraft backstop guarantee+ guarantees protect protection defence
        defense help support cover intelligence aid commitment airlift helicopters backing
        promise role part willingness umbrella involvement assurance assurances power airpower
        refuelling reconnaissance deterrence safety presence participation commit+ pledge+
    """,
    "doubt": """
        without unless until yet_to no not nobody doubt+ doubts doubtful fail+ blind rest+
        hinge+ depend+ rely relies worthless missing unclear uncertain uncertainty whether lack+
        stay_out question questions refuse+ decline+ rule+_out ruled_out reluctant absent never
        unwilling silent unanswered would_not has_not have_not saw_no sees_no still wavering
        impossible could_not cannot nothing nowhere vague refusal balk+ sceptical noncommittal
    """,
    "hostile": """
        combatants combatant legitimate_target legitimate_targets fair_game fair_target
        fair_targets red_line red_lines occupation occupiers occupying_force invaders intruders
        declaration_of_war act_of_war unacceptable inadmissible intolerable intervention_force
        legitimate_military_targets hostile_act come_under fire_from hostile_force direct_threat
        provocation aggression escalation enemy_forces invasion foreign_occupation threat_to
        dangerous_step not_acceptable
    """,
    "intent": """
        would will promise+ vow+ swear+ sworn swore threaten+ warn+ warning pledge+ ready_to
        determined
    """,
    "attack": """
        attack target kill shoot fight destroy strike hit drive_out retaliate respond treat burn
        bomb sink expel resist attacked targeted killed destroyed drive_it_out
    """,
    "spurn": """
        reject+ oppose+ dismiss+ denounce+ rule+_out ruled_out not_accept never_accept
        not_tolerate object+ against opposed condemn+ not_allow never_allow unacceptable no_to
        demand_that rail+
    """,
    "truce": """
        ceasefire cease-fire truce armistice peace settlement peace_deal hostilities guns
        fighting shooting peace_agreement warring_sides warring_parties end_to_the_war
        end_of_the_war war_is_over
    """,
    "absent": """
        no none not without until before unless collapse+ collapsed stall+ nowhere further_away
        far_off elusive distant remote void neither break+_down broken_down broke never while
        continue+ rage+ hypothetical fragile crumble+ violate+ unravel+ fall+_apart lacking
        absence each_other's_throats out_of_sight pending
    """,
    "query": """
        who how_many how_long where when what which size number numbers details detail timetable
        timeline mandate rules_of_engagement chain_of_command order_of_battle command
        composition date duration figure figures role tasks structure make-up leadership scope
        whether rules
    """,
    "unsaid": """
        nobody no_one silent left_open open unclear anyone's_guess guess undecided unsettled
        vague loosely ambiguous undefined kept_quiet keep_quiet not_be_drawn yet_to has_not
        have_not did_not declined_to refused_to would_not neither undisclosed secret unanswered
        mystery not_said unspecified unresolved blurred up_in_the_air to_be_decided
        to_be_settled to_be_worked_out not_known not_clear little_is_known nothing_is_known
        without_saying no_agreed not_been not_yet open_question opaque fuzzy no_word
        not_spelled_out unknown evasive not_worked_out not_decided not_agreed not_settled
        not_explained be_worked_out be_agreed no_clarity none
    """,
    "lead_query": """
        who_would_lead who_would_command who_would_pay who_will_lead who_will_command
        who_will_pay who_should_lead who_should_command who_commands who_leads who_would_run
        rules_of_engagement chain_of_command how_many_troops how_many_soldiers size_of_the_force
        when_it_would where_it_would what_it_would
    """,
    "vague": """
        anyone's_guess left_open loosely_worded short_on_detail short_on_details kept_quiet
        light_on_detail vaguely_worded lack+_clarity open_question open_questions vague_mandate
        no_clear_mandate unclear_mandate ill-defined thin_on_detail silent_on few_details
        scant_detail no_details
    """,
    "quarrel": """
        loggerheads at_odds quarrel+ quarrelling feud feuding cracks rift rifts split splits
        disagree+ disagreement disagreements cannot_agree could_not_agree common_ground give_way
        bicker+ wrangle+ wrangling squabble+ squabbling divided division divisions deadlock
        deadlocked dispute disputes row rows infighting not_agree failed_to_agree
        unable_to_agree clash+ paralyse+ discord feuds bitterly fallen_out fell_out falling_out
        rival_plans rival_proposals competing friction frictions rivalry rivalries
    """,
    "obstruct": "veto+ block+ hold+_up holding_up held_up stuck",
    "aid": """
        aid package mission funding mandate force deployment operation money payments
        contribution fund
    """,
    "allies": """
        allies ally members member partners partner coalition capitals ambassadors contributors
        europeans governments bloc alliance diplomats leaders ministers participants
    """,
    "public": """
        voters voter public poll polls pollsters survey surveys citizens electorate marched
        protest+ protesters demonstrators demonstration demonstrations opposition referendum
        party parties junior_partner coalition_partner politically election elections unions
        churches political_spectrum demonstrate+ petition rally rallies respondents populist
        populists backbenchers activists mothers families street streets peace_movement
    """,
    "against": """
        against oppose+ opposed unloved unpopular demand+ toxic resistance reject+ asking_why
        brought_home come_home bring_home bring_them_home referendum convince sceptical
        skeptical weary wary no_party unwanted tired condemn+ denounce+ call+_for do_not_want
        threaten+ threatened anger object+ disapprove+ protest+ fallen fell dropped
        controversial divisive pulled_out called_off minority needed_at_home not_our_war
        vote_against unwilling suspicious reluctant come_out_against unease backlash doubts
        wants_them_back want_them_back fatigue
    """,
    "court": "court courts judge judges tribunal justices magistrates magistrate",
    "halt": """
        freeze+ froze frozen suspend+ block+ halt+ stop+ bar+ struck_down strike_down pending
        hearing injunction petition challenge+ unconstitutional illegal unlawful rule+ forbid
        forbade forbidden annul+ annulled
    """,
    "law": """
        constitution constitutional neutrality neutral triple_lock basic_law article_9
        international_law law treaty pacifist charter legal legally statute status_of_forces
        legal_basis
    """,
    "forbid": """
        not cannot forbid+ forbids bar+ keep+ prevent+ prohibit+ bound stands_in_the_way
        stand_in_the_way limit+ limits no without restrict+ violate+ preclude+ only_allows
        rule+_out lack+ breach+ breach contrary rule lacks questionable shaky needs requires
        must no_authority
    """,
    "council": "security_council resolution un_mandate u.n._mandate mandate veto+ chapter_vii",
    "fetter": """
        without no veto+ block+ threaten+ lack+ lapse+ expire+ run+_out runs_out oppose+
        abstain+ water+_down not_endorsed has_not_endorsed must need+ require+ await+ weak
        not_allow too_weak used_its_veto stop shelve+ vote_no vote_against pulled
    """,
    "consent": """
        consent permission leave_to welcome agreement invitation visas visa let allow accept
        admit agree invite agree+ accept+ allow+ admit+
    """,
    "withheld": """
        still_to not never no refuse+ deny denied withhold withheld withdraw+ withdrew revoke+
        without lack+ yet_to cannot split whether decline+ no_longer
    """,
    "unwelcome": """
        shut_the_door not_hear_of go_home no_longer_welcome unwelcome never_asked pack_up
        pack_their_bags violation_of_sovereignty sovereignty expel+ expelled expulsion
        not_welcome leave_the_country out_of_the_question hours_to_leave unwanted occupiers
        not_wanted gone immunity any_role foreign_interference breach_of_sovereignty closed_its
        want_no wants_no do_not_want does_not_want
    """,
    "danger": """
        ambush ambushes snipers mines landmines bombs roadside_bombs perilous dangerous violent
        crossfire easy_target easy_targets danger dangers exposed vulnerable unsafe risk risks
        hazardous booby_traps missiles drones attacks drone_attacks casualties deadly death_trap
        sitting_ducks unexploded lawless targets shelling kidnapping attack
    """,
    "too_dangerous": """
        too_dangerous too_risky too_unsafe too_violent too_insecure too_hazardous
        fear_for_their_lives fear_for_the_lives risk_their_lives
    """,
    "fear": """
        would could fear+ worry+ worried warn+ face+ exposed too make+ loath daily caught
        run_the_risk concern+ concerned threaten+ risk+ plague+ endanger+ might may
    """,
    "infrastructure": """
        runway runways port ports airport roads road bridges bridge route routes railway rail
        railways barracks camp camps accommodation airlift transport fuel convoys convoy
        supplies rainy_season rains snow storm storms weather gearbox breakdown housing
        warehouses tracks terrain distance distances ice hangars quarters tents gauge movement
    """,
    "wanting": """
        too_short shut closed impassable washed_out too_weak delay+ delayed strand+ stranded
        stuck not_be_finished unfinished not_finished hardly_any missing held_up hold_up
        no_aircraft too_narrow not_ready slow+ hamper+ cut_off repairs destroyed out_of_reach
        flooded bogged lack+ lacking shortage unusable crippled not_be_ready too_long too_far
        flown_in no_paved nonexistent poor overloaded no_longer_usable
    """,
    "haul": """
        moving move deployment deploy+ deploying assembling assemble ship+ get bringing
        transporting
    """,
    "long": "at_least_three weeks months take_at_least take_months take_weeks take_a_year",
    "upheaval": """
        fall_of_the_government fell collapse+ election elections snap_election coup scandal
        scandals allegations abuse outbreak epidemic quarantine new_government new_coalition
        memo leaked resignation resign+ corruption inquiry investigation caretaker reshuffle
        cabinet_crisis impeachment strike measles cholera misconduct crisis turmoil
    """,
    "held": """
        on_hold put_off stall+ in_limbo in_doubt postpone+ quarantine shelve+ on_ice derail+
        delay+ no_decision turned until freeze+ frozen hold+_up overshadow+ held_up suspend+
        slow+ jeopardy cast_doubt clouded threaten+ kept_in
    """,
    "dread": """
        fear+ fears worry+ worries afraid wary nervous reluctant reluctance hesitant hesitate+
    """,
    "loath": "loath reluctant reluctance hesitant hesitate+ unwilling lukewarm wary balk+",
    "send": "send sending deploy deploying commit committing contribute contributing join joining",
    "escalation": """
        escalation escalate+ dragged drawn_into dragged_into drawn_in nuclear quagmire
        mission_creep sucked_into wider_war
    """,
}


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Obstacle
    classes: tuple[str, ...]
    reach: int  # tokens from the first to the last word
    ordered: bool = False
    alone: bool = False  # the article's mission may stand for the force


_RULES = (
    _Rule(O.PARLIAMENTARY_APPROVAL, ("legislature", "assent", "pending"), 16, alone=True),
    _Rule(O.PARLIAMENTARY_APPROVAL, ("lay_before", "legislature"), 6, ordered=True),
    _Rule(O.PARLIAMENTARY_APPROVAL, ("legislature", "nay"), 14),
    _Rule(O.FUNDING, ("owed",), 6),
    _Rule(O.FUNDING, ("money", "shortfall"), 9, alone=True),
    _Rule(O.FORCE_SHORTAGE, ("army", "stretched"), 9),
    _Rule(O.FORCE_SHORTAGE, ("hands", "scarce"), 8),
    _Rule(O.FORCE_SHORTAGE, ("army", "left"), 12),
    _Rule(O.FORCE_SHORTAGE, ("army", "unable", "sustain"), 16, ordered=True),
    _Rule(O.FORCE_SHORTAGE, ("unable", "sustain", "hands"), 12, ordered=True),
    _Rule(O.US_BACKSTOP, ("us", "support", "doubt"), 16),
    _Rule(O.ADVERSARY_OPPOSITION, ("adversary", "hostile"), 24),
    _Rule(O.ADVERSARY_OPPOSITION, ("adversary", "intent", "attack"), 14, ordered=True),
    _Rule(O.ADVERSARY_OPPOSITION, ("adversary", "spurn"), 12, ordered=True),
    _Rule(O.NO_CEASEFIRE, ("truce", "absent"), 10),
    _Rule(O.VAGUENESS, ("vague",), 6, alone=True),
    _Rule(O.VAGUENESS, ("unsaid", "lead_query"), 14, alone=True),
    _Rule(O.VAGUENESS, ("unsaid", "query"), 9),
    _Rule(O.ALLIANCE_DIVISION, ("obstruct", "aid"), 10),
    _Rule(O.ALLIANCE_DIVISION, ("allies", "quarrel"), 12),
    _Rule(O.ALLIANCE_DIVISION, ("sender", "quarrel"), 12),
    _Rule(O.PUBLIC_OPINION, ("public", "against"), 14),
    _Rule(O.PUBLIC_OPINION, ("people", "against"), 10),
    _Rule(O.LEGAL_MANDATE, ("court", "halt"), 10),
    _Rule(O.LEGAL_MANDATE, ("law", "forbid"), 10),
    _Rule(O.LEGAL_MANDATE, ("council", "fetter"), 12),
    _Rule(O.HOST_CONSENT, ("host", "consent", "withheld"), 16),
    _Rule(O.HOST_CONSENT, ("host", "unwelcome"), 18),
    _Rule(O.HOST_CONSENT, ("host", "spurn"), 8, ordered=True),
    _Rule(O.SECURITY_RISK, ("too_dangerous",), 4, alone=True),
    _Rule(O.SECURITY_RISK, ("fear", "danger"), 9),
    _Rule(O.LOGISTICS, ("infrastructure", "wanting"), 10),
    _Rule(O.LOGISTICS, ("haul", "long"), 14),
    _Rule(O.OTHER, ("upheaval", "held"), 14),
    _Rule(O.OTHER, ("dread", "escalation"), 10),
    _Rule(O.OTHER, ("loath", "send"), 8, ordered=True),
)

ADVERSARIES = frozenset(
    """hamas hezbollah houthi houthis taliban al-shabaab shabaab m23 rebels rebel militants
    insurgents gangs gang jihadists militia militias separatists rsf kremlin rapid_support_forces
    paramilitaries guerrillas warlords enemy""".split()  # noqa: SIM905
)
"""Words for the armed groups that oppose missions."""
_HOSTS = frozenset(
    """junta residents locals authorities villagers transitional_council host clan_elders
    townspeople tribal_leaders warring_parties""".split()  # noqa: SIM905
)


def _table() -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], list[str]] = {}
    classes: Iterable[tuple[str, Iterable[str]]] = [
        *((name, words.split()) for name, words in _CLASSES.items()),
        ("adversary", ADVERSARIES),
        ("host", _HOSTS),
    ]
    for name, words in classes:
        for word in words:
            head, *rest = word.split("_")
            heads = lex.forms(head[:-1]) if head.endswith("+") else [head]
            for form in heads:
                found.setdefault((form, *rest), []).append(name)
    return {phrase: tuple(dict.fromkeys(names)) for phrase, names in found.items()}


_TABLE = _table()
_LONGEST: dict[str, int] = {}
for _phrase in _TABLE:
    _LONGEST[_phrase[0]] = max(len(_phrase), _LONGEST.get(_phrase[0], 0))


@dataclass(frozen=True, slots=True)
class Hindrance:
    """An obstacle at tokens `first` to `last` (half-open); `alone` as in its rule."""

    span: ObstacleSpan
    alone: bool


def find_hindrances(words: Words, roles: Mapping[int, str]) -> list[Hindrance]:
    """The hindrances in a sentence, each kind once, in the order of the rules.

    `roles`: for tokens that name an actor, how the article sees it: `us`, `adversary`, `host`,
    `sender`, or `people` for the citizens of a sender.
    """
    places = _places(words, roles)
    found: dict[Obstacle, Hindrance] = {}
    for rule in _RULES:
        if rule.kind in found or any(name not in places for name in rule.classes):
            continue
        met = _meeting(words, rule, places)
        if met is not None:
            start, end = words.span(*met)
            found[rule.kind] = Hindrance(ObstacleSpan(start, end, rule.kind), rule.alone)
    return list(found.values())


def _places(words: Words, roles: Mapping[int, str]) -> dict[str, list[tuple[int, int]]]:
    places: dict[str, list[tuple[int, int]]] = {}
    for index, low in enumerate(words.low):
        if index in roles:
            places.setdefault(roles[index], []).append((index, index + 1))
        longest = min(_LONGEST.get(low, 0), len(words) - index)
        for length in range(longest, 0, -1):
            for name in _TABLE.get(tuple(words.low[index : index + length]), ()):
                places.setdefault(name, []).append((index, index + length))
    return places


def _meeting(
    words: Words, rule: _Rule, places: Mapping[str, list[tuple[int, int]]]
) -> tuple[int, int] | None:
    """Tokens from the first to the last word of the first meeting of the rule's classes."""
    head, *others = rule.classes
    for first, last in places[head]:
        start, end = first, last
        taken = {first}
        for name in others:
            near = [
                place
                for place in places[name]
                if place[0] not in taken
                and abs(place[0] - first) <= rule.reach
                and (not rule.ordered or place[0] >= end)
            ]
            if not near:
                break
            best = min(near, key=lambda place: abs(place[0] - first))
            taken.add(best[0])
            if rule.ordered:
                end = best[1]
            else:
                start, end = min(start, best[0]), max(end, best[1])
        else:
            if end - start <= rule.reach + 4 and ";" not in words.low[start:end]:
                return start, end
    return None
