"""Text as a reader sees it, and the way back to where it stood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.text.clean import Cleaned
from pledgewatch.text.look_alikes import looks_like


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ("Fran\u200bce", "France"),
        ("Franсe", "France"),  # a Cyrillic letter
        ("ofﬁcers", "officers"),
        ("Ｆｒａｎｃｅ", "France"),
        ("France&nbsp;&amp; Italy", "France\xa0& Italy"),
        ("France&#8217;s", "France’s"),
        ("so\u00adldiers", "soldiers"),
        ("Élysée", "Élysée"),
        ("Москва", "Москва"),
        ("A & B &c.", "A & B &c."),
        ("Fran&#8203;ce", "France"),
        ("２０００ troops", "2000 troops"),
        ("𝐅𝗋𝚊𝓃ⓒ🅴", "FrancE"),
        ("", ""),
        (" \n\t ", " \n\t "),
    ],
)
def test_what_a_reader_sees(given_: str, read: str) -> None:
    assert Cleaned.of(given_).text == read


@pytest.mark.parametrize(
    "blank",
    ["\u00ad", "\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200b", "\u200d",
     "\u202e", "\u2060", "\u2800", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\U000e0041",
     "\U000e0100", "\x00", "\x7f"],
)  # fmt: skip
def test_what_renders_as_nothing_goes(blank: str) -> None:
    assert Cleaned.of(f"will no{blank}t send{blank} troops").text == "will not send troops"


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("nоt", "not"),  # Cyrillic
        ("nοt", "not"),  # Greek
        ("nօt", "not"),  # Armenian
        ("nᎤt", "not"),  # Cherokee, which has capitals alone
        ("noт", "not"),  # looks like a small capital
        ("nסt", "not"),  # Hebrew
        ("𝛮ot", "Not"),  # mathematical Greek
        ("ɴot", "not"),
        ("ɴᴏᴛ", "not"),
        ("ոօt", "not"),
        ("Frɑnce", "France"),
        ("ꜰrance", "france"),
        ("ᖴrance", "France"),
        ("FRАNСE", "FRANCE"),
        ("NоT", "NOT"),
        ("ɳot", "not"),
        ("trοορs", "troops"),
        ("won՚t", "won’t"),
        ("wonʼt", "won’t"),
    ],
)
def test_letters_that_look_like_latin_ones_are_read_as_such(word: str, read: str) -> None:
    assert Cleaned.of(word).text == read


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("n̶o̶t̶ ̶s̶e̶n̶d̶", "not send"),
        ("n̸̢͎̈ö̴̲́t̷̛̰", "not"),
        ("2̶0̶0̶", "200"),
        ("n⃝o⃝t⃝", "not"),
        ("n" + "\u0316\u0301" * 50_000, "n"),
        ("\u0301not", "not"),
        ("e\u0301", "é"),
        ("Co\u0302te d’Ivoire", "Côte d’Ivoire"),
        ("Tu\u0308rkiye", "Türkiye"),
        ("e\u0302\u0301", "ế"),
        ("и\u0306", "й"),
        ("\u0915\u093e\u0902", "\u0915\u093e\u0902"),  # vowel and nasal of Devanagari
    ],
)
@pytest.mark.timeout(20)
def test_marks_hide_nothing(word: str, read: str) -> None:
    assert Cleaned.of(word).text == read


@pytest.mark.parametrize(
    "text",
    [
        "Côte d’Ivoire, Türkiye, São Tomé, Łódź, Świdnik, Iași, Ağrı, Diyarbakır, Işık, Győr",
        "Æthelred, Þórður, Đorđe, Øresund, Ħamrun, Nguyễn, Ɗan, Ɓaure, Əliyev, ß",
        "Москва и Київ, Ελλάδα, Հայաստան, ᏣᎳᎩ, ישראל, مالي, 東京, 서울, ประเทศไทย",
        "the ВМФ and the СССР; 5 µm, 25 °C, ½, ™, №, €, “so”, ’s, … – —",
    ],
)
def test_true_letters_stay(text: str) -> None:
    assert Cleaned.of(text).text == text


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x0c", "\x85", " \n "])
def test_a_wrapped_line_goes_on(break_: str) -> None:
    text = f"France will{break_}not send tr00ps."
    clean = Cleaned.of(text)
    assert clean.text == "France will not send troops."
    assert clean.at(0, 6) == (0, 6)
    start = clean.text.index("not")
    assert slice(*clean.at(start, start + 3)) == slice(text.index("not"), text.index("not") + 3)


def test_a_soft_hyphen_ends_a_line_too() -> None:
    assert Cleaned.of("troo\u00ad\nps and sol\u00addiers").text == "troops and soldiers"


def test_the_way_back() -> None:
    text = "Ofﬁcers of Fran\u200bce &amp; Italy left."
    clean = Cleaned.of(text)
    start = clean.text.index("France & Italy")
    assert slice(*clean.at(start, start + 14)) == slice(11, 30)
    assert text[11:30] == "Fran\u200bce &amp; Italy"


ODD = st.sampled_from(
    ["\u3164", "\u2800", "\u200b", "\ufe0f", "\u00ad", "\u0336", "\u0301", "\u20dd", "о", "ɴ", "Ꭴ",
     "ﬁ", "Ａ", "𝐧", "🅰", "&amp;", "&#8203;", "\n", "\r\n", "\u2028", "\x0b", "-\n", "n0t", "wi11",
     "20O0", "l,5OO", "troo-\nps", "the\n", " ", "\ud800", "Å", "й", "ʼ"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(ODD | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_has_a_way_back(text: str) -> None:
    clean = Cleaned.of(text)
    assert clean.given == text
    reached = (0, 0)
    for index in range(len(clean.text)):
        start, end = clean.at(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start >= reached[0]  # letters of a ligature share its place
        assert end >= reached[1]
        reached = (start, end)


@given(st.text(st.sampled_from("aеɴ \u0301\u3164о.tn"), max_size=40))
def test_letters_are_read_where_they_stand(text: str) -> None:
    clean = Cleaned.of(text)
    for index, letter in enumerate(clean.text):
        start, end = clean.at(index, index + 1)
        assert text[start] == letter or looks_like(text[start]) == letter or end - start > 1
