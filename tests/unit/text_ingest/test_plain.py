"""Text without markup and invisible characters, with its paragraphs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch.text.plain import cut, html_text, one_line, paragraphs


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("no markup", "no markup"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One <b>bold</b> word.</p>", "One bold word."),
        ("One<br>line", "One line"),
        ("<div>One<div>Two</div>Three</div>", "One\n\nTwo\n\nThree"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("R&amp;D &lt;b&gt; caf&eacute; &#8211; &#x2014;", "R&D <b> café – —"),
        ("<script>alert(1)</script><p>Text</p>", "Text"),
        ("<style>p{}</style>Text<!-- hidden -->", "Text"),
        ("<img src=x onerror=alert(1)>Text", "Text"),
        ("a < b and c > d", "a < b and c > d"),
        ("fewer than <a dozen", "fewer than <a dozen"),
        ("<p></p>", ""),
        ("<!-- only -->", ""),
        ("", ""),
        ("<p>un<b>closed", "unclosed"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb"),
        ("<p>half\nwrapped\nline</p>", "half wrapped line"),
    ],
)
def test_html(markup: str, expected: str) -> None:
    assert html_text(markup) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One\nwrapped.\nTwo.", "One wrapped.\n\nTwo."),
        ("One.\nstill one\n\nTwo.", "One. still one\n\nTwo."),
        ("One.\r\n\r\nTwo.", "One.\n\nTwo."),
        ("One.\n \t\n\n\nTwo.  ", "One.\n\nTwo."),
        ("One.\u2029Two.", "One.\n\nTwo."),
        ("a\x00b\x07c\x1b[31md", "abc[31md"),
        ("tr\u200boo\u200dps\ufeff\u00ad", "troops"),
        ("safe\u202etxet\u202c", "safetxet"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\u00a0b", "a b"),
        ("will\x0bnot\x0cgo", "will not go"),
        ("will\n\x0cnot go", "will not go"),
        ("2,000 troo-\nps", "2,000 troops"),
        ("2,000 troo\u00ad\nps", "2,000 troops"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("   ", ""),
    ],
)
def test_paragraphs(text: str, expected: str) -> None:
    assert paragraphs(text) == expected


@given(st.text())
def test_text_is_clean_and_stays_so(text: str) -> None:
    clean = paragraphs(text)
    assert clean == unicodedata.normalize("NFC", clean)
    clean.encode()
    assert not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs")
        for character in clean.replace("\n", "")
    )
    assert paragraphs(clean) == clean or "\n\n" not in clean
    assert "\n" not in one_line(text)


@given(st.text())
def test_html_is_total(text: str) -> None:
    html_text(f"<p>{text}</p>&amp;").encode()


@pytest.mark.timeout(20)
def test_heaped_marks_cost_no_time() -> None:
    assert len(paragraphs("n" + "\u0316\u0301" * 200_000 + "ot")) < 50


def test_cut_between_words() -> None:
    assert cut("one two three", 9) == "one two"
    assert cut("one two", 9) == "one two"
    assert cut("x" * 300, 200) == "x" * 200
