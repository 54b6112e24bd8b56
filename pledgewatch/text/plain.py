"""Plain text from what outlets send: no markup, no invisible characters, paragraphs kept."""

import re
import unicodedata

import lxml.html
from lxml import etree

from pledgewatch.text.lines import whole_words

PARAGRAPH_BREAK = "\n\n"

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul",
})
# fmt: on
_NOT_TEXT = ("script", "style", "noscript", "template", "iframe", "object", "svg", "head")
_MARKUP = re.compile(
    r"</?[a-zA-Z][^<>]{0,2000}>|<!--|&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);"
)
_OTHER_BREAKS = dict.fromkeys("\x0b\x85\u2028\u2029", "\n") | {"\x0c": " "}
"""What breaks a line beside the line feed; a new page alone begins no paragraph."""
_MARKS_MAX = 30
"""Marks on a letter: no language has more (UAX #15, stream-safe text)."""
_HEAP = re.compile(rf"[^\w\s\x00-\x7f]{{{_MARKS_MAX + 1},}}")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")


def one_line(text: str) -> str:
    """The text as a single line: for titles and names."""
    return " ".join(_visible(text).split())


def paragraphs(text: str) -> str:
    r"""The text with its paragraphs parted by an empty line and no other line breaks.

    Where the text has no empty lines, a line that ends a sentence ends a paragraph; other line
    breaks are taken as wrapping, and words that they cut are whole again.

    >>> paragraphs("One line\nwrapped.\nNext.")
    'One line wrapped.\n\nNext.'
    """
    visible = _visible(whole_words(text))
    blocks = (
        _BLANK_LINES.split(visible) if _BLANK_LINES.search(visible.strip()) else _unwrap(visible)
    )
    return PARAGRAPH_BREAK.join(line for block in blocks if (line := " ".join(block.split())))


def cut(text: str, characters: int) -> str:
    """At most this many characters, cut between words where one ends near enough."""
    if len(text) <= characters:
        return text
    head = text[:characters]
    return head[: max(head.rfind(" ", characters - 100), 0) or characters].rstrip()


def html_text(markup: str) -> str:
    """The text of an HTML fragment, its block elements as paragraphs; plain text stays as it is."""
    if not _MARKUP.search(markup):
        return paragraphs(markup)
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True)
    encoded = _visible(markup).encode("utf-8")
    try:
        root = lxml.html.document_fromstring(encoded, parser=parser)
    except etree.ParserError:  # nothing in it but markup
        return ""
    etree.strip_elements(root, *_NOT_TEXT, with_tail=False)
    for element in root.iter(etree.Element):
        if element.tag == "br":
            element.tail = "\n" + (element.tail or "").lstrip()
        elif element.tag in _BLOCKS:
            element.text = PARAGRAPH_BREAK + (element.text or "").lstrip()
            element.tail = PARAGRAPH_BREAK + (element.tail or "").lstrip()
    return paragraphs("".join(map(str, root.itertext())))


def _unwrap(text: str) -> list[str]:
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        blocks[-1].append(line)
        if _SENTENCE_END.search(line.rstrip()):
            blocks.append([])
    return ["\n".join(block) for block in blocks]


def _visible(text: str) -> str:
    """NFC without control, format (zero-width, bidi), private and unpaired surrogate characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii():
        return _ascii(lines)
    normal = unicodedata.normalize("NFC", _HEAP.sub(_thinned, lines))
    return "".join(map(_visible_character, normal))


def _thinned(heap: re.Match[str]) -> str:
    """Without the marks that only make the text slow to normalise."""
    kept, rest = heap[0][:_MARKS_MAX], heap[0][_MARKS_MAX:]
    return kept + "".join(one for one in rest if not unicodedata.combining(one))


def _visible_character(character: str) -> str:
    if character in "\n\t":
        return character
    if character in _OTHER_BREAKS:
        return _OTHER_BREAKS[character]
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Co" | "Cn":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


_ASCII_CONTROLS: dict[int, str | None] = {
    code: _OTHER_BREAKS.get(chr(code)) for code in (*range(32), 127) if chr(code) not in "\n\t"
}


def _ascii(text: str) -> str:
    return text.translate(_ASCII_CONTROLS)
