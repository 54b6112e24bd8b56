"""Obstacles: what a sentence says stands in the way of a contribution, and whose."""

import re
from dataclasses import dataclass

from pledgewatch.ontology import Obstacle
from pledgewatch.text.tokens import lower


@dataclass(frozen=True, slots=True)
class ObstacleSpan:
    """Words at `start` to `end` of a sentence that state an obstacle."""

    start: int
    end: int
    kind: Obstacle


O = Obstacle  # noqa: E741
_FORCE = (
    r"(?:troops?|soldiers?|forces?|peacekeepers?|deployments?|mission|missions|contingent|"
    r"boots on the ground|battalion|brigade|contribution|operation|frigates?|warships?|jets?|"
    r"peacekeeping|officers|trainers|monitors|observers|personnel|intervention|military aid|"
    r"weapons|missiles|escorts?)"
)
_LEGISLATURE = (
    r"(?:parliament|bundestag|congress|lawmakers|sejm|riksdag|knesset|storting|senate|"
    r"national assembly|mps|legislators|legislature|deputies|d[aá]il|house of representatives)"
)
_PATTERNS: tuple[tuple[Obstacle, str], ...] = (
    (
        O.VAGUENESS,
        r"(?:lacks?|lacking|without|no) (?:\w+ ){0,2}?(?:clear|defined|precise|agreed) "
        r"(?:mandate|timetable|objectives|rules|goals|plan|aims|timeline)",
    ),
    (
        O.FUNDING,
        r"(?:funding|money|funds|cash) (?:\w+ ){0,7}?(?:runs?|ran|running|dried|drying) (?:out|up)",
    ),
    (
        O.PARLIAMENTARY_APPROVAL,
        rf"{_LEGISLATURE}(?:['’]s?)? (?:\w+ ){{0,3}}?(?:must|has (?:yet|still) to|have "
        rf"(?:yet|still) to|still has to|still have to|is yet to|are yet to|has not yet|"
        rf"have not yet|will have to|would have to|needs? to|is expected to|will) (?:\w+ "
        rf"){{0,2}}?(?:approve[ds]?|vote[ds]?|authori[sz]e[ds]?|ratify|ratified|sign off|"
        rf"agree[ds]?|back|endorse|debate)",
    ),
    (
        O.PARLIAMENTARY_APPROVAL,
        rf"(?:needs?|requires?|require|required|requiring|awaits?|awaiting|subject to|"
        rf"pending|still need(?:s|ed)?|depends? on|without|lacks?|seek|seeks|seeking|"
        rf"must (?:get|win|secure|obtain)|must be approved by|must be ratified by|has "
        rf"yet to be approved by|needs to be approved by) (?:\w+ "
        rf"){{0,5}}?(?:parliamentary|{_LEGISLATURE}|two-thirds majority)",
    ),
    (
        O.PARLIAMENTARY_APPROVAL,
        rf"{_LEGISLATURE} (?:\w+ ){{0,2}}?(?:rejected|blocked|voted down|refused to "
        rf"(?:approve|back)|delayed|postponed|threw out|withheld|struck down|stalled)",
    ),
    (
        O.PARLIAMENTARY_APPROVAL,
        rf"(?:must|have to|has to|needs? to|had to|yet to) be (?:approved|authori[sz]ed|"
        rf"ratified|backed|endorsed|cleared) by (?:\w+ ){{0,3}}?{_LEGISLATURE}",
    ),
    (
        O.FUNDING,
        r"(?:lack|shortage|shortfall|absence|gap|cuts?|crisis|dispute|row|gaps?) (?:of|"
        r"in|over|to) (?:\w+ ){0,3}?(?:funding|funds|money|financing|budget|cash|"
        r"resources for)|(?:underfunded|under-funded|unfunded|cash-strapped|funding "
        r"(?:gap|shortfall|crisis|shortage|crunch|problems|constraints|woes|"
        r"uncertainty)|budget(?:ary)? (?:constraints?|deficit|cuts?|crisis|pressures?|"
        r"squeeze|limits|hole|gap|shortfall)|(?:no|not enough|insufficient|too little|"
        r"run(?:ning)? out of|ran out of|short of) (?:\w+ ){0,2}?(?:money|funding|funds|"
        r"cash|financing|budget)|debt (?:burden|brake|crisis|pile|load)|who (?:will|"
        r"would|should) (?:pay|foot)|cannot afford|can't afford|could not afford|unpaid "
        r"(?:salaries|allowances|stipends|wages)|too (?:costly|expensive)|prohibitive "
        r"cost|(?:funding|funds|money|financing) (?:\w+ ){0,3}?(?:is|are|was|were|has|"
        r"have|had) (?:\w+ ){0,2}?(?:not|yet|lacking|missing|uncertain|unclear|dried|"
        r"running|frozen|insufficient|inadequate))",
    ),
    (
        O.FORCE_SHORTAGE,
        r"(?:overstretched|over-stretched|stretched (?:thin|armed|army|forces|military)|"
        r"thinly stretched|stretched to (?:the|its|their)|too (?:small|few|stretched|"
        r"thin)|not (?:have|has) (?:enough|sufficient|the (?:troops|soldiers|manpower|"
        r"numbers|capacity|personnel|ships|forces))|(?:short|shortage|shortages|lack|"
        r"lacks|lacked|lacking|shortfall|shortfalls|dearth) (?:of|in)? ?(?:\w+ "
        r"){0,3}?(?:soldiers|troops|personnel|recruits|manpower|pilots|crews|officers|"
        r"ships|frigates|helicopters|equipment|spare parts|ammunition|specialists|"
        r"capabilities|enablers|interpreters|vessels|airlift|aircraft|vehicles|units|"
        r"trainers|engineers)|(?:army|military|armed forces|navy|forces|air force) "
        r"(?:is|are|was) (?:\w+ ){0,2}?(?:stretched|depleted|understaffed|undermanned|"
        r"overcommitted|exhausted|hollowed out|too small)|cannot spare|can't spare|"
        r"could not spare|unable to spare|struggl\w+ to (?:find|recruit|muster|generate|"
        r"fill|raise|assemble|sustain|man|crew)|(?:cannot|could not|can't|unable to) "
        r"(?:\w+ ){0,2}?(?:sustain|find enough|muster|man|generate)|recruitment "
        r"(?:crisis|shortfall|problems|shortages)|manpower (?:crisis|shortage|shortages|"
        r"shortfall|problems|gap|constraints)|understaffed|undermanned|under-equipped|"
        r"ill-equipped|readiness (?:problems|gaps|shortfalls|issues)|(?:no|not enough|"
        r"insufficient|too few|few) (?:\w+ ){0,2}?(?:soldiers|troops|personnel|ships|"
        r"frigates|recruits|crews|helicopters|officers|spare (?:units|troops))(?= (?:to|"
        r"available|for|are|left|were|$))|gaps? in (?:the )?rotation|depleted stocks|"
        r"stocks are (?:\w+ )?(?:depleted|exhausted|low|empty))",
    ),
    (
        O.US_BACKSTOP,
        r"(?:without|absent|lacks?|lack of|no|need|needs|requires?|depends? on|hinges? "
        r"on|doubts? (?:about|over)|uncertain(?:ty)? (?:about|over)?|unclear whether|"
        r"question(?:s|ed)? (?:over|about|whether)|in doubt|waiting for|still seeking|"
        r"seeking|missing) (?:\w+ ){0,4}?(?:american|us|u\.s\.|washington(?:['’]s)?)(?: "
        r"\w+){0,3}? (?:backstop|backing|support|guarantees?|air cover|help|involvement|"
        r"intelligence|commitment|participation|protection|will (?:back|support|"
        r"provide)|would (?:back|support|provide))|(?:washington|the united states|the "
        r"us|trump|the white house|the pentagon) (?:\w+ ){0,3}?(?:not|refused|declined|"
        r"ruled out|has yet|would not|will not|won't|refuses|yet to) (?:\w+ "
        r"){0,5}?(?:backstop|back the|back any|support the|guarantees?|air cover|"
        r"backing|provide air|intelligence support)",
    ),
    (
        O.ADVERSARY_OPPOSITION,
        rf"(?:legitimate targets?|fair targets?|lawful targets?|targets? for (?:our|its|"
        rf"russian|the)|would be (?:targeted|attacked|destroyed|struck|treated as)|will "
        rf"be (?:targeted|attacked|destroyed|treated as)|would target|will target|"
        rf"threaten(?:s|ed|ing)? to (?:attack|target|strike|shoot|fire|kill|retaliate|"
        rf"hit))|(?:russia|moscow|kremlin|putin|lavrov|peskov|hamas|hezbollah|houthis?|"
        rf"taliban|al-shabaab|m23|rebels?|militants?|insurgents?|gangs?|gang leaders?|"
        rf"jihadists?|hardliners|tehran|iran|militias?|separatists?)(?:['’]s?)? (?:\w+ "
        rf"){{0,6}}?(?:reject(?:s|ed)?|oppos(?:es|ed|ition)|rul(?:es|ed) out|object(?:s|"
        rf"ed|ions?)|warn(?:s|ed|ing)?|threat(?:s|en|ens|ened|ening)?|vow(?:s|ed)?|"
        rf"refus(?:es|ed|al)|unacceptable|will not (?:accept|tolerate|allow)|would not "
        rf"(?:accept|tolerate|allow)|would never (?:accept|agree)|against|denounce[sd]?|"
        rf"said no to|insist(?:s|ed)? (?:that )?no|demand(?:s|ed)? that no|veto)(?: "
        rf"[\w\-]+){{0,12}}? {_FORCE}\b",
    ),
    (
        O.NO_CEASEFIRE,
        r"(?:no (?:sign of (?:a |any )?)?(?:ceasefire|cease-fire|truce|peace deal|peace "
        r"agreement|end to the (?:fighting|war))|while (?:the )?(?:fighting|war|"
        r"hostilities|shooting|conflict) (?:\w+ )?(?:lasts?|continues?|goes on|rages?|"
        r"persists?|is (?:going on|ongoing))|as long as (?:the )?(?:fighting|war|"
        r"hostilities|conflict|shooting) (?:\w+ )?(?:lasts?|continues?|goes on|rages?|"
        r"persists?)|(?:absence|lack) of (?:a |any )?(?:\w+ )?(?:ceasefire|cease-fire|"
        r"truce|peace (?:deal|agreement)))|(?:ceasefire|truce|peace) (?:talks|"
        r"negotiations) (?:\w+ ){0,2}?(?:stalled|collapsed|broke down|deadlocked|failed)",
    ),
    (
        O.VAGUENESS,
        r"(?:did not|didn't|would not|wouldn't|declined to|refused to|has not|have not|"
        r"had not|without|yet to|not yet|gave no|without giving|offered no|provided no|"
        r"no (?:further )?) ?(?:\w+ ){0,2}?(?:say(?:ing)? how many|specify(?:ing)?|"
        r"specified|details?|disclos(?:e|ed|ing)|give (?:a |any )?(?:number|figure|"
        r"details?|timetable|timeline|date)|giving (?:a |any )?(?:number|numbers|figure|"
        r"figures|details?|timetable|timeline|date)|say(?:ing)? (?:when|where|what|"
        r"which)|said (?:how many|when|where|what)|spell(?:ed|ing)? out|elaborate|"
        r"elaborating|timetable|timeline|numbers|figures|defined|agreed on the (?:size|"
        r"mandate))|(?:mandate|rules of engagement|timetable|timeline|size|composition|"
        r"command structure|role|scope|chain of command|duration|objectives|aims|"
        r"details|makeup|make-up)(?: \w+){0,8}? (?:remain(?:s|ed)?|is|are|was|were|has|"
        r"have) (?:\w+ ){0,3}?(?:unclear|vague|undefined|uncertain|unresolved|undecided|"
        r"open|unspecified|not been|yet to be|to be (?:decided|defined|agreed|"
        r"determined)|not (?:clear|defined|agreed))|(?:unclear|not clear|uncertain|not "
        r"known|not immediately clear) (?:how many|when|whether|where|what|which|who|"
        r"how)|(?:vague|ill-defined|undefined|unclear|murky) (?:mandate|rules|mission|"
        r"timetable|plan|plans|objectives|goals)",
    ),
    (
        O.ALLIANCE_DIVISION,
        r"(?:(?:veto(?:ed|es|ing)?|block(?:ed|s|ing)?|held up|holding up) (?:\w+ "
        r"){0,8}?(?:mission|deployment|force|operation|aid|package|funding|payments?|"
        r"plan|mandate)|(?:allies|members|member states|europeans|partners|capitals|"
        r"governments|countries|bloc|alliance|coalition) (?:\w+ ){0,3}?(?:divided|split|"
        r"disagree(?:d|s)?|at odds|quarrel(?:led|ling|ed)?|bicker\w*|squabbl\w+|"
        r"fail(?:ed)? to agree|could not agree|cannot agree|remain(?:ed)? divided|"
        r"differ(?:ed)?|deadlocked)|(?:divisions?|disagreements?|rifts?|splits?|"
        r"quarrels?|disputes?|rows?|squabbles?|feud|tensions) (?:\w+ ){0,2}?(?:among|"
        r"between|within|over|inside) (?:\w+ ){0,6}?(?:allies|members|member states|"
        r"europeans|partners|the alliance|the bloc|the coalition|who|command|capitals|"
        r"governments))",
    ),
    (
        O.PUBLIC_OPINION,
        r"(?:(?:polls?|surveys?) (?:\w+ ){0,4}?(?:show(?:s|ed|ing)?|suggest(?:s|ed)?|"
        r"found|finds?|indicate[sd]?|showing)(?: [\w\-%]+){0,8}? (?:oppose[sd]?|against|"
        r"opposition|reject(?:s|ed)?|do not want|opposed)|(?:voters?|public opinion|the "
        r"public|opposition (?:party|parties|leader|lawmakers|figures)|protest(?:s|"
        r"ers)?|demonstrators|trade unions|electorate|citizens|anti-war|far-right|"
        r"far-left|most (?:[A-Z]?\w+s)|majority of \w+|coalition partner|backbenchers|"
        r"public)(?: [\w\-%]+){0,6}? (?:oppose[sd]?|opposing|against|reject(?:s|ed|"
        r"ing)?|sceptical|skeptical|hostile|wary|condemn(?:s|ed)?|criticis(?:e|es|ed)|"
        r"denounc(?:e|es|ed|ing)|unpopular|opposition to|protest(?:ed|ing)?|demand(?:ed|"
        r"ing)?)|(?:opposition|resistance|scepticism|hostility|backlash|discontent|"
        r"anger|unease) (?:\w+ ){0,2}?(?:at home|from voters|among voters|of voters|in "
        r"public opinion|from the public|from opposition parties)|(?:deeply |widely |"
        r"very |hugely )?unpopular (?:with voters|at home|among)|domestic (?:opposition|"
        r"criticism|backlash|resistance)|public (?:opposition|scepticism|hostility|"
        r"backlash|resistance|fatigue))",
    ),
    (
        O.LEGAL_MANDATE,
        r"(?:(?:constitutional court|supreme court|high court|court|judges?|"
        r"tribunal)(?: [\w\-]+){0,6}? (?:suspend(?:ed|s)?|block(?:ed|s)?|ruled|"
        r"halt(?:ed|s)?|barred|struck down|declared|blocking|suspending|stopped|froze|"
        r"forbade|temporarily)|(?:constitution|neutrality|neutral (?:status|country|"
        r"state)|pacifist constitution|the law|treaty|treaties|triple lock|"
        r"international law)(?:['’]s?)? (?:\w+ ){0,4}?(?:forbids?|prohibits?|bars?|"
        r"prevents?|limits?|rules? out|does not allow|do not allow|prohibit|restricts?|"
        r"blocks?|precludes?|stands? in the way|not permit)|(?:without|lack of|lacks?|"
        r"no|absence of) (?:an? |any |clear |the )*(?:un|u\.n\.|united nations|security "
        r"council|international|legal)(?: \w+){0,2}? (?:mandate|resolution|basis|"
        r"authori[sz]ation|approval)|(?:russia|china|moscow|beijing|the united states|"
        r"washington)(?: \w+){0,3}? (?:veto(?:ed|es)?)(?: \w+){0,8}?|(?:veto(?:ed|es)?|"
        r"cast a veto)(?: \w+){0,6}? (?:resolution|security council|mandate)|"
        r"unconstitutional|violat\w+ (?:\w+ ){0,3}?neutrality|mandate (?:is|was|"
        r"remains) too weak|weak mandate)",
    ),
    (
        O.HOST_CONSENT,
        rf"(?:(?:host )?(?:government|authorities|president|junta|parliament|ministry|"
        rf"regional (?:president|leaders?|government)|residents|locals|tribal leaders|"
        rf"militias|leaders|officials|kyiv|ukraine|haiti|khartoum|kinshasa|mogadishu|"
        rf"baghdad|beirut|belgrade|damascus|bamako|niamey|tripoli|clan elders|"
        rf"protesters)(?:['’]s?)?(?: [\w\-]+){{0,6}}? (?:not (?:agreed|consented|given "
        rf"(?:its )?consent|accept(?:ed)?|invited|welcome|want|allow|accept|approved)|"
        rf"refus(?:es|ed) (?:to (?:accept|allow|host|let|admit|grant)|entry|visas|"
        rf"permission)|reject(?:s|ed|ing)?|revok(?:es|ed)|withdr[ae]w(?:n|s)? (?:its "
        rf")?consent|withheld consent|denied (?:visas|entry|access|permission)|would not "
        rf"(?:accept|allow|welcome)|will not (?:accept|allow|welcome)|opposes?|opposed|"
        rf"expell?(?:ed|s)?|demanded (?:the )?(?:withdrawal|departure)|ordered "
        rf".{{0,30}}? to leave|asked .{{0,30}}? to leave)(?: [\w\-]+){{0,10}}? "
        rf"{_FORCE}\b|(?:without|lack of|lacks|no|withheld|awaiting|pending) (?:\w+ "
        rf"){{0,3}}?(?:host(?: (?:country|nation|government))?|government) (?:consent|"
        rf"approval|agreement|permission)|host[- ](?:country|nation) consent|"
        rf"(?:refus(?:es|ed|ing)|declin(?:es|ed)|unwilling) to (?:accept|allow|host|let "
        rf"in|admit|welcome|receive)(?: [\w\-]+){0, 6}? " + _FORCE + r"\b)",
    ),
    (
        O.SECURITY_RISK,
        r"(?:too (?:dangerous|risky|unsafe|insecure|perilous)|(?:danger|risks?|dangers|"
        r"threats?) (?:\w+ ){0,2}?(?:to|for|facing|posed to) (?:\w+ ){0,4}?(?:troops|"
        r"soldiers|peacekeepers|personnel|forces|crews|officers|the force|contingent|"
        r"observers|monitors|mission|engineers|ships)|security (?:situation|conditions|"
        r"concerns|risks?)(?: \w+){0,4}? (?:too|not|prevent\w*|make|makes|made|delay\w*|"
        r"do not|does not|over|deteriorat\w+|hamper\w*|slow\w*)|(?:fears?|worr(?:y|ies|"
        r"ied)|concerns?|concerned) (?:for|about|over) the safety of|lawlessness|"
        r"volatile security|insecurity (?:has |is |was )?(?:delay\w*|hamper\w*|"
        r"prevent\w*|slow\w*)|safety of (?:its|the|our|their) (?:troops|soldiers|"
        r"personnel|peacekeepers|officers))",
    ),
    (
        O.LOGISTICS,
        r"(?:logistic(?:al|s)? (?:problems?|difficult(?:y|ies)|challenges?|hurdles?|"
        r"delays?|constraints?|obstacles?|bottlenecks?|issues|nightmare|shortcomings)|"
        r"(?:bad|poor|rough|stormy|winter) (?:weather|seas|conditions)(?: \w+){0,4}? "
        r"(?:delay\w*|prevent\w*|hamper\w*|slow\w*|postpone\w*|held up)|(?:storms?|"
        r"floods|heavy rains?|snow|logistics|bad roads) (?:\w+ ){0,2}?(?:delay\w*|"
        r"prevent\w*|hamper\w*|slow\w*)|(?:delayed|held up|slowed|hampered|postponed|"
        r"stalled) (?:\w+ ){0,3}?by (?:\w+ ){0,4}?(?:weather|storms?|logistics|"
        r"logistical|transport|rains?|roads|port|infrastructure|snow|lack of transport|"
        r"equipment|airport|customs|shipping)|(?:lack|shortage) of (?:transport|airlift|"
        r"barracks|housing|accommodation|infrastructure|roads|fuel)|(?:barracks|bases|"
        r"camps|base|airport|port|runway|housing)(?: \w+){0,4}? (?:not (?:yet "
        r")?(?:ready|finished|built|completed)|unfinished|are still being built|yet to "
        r"be built)|would take (?:\w+ ){0,3}?(?:weeks|months|years) to (?:deploy|"
        r"assemble|prepare|move|arrive)|impassable roads?)",
    ),
    (
        O.OTHER,
        r"(?:reluctan(?:t|ce) (?:\w+ ){0,3}?to (?:send|deploy|commit|contribute|join|"
        r"put|provide)|fears? (?:of|that) (?:\w+ ){0,6}?escalat\w+|hesitan(?:t|cy) "
        r"(?:\w+ ){0,2}?(?:to|about) (?:send|deploy|commit|sending|deploying|"
        r"committing)|political (?:crisis|turmoil|deadlock|paralysis)|caretaker "
        r"government|snap elections? (?:\w+ ){0,3}?(?:delay\w*|postpone\w*|put)|"
        r"government collapse|collapse of (?:the|its) (?:government|coalition)|"
        r"(?:plans?|deployment|mission|offer|pledge|force)(?: \w+){0,3}? (?:in doubt|in "
        r"limbo|on hold|thrown into doubt|at risk|in jeopardy|put on ice|hang(?:s|ing)? "
        r"in the balance|has stalled|have stalled))",
    ),
)
_OBSTACLES = [
    (
        kind,
        re.compile(r"\b(?:" + pattern.replace(r"(?:\w+ )", r"(?:[\w'’\-]+ )") + r")"),
    )
    for kind, pattern in _PATTERNS
]
_CONTEXT = re.compile(
    r"\b(?:troops?|soldiers?|peacekeep\w*|forces|force|deploy\w*|mission|missions|"
    r"contingents?|battalions?|"
    r"brigades?|battlegroup|frigates?|warships?|fighter jets|military aid|weapons|"
    r"air defence|patriots?|missiles|"
    r"peace-?keeping|security guarantees|intervention|monitors|observers|trainers|"
    r"instructors|military contribution|"
    r"boots on the ground|police officers|minehunters?|naval|escorts?|sappers|"
    r"engineers|operation)\b",
    re.IGNORECASE,
)
OBJECTED_BY_OTHERS = frozenset(
    {O.ADVERSARY_OPPOSITION, O.HOST_CONSENT, O.ALLIANCE_DIVISION, O.SECURITY_RISK}
)
"""Kinds that are stated of the actor's forces by somebody else."""


def find_obstacles(sentence: str) -> list[ObstacleSpan]:
    """The obstacles stated in `sentence`, each kind once; none where it names no forces."""
    if _CONTEXT.search(sentence) is None:
        return []
    low = lower(sentence)
    found: dict[Obstacle, ObstacleSpan] = {}
    for kind, pattern in _OBSTACLES:
        if kind in found:
            continue
        match = pattern.search(low)
        if match is not None:
            found[kind] = ObstacleSpan(match.start(), match.end(), kind)
    return sorted(found.values(), key=lambda o: o.start)
