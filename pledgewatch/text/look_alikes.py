"""Letters that look like Latin ones: of other scripts, small capitals, letters of phonetics."""

import re
import unicodedata
from functools import lru_cache

# The letters that Unicode 15.1's confusables.txt (UTS #39; © Unicode, Inc., Unicode License) takes
# for a Latin letter, with or without marks. Left out are the letters before U+0180, which are of
# living Latin alphabets (ı, þ), and what NFKC or a letter's name tells already.
# fmt: off
_CONFUSABLE = {
    "A": "ΑАᎪᗅꓮ𐊠𖽀",
    "a": "ɑαаꭺ",
    "B": "ƄΒБВЬѢҌᏏᏴᗷꓐꞴ𐊂𐊡𐌁",
    "b": "вѣҍᏼᑲᑳᒈᖯ",
    "C": "ϹСҪᏟⲤꓚ𐊢𐌂𐐕𐔜",
    "c": "ϲсҫⲥꮯ𐐽",
    "D": "ᎠᏧᗞᗪꓓ",
    "d": "ԁᑯᒇꓒꭰ",
    "E": "ΕЕᎬⴹꓰ𐊆𑢦𑢮",
    "e": "еҽҿꬲꭼ",
    "F": "Ϝᖴꓝ𐊇𐊥𐔥𑢢",
    "f": "քẝꬵ𑣂",
    "G": "ԌᏀᏳꓖ",
    "g": "ƍԍցᏻꮐ",
    "H": "ΗНҢӇӉᎻᏂᏲᕼⲎꓧ𐋏",
    "h": "нћһհℏꚕꮋ",
    "I": "ƖΙІӀᎥⲒ",
    "i": "ɩιіӏᵻᵼꙇꭵ𑣃𝚤",
    "J": "ͿЈᎫᒍꓙ",
    "j": "ϳјꭻ",
    "K": "ΚКҚҞᏦᛕⲔꓗ𐔘",
    "L": "ᏞᒪⳐꓡ𐐛𐔦𑢣𑢲𖼖",
    "l": "ǀ\u05d5\u05df\u05f1\u0627\u0673\u07caᛁⳑⵏꓲꮮ\ufe87\ufe88𐊊𐌉𐑃𖼨",
    "M": "ΜϺМӍᎷᗰᛖⲘꓟ𐊰𐌑",
    "m": "ʍмꮇ",
    "N": "ΝⲚꓠ𐔓",
    "n": "ηոռ",
    "O": "ΘΟОѲӨՕଠዐᎤᎾᏫⲞⴱⵁⵔ〇ꓳ𐊒𐊫𐐄𐓂𐔖𑢵",
    "o": "θοσоѳөօ\u05e1\u0647\u06be\u06c1\u06d5\u06ffഠတဝჿᴑⲟꬽꬾꭴꮎꮻ𐐬𐓪𑣈𑣗",
    "P": "ΡРᏢᑭᒆⲢꓑ𐊕",
    "p": "ρрᴩⲣꮲ",
    "Q": "ⵕ",
    "q": "ԛգզ",
    "R": "ƦᎡᏒᖇꓣ𐒴𖼵",
    "r": "гґғᴦⲅꭇꭈꭱꮁꮢ",
    "S": "ЅՏᏕᏚꓢ𐊖𐐠𖼺",
    "s": "ƽѕꮪ𐑈𑣁",
    "T": "ΤТҬᎢⲦꓔ𐊗𐊱𐌕𑢼𖼊",
    "t": "τтꭲ",
    "U": "ՍሀᏌᑌᑧꓴ𐓎𑢸𖽂",
    "u": "ʋυսᵾꞟꮜ𐓶𑣘",
    "V": "ѴᏙᐯⴸꓦꛟ𐔝𑢠𖼈",
    "v": "νѵ\u05d8ꮩ𑜆𑣀",
    "W": "ԜᎳᏔꓪ",
    "w": "ɯѡѽԝաꝡꮃ𑓅𑜊𑜎𑜏",
    "X": "ΧХҲᚷⲬⵝꓫꞳ𐊐𐊴𐌗𐔧",
    "x": "хᕁᕽ",
    "Y": "ΥУҮҰᎩᎽⲨꓬ𐊲𑢤𖽃",
    "y": "ɣγуүұყᶌ𑣜",
    "Z": "ΖᏃꓜ𑢩",
    "z": "ꮓ𑣄",
}
_ALIKE_TO_THE_EYE = {
    "A": "Λ", "E": "Є", "e": "εєɛ", "k": "κк", "N": "ПИ", "n": "пи", "R": "Я", "r": "я",
    "W": "Ш", "w": "ωш",
}
# fmt: on
"""What writers put for a Latin letter though Unicode does not take the one for the other."""
_LATIN = {
    alike: letter
    for table in (_CONFUSABLE, _ALIKE_TO_THE_EYE)
    for letter, all_alike in table.items()
    for alike in all_alike
}
_NAME = re.compile(
    r"LATIN (?:LETTER SMALL CAPITAL|(?:SMALL|CAPITAL) LETTER(?: SCRIPT)?) ([A-Z])(?: WITH .+)?"
)
_FIRST, _FIRST_NAMED = "\u0180", "\u0250"


@lru_cache(maxsize=4096)
def looks_like(letter: str) -> str | None:
    """The Latin letter that a letter is taken for; None for Latin letters with or without accents.

    >>> looks_like("\u0430"), looks_like("\u0274"), looks_like("ø")
    ('a', 'n', None)
    """
    if letter < _FIRST:
        return None
    found = _LATIN.get(letter) or _LATIN.get(unicodedata.normalize("NFKC", letter))
    if found is not None or letter < _FIRST_NAMED or not letter.isalpha():
        return found
    named = _NAME.fullmatch(unicodedata.name(letter, ""))
    if named is None or _is_of_an_alphabet(letter):
        return None
    return named[1] if letter.isupper() else named[1].lower()


def without_look_alikes(word: str) -> str:
    """A word with Latin letters for their look-alikes, where it mixes scripts or is Latin.

    A word that is wholly of another script stays.
    """
    scripts = {_script(letter) for letter in word if letter.isalpha()}
    if len(scripts) < 2 and "LATIN" not in scripts:
        return word
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    loud = len(plain) > 1 and all(map(str.isupper, plain))
    read = ""
    for letter in word:
        latin = looks_like(letter)
        if latin is None:
            read += letter
        elif loud:
            read += latin.upper()
        else:  # a look-alike that has one case only: "nᎤt"
            read += latin.lower() if read[-1:].islower() else latin
    return read


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_of_an_alphabet(letter: str) -> bool:
    """Whether it is a letter with an accent (ạ), or one of Africa's alphabets (ɗ, the small Ɗ)."""
    upper = letter.upper()
    return unicodedata.normalize("NFD", letter) != letter or (
        len(upper) == 1 and upper < _FIRST_NAMED
    )
