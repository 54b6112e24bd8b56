"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re

_FORCES = re.compile(
    r"\b(?:troops?|soldiers?|peace-?keep\w*|servicemen|paratroopers?|infantry|battalions?|brigades?|battlegroups?|"
    r"contingents?|frigates?|warships?|destroyers?|corvettes?|mine-?(?:hunt|sweep)\w*|fighter jets?|warplanes?|"
    r"military (?:aid|assistance|support|mission|personnel|trainers|advis\w+|observers|help|package|equipment)|armed forces|forces|"
    r"boots on the ground|air(?:-|\s)(?:defen[cs]e|policing)|patriots?|ammunition|munitions|missiles?|howitzers?|"
    r"tanks|weapons|ceasefire (?:monitors|observers)|truce monitors|security (?:mission|guarantees?|force)|multinational|"
    r"coalition of the willing|gendarmes?|police officers|instructors|trainers|sappers|deminers|demining|drones|"
    r"intelligence[- ]sharing|navy|naval|jets|f-16s?|f-35s?|submarines?|monitors|observers|UNIFIL|MONUSCO|KFOR|"
    r"helicopters?|intelligence|security assistance|airspace|engineers|field hospital|vessels?|minehunters?|force|officers|police|aircraft|armou?red vehicles|medical unit|medics|battlegroup|observer|mission|shells|howitzers|batter(?:y|ies)|squadrons?|ships?|company of)\b",
    re.IGNORECASE,
)
_MOVES = re.compile(
    r"\b(?:send\w*|sent|deploy\w*|dispatch\w*|contribut\w+|provid\w+|suppl(?:y|ies|ied|ying)|deliver\w*|donat\w+|station\w*|"
    r"pledg\w+|promis\w+|commit\w*|offer\w*|announc\w+|approv\w+|authori[sz]\w+|order\w*|withdr[ae]w\w*|"
    r"pull\w*|recall\w*|suspend\w*|halt\w*|ready|willing|consider\w*|mull\w*|weigh\w*|rul(?:e|ed|es|ing) out|"
    r"refus\w+|reject\w*|declin\w+|join\w*|tak(?:e|es|ing) part|took part|participat\w+|arriv\w+|land(?:ed|s)|leav\w+|left|"
    r"sign(?:s|ed)|train\w*|fund\w*|keep\w*|maintain\w*|lead|leads|led|has|have|scale|end(?:s|ed)?|"
    r"rotat\w+|mandate\w*|vot(?:e|ed|es)|back(?:s|ed)?|step(?:s|ped)? up|transfer\w*|hand\w*|patrol\w*|escort\w*|veto\w*|"
    r"lack\w*|short\w*|stretched|unclear|oppos\w+|warn\w*|divided|divisions?|blocked|needs?|depends?|without|are|is)\b",
    re.IGNORECASE,
)
_HEAD = 200_000


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces or arms, and something done with them."""
    head = text[:_HEAD]
    return bool(_FORCES.search(title) or _FORCES.search(head)) and bool(
        _MOVES.search(title) or _MOVES.search(head)
    )


_MILITARY = re.compile(
    r"\b(?:troops?|soldiers?|peace-?keep\w*|battalions?|brigades?|battlegroups?|frigates?|warships?|military|"
    r"armed forces|NATO|ceasefire|coalition of the willing|multinational force|defen[cs]e minist\w+|army|"
    r"air defen[cs]e|missiles|ammunition|deployment|deploy(?:ed|s|ing)?)\b",
    re.IGNORECASE,
)


def is_military(text: str) -> bool:
    """Whether a text as a whole speaks of forces: at least three such words, or two in a short one."""
    needed = 3 if len(text) > 400 else 2
    for count, _ in enumerate(_MILITARY.finditer(text[:_HEAD]), 1):
        if count >= needed:
            return True
    return False
