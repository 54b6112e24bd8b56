"""The extractor as a whole: true offsets, proof, ids, languages, any text, any order."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.extract import Extractor, Text
from pledgewatch.ontology import Kind, Level, Voice
from pledgewatch.records import ArticleRef, Mention, Proof, Sentence, Span, encode
from tests.unit.extract.helpers import EXTRACTOR, REFERENCE, mentions, short
from training.evaluate import of_sentences
from training.labels import CORPUS, sentences

WORDS = [
    "Norway",
    "France",
    "Kenya",
    "Ukraine",
    "Mali",
    "the",
    "its",
    "will",
    "would",
    "not",
    "send",
    "sent",
    "troops",
    "200",
    "soldiers",
    "to",
    "in",
    "of",
    "and",
    "if",
    "ceasefire",
    "parliament",
    "ready",
    "said",
    "Macron",
    "it",
    "that",
    "which",
    ",",
    ".",
    "“",
    "”",
    ";",
    "—",
    "withdraw",
    "has",
    "deployed",
    "two",
    "frigates",
    "offered",
    "approved",
    "deployment",
    "no",
    "plans",
    "ruled",
    "out",
    "sending",
    "must",
    "after",
    "�",
    "\x00",
    "€",
    "Poland's",
    "nоt",  # a Cyrillic letter
    "n̶o̶t̶",
    "no\u3164t",
    "wi11",
    "20O0",
    "troo-\nps",
    "\n",
    "\u2028",
]


def spans(proof: Proof) -> list[Span]:
    single = [proof.actor, proof.quantity, proof.place, proof.speaker]
    several = [*proof.level, *proof.modifiers, *proof.conditions, *proof.obstacle]
    return [*[span for span in single if span is not None], *several]


def assert_true(found: tuple[Mention, ...], title: str, text: str) -> None:
    for mention in found:
        body = title if mention.sentence.field == "title" else text
        sentence = mention.sentence
        assert body[sentence.start : sentence.end] == sentence.text
        for span in spans(mention.proof):
            assert body[span.start : span.end] == span.text
            assert sentence.start <= span.start < span.end <= sentence.end


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_every_offset_is_true(text: str) -> None:
    assert_true(mentions(text, title=text[:50]), text[:50], text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=50))
def test_any_text_is_read(text: str, title: str) -> None:
    text = f"Norway will send {text} troops to Mali {text}"
    assert_true(mentions(text, title), title, text)


@pytest.mark.parametrize("code", ["EU", "UN", "UK"])
def test_headlines_in_capitals_are_read(code: str) -> None:
    found = mentions("It rained.", title=f"{code} TO SEND 200 SOLDIERS TO MALI")
    assert {one.actor.code for one in found if one.actor} == {"GBR" if code == "UK" else code}


@pytest.mark.parametrize(
    "text",
    [
        "France and Britain backed each other and will send 10,000 troops to Ukraine.",
        "France and Britain will send 10,000 troops to Ukraine, where each side is losing men.",
    ],
)
def test_each_other_shares_no_number(text: str) -> None:
    found = [mention for mention in mentions(text) if mention.level]
    assert [(short(mention), mention.quantity) for mention in found] == [
        ("FRA:ground_troops:announced", None),
        ("GBR:ground_troops:announced", None),
    ]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "send troops ", "Norway, ", "France and ", "“", "if ", "1 ", "said it would ",
     "the parliament of ", "\0", "\ud800", "to Mali ", "troops ", "no more than ", "x-",
     "Norway Times ", "Jordan Smith ", "Congo ", "Darfur's ", "from its base in Mali "],
)  # fmt: skip
def test_a_hundred_thousand_characters_in_a_line_are_no_trouble(unit: str) -> None:
    text = "Norway will send troops to Mali. " + unit * (100_000 // len(unit))
    assert_true(mentions(text), "", text)


def test_the_same_text_gives_the_same_bytes() -> None:
    text = "Kenya and Ghana will send 200 soldiers to Mali if parliament agrees, officials said."
    once = [encode(mention) for mention in mentions(text)]
    again = Extractor().extract([Text(REFERENCE, "", text)])[0]
    assert once
    assert once == [encode(mention) for mention in again]


def test_articles_in_a_batch_do_not_touch_each_other() -> None:
    texts = [
        "Norway will send 200 soldiers to Mali.",
        "It rained.",
        "Poland ruled out sending troops.",
    ]
    batch = [Text(ArticleRef(id=str(number)), "", text) for number, text in enumerate(texts)]
    together = EXTRACTOR.extract(batch)
    assert together == [EXTRACTOR.extract([article])[0] for article in batch]
    assert [len(found) for found in together] == [1, 0, 1]


def test_ids_differ_between_the_mentions_of_an_article() -> None:
    text = "France and Britain will send troops to Mali and two frigates to the Red Sea. " * 3
    found = mentions(text, title="France to send troops to Mali")
    assert len({mention.id for mention in found}) == len(found) > 4


def test_a_headline_is_a_sentence_of_its_own() -> None:
    (found,) = mentions("It rained.", title="Norway to send 200 soldiers to Mali")
    assert found.sentence.field == "title"
    assert found.sentence.text == "Norway to send 200 soldiers to Mali"


@pytest.mark.parametrize("language", ["fr", "de", "uk"])
def test_other_languages_yield_nothing(language: str) -> None:
    text = Text(REFERENCE, "", "Norway will send 200 soldiers to Mali.", language)
    assert not text.supported
    assert EXTRACTOR.extract([text]) == [()]


def test_a_mention_carries_its_proof() -> None:
    text = "Macron said France was ready to send 2,000 troops to Ukraine if a ceasefire held."
    (found,) = mentions(text)
    assert short(found) == "FRA:ground_troops:willing"
    assert found.kind is Kind.COMMITMENT
    assert found.recipient is not None
    assert found.recipient.code == "UKR"
    assert found.place == "Ukraine"
    assert found.specific
    assert ["ready" in span.text for span in found.proof.level] == [True]
    assert found.attribution is not None
    assert (found.attribution.speaker, found.attribution.voice) == ("Macron", Voice.REPORTED)
    assert (found.cameo, found.plover) == ("0334", "AGREE")
    assert found.model == EXTRACTOR.model
    assert len(found.model.sha256) == 64


@pytest.mark.parametrize(
    "sentence",
    [
        "Khartoum refused to host UN peacekeepers and Burhan rejected any foreign force.",
        "Germany mothballed its plan to send 200 soldiers to Mali.",
        "The Netherlands will redeploy 120 paratroopers to Niamey, Ollongren reaffirmed.",
    ],
)
def test_proof_is_of_whole_words(sentence: str) -> None:
    assert_whole(mentions(sentence))


def test_proof_of_news_is_of_whole_words() -> None:
    labelled = list(itertools.islice(sentences(CORPUS / "validation"), 0, None, 10))
    assert_whole(*of_sentences(EXTRACTOR, labelled))


def assert_whole(*found: Sequence[Mention]) -> None:
    cut = [
        (span.text, mention.sentence.text)
        for mention in itertools.chain(*found)
        for span in (*mention.proof.level, *mention.proof.obstacle)
        if not is_whole(mention.sentence, span)
    ]
    assert any(found)
    assert cut == []


def is_whole(sentence: Sentence, span: Span) -> bool:
    start, end = span.start - sentence.start, span.end - sentence.start
    borders = (sentence.text[max(0, start - 1) : start + 1], sentence.text[end - 1 : end + 1])
    return not any(len(border) == 2 and border.isalnum() for border in borders)


def test_a_number_that_each_has_is_everybodys() -> None:
    found = mentions("France and Britain will each send 500 troops to Ukraine.")
    assert [mention.quantity and mention.quantity.max for mention in found] == [500, 500]


def test_a_joint_total_belongs_to_none() -> None:
    found = mentions("France and Britain will send 10,000 troops to Ukraine.")
    assert [mention.quantity for mention in found] == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "France will not send troops to Ukraine until there is a ceasefire.",
        "Poland may withdraw its troops from Mali.",
        "Poland threatened to withdraw its troops from Mali.",
        "The opposition called on Poland to withdraw its troops from Mali.",
        "Poland denied that it would withdraw its troops from Mali.",
        "If Poland withdraws its troops from Mali, others will follow.",
        "The withdrawal of Polish troops would weaken the mission in Mali.",
        "Thousands in Poland demanded that the troops be brought home from Mali.",
        "Nearly 90 percent of Poles reject the idea of sending Polish soldiers to Mali.",
        "Poland hopes to bring its soldiers home from Mali by Christmas.",
        "Polish troops in Mali are not out of the question.",
        "Sending Polish troops to Mali is out of the question, the opposition leader said.",
        "The Polish army could not keep a brigade in Mali for more than six months.",
    ],
)
def test_no_retraction_where_none_is_stated(text: str) -> None:
    assert not [m for m in mentions(text) if m.level in (Level.DECLINED, Level.WITHDRAWN)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The USS Georgia will deploy to the Red Sea with 150 sailors.", "GEO"),
        ("The Moscow Times said 200 soldiers would be sent to Mali.", "RUS"),
        ("Radio France Internationale said 200 soldiers would be sent to Mali.", "FRA"),
    ],
)
def test_ships_and_papers_are_no_states(text: str, code: str) -> None:
    assert code not in {one.actor.code for one in mentions(text) if one.actor}


def test_an_actor_of_another_clause_is_no_recipient() -> None:
    found = mentions(
        "Denmark will send a frigate and Greece will send two frigates to the naval mission."
    )
    assert [(short(mention), mention.recipient) for mention in found] == [
        ("DNK:naval:announced", None),
        ("GRC:naval:announced", None),
    ]


def test_the_seat_of_a_parliament_is_its_state_and_no_place() -> None:
    found = mentions(
        "Portugal said on Monday it would send 200 troops to the Central African Republic. "
        "The parliament in Lisbon has yet to approve the mission."
    )
    assert [short(mention) for mention in found] == [
        "PRT:ground_troops:announced",
        "PRT!parliamentary_approval",
    ]
    assert [mention.place for mention in found] == ["Central African Republic", None]


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("The two Koreas fought from 1950 to 1953.", "Britain sent 60,000 troops to that war."),
        (
            "The exercise brings 20,000 troops to northern Norway.",
            "British marines are to land near Harstad on Thursday.",
        ),
        (
            "It was a busy day.",
            "Portugal has ordered three aircraft from Brazil for its air force.",
        ),
    ],
)
def test_no_mention_after_such_a_sentence(before: str, sentence: str) -> None:
    assert mentions(f"{before} {sentence}") == ()


def test_the_country_is_the_one_named_before() -> None:
    text = "Norway met envoys from Mali. The country will send 200 soldiers there."
    (found,) = mentions(text)
    assert short(found) == "NOR:ground_troops:announced"
    assert found.proof.actor is not None
    assert found.proof.actor.text == "The country"


PLAIN = "France will send 2,000 troops to Mali."


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.upper(),
        "Fran\u200bce will send 2,000 tro\u200bops to Mali.",
        "Frаnce will sеnd 2,000 trооps to Mali.",  # Cyrillic letters
        "Ｆｒａｎｃｅ will send 2,000 troops to Mali.",
        "<p>France will send 2,000 troops to&nbsp;Mali.</p>",
        "“France will send 2,000 troops to Mali.”",
        "«France will send 2,000 troops to Mali.»",
        "France will  send\t2,000 troops to Mali .",
        "\ufeffFrance will send 2,000 troops to Mali.",
        "Frɑnce will send 2,000 trօօps to Mali.",  # a phonetic letter, Armenian ones
        "F̶r̶a̶n̶c̶e̶ will send 2̶,̶0̶0̶0̶ troops to Mali.",
        "France\u3164 will s\u2800end 2,000 tro\ufe0fops to Mali.",
        "France wi11 send 2,0OO tr00ps t0 Ma1i.",
        "France will\nsend 2,000 troo-\nps to Mali.",
        "France will\u2028send 2,000 troops\x0bto Mali.",
    ],
)
def test_tricks_of_writing_change_nothing(text: str) -> None:
    found = mentions(text)
    assert [short(mention) for mention in found] == ["FRA:ground_troops:announced"]
    assert found[0].quantity is not None
    assert found[0].quantity.max == 2000
    assert_true(found, "", text)


@pytest.mark.parametrize(
    "text",
    [
        "France will nоt send troops to Mali.",  # a Cyrillic letter
        "France will nօt send troops to Mali.",  # an Armenian one
        "France will nᎤt send troops to Mali.",  # a Cherokee one
        "France will ɴot send troops to Mali.",
        "France will ɴᴏᴛ send troops to Mali.",
        "France wonʼt send troops to Mali.",
        "France will no\u3164t send troops to Mali.",
        "France will no\u2800t send troops to Mali.",
        "France will no\u034ft send troops to Mali.",
        "France will n̶o̶t̶ send troops to Mali.",
        "France will n̸̢͎̈ö̴̲́t̷̛̰ send troops to Mali.",
        "France wi11 n0t send tr00ps to Mali.",
        "Officials told reporters that France will\nnot send troops to Mali.",
        "Officials told reporters that France will\r\nNOT send troops to Mali.",
        "Officials told reporters that France will\u2028not send troops to Mali.",
        "Officials told reporters that France will\x0bnot send troops to Mali.",
    ],
)
def test_a_trick_does_not_hide_a_refusal(text: str) -> None:
    found = mentions(text)
    assert [short(mention) for mention in found] == ["FRA:ground_troops:declined"]
    assert_true(found, "", text)


@pytest.mark.parametrize("name", ["Mali", "Ma\u200bli", "Mаli", "Ｍａｌｉ"])  # a Cyrillic letter
def test_a_trick_does_not_hide_who_receives(name: str) -> None:
    (found,) = mentions(
        f"The war in {name} goes on. {name} asked for help. Norway will send 200 soldiers."
    )
    assert found.recipient is not None
    assert found.recipient.code == "MLI"


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ("Brazzaville was calm on Monday.", "COG"),
        ("Kinshasa was calm on Monday.", "COD"),
        ("Kinshasa and Brazzaville were calm on Monday.", "COD"),
        ("The mission is to begin in May.", "COD"),
    ],
)
def test_an_article_tells_states_of_one_name_apart(before: str, code: str) -> None:
    text = f"{before} Congo will send 300 soldiers to Mali."
    assert [short(mention) for mention in mentions(text)] == [f"{code}:ground_troops:announced"]
    (found,) = mentions("Congo will send 300 soldiers to Mali.", title=before)
    assert short(found) == f"{code}:ground_troops:announced"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Côte d’Ivoire", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("Co\u0302te d’Ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("Turkiye", "TUR"),
        ("Tu\u0308rkiye", "TUR"),
    ],
)
def test_names_are_known_with_and_without_their_accents(name: str, code: str) -> None:
    text = f"{name} will send 200 soldiers to Mali."
    found = mentions(text)
    assert [short(mention) for mention in found] == [f"{code}:ground_troops:announced"]
    assert_true(found, "", text)


@pytest.mark.parametrize("text", ["", " ", " \n\t \u2028\xa0", "\u3164\u200b", "\x00"])
def test_empty_and_blank_texts_state_nothing(text: str) -> None:
    assert mentions(text, title=text) == ()
    assert EXTRACTOR.explain(Text(REFERENCE, text, text)) == []


@pytest.mark.parametrize("length", [0, 1, 100_000])
def test_texts_of_any_length_are_read(length: int) -> None:
    text = PLAIN + " word" * length
    assert_true(mentions(text), "", text)


def test_what_is_there_waits_for_nothing() -> None:
    (found,) = mentions(
        "Nigeria's first 300 soldiers reached Goma on Monday, with others to follow if parliament "
        "agrees."
    )[:1]
    assert (found.level, found.conditions, found.place) == ("deployed", (), "Goma")


def test_words_that_leave_something_open_refuse_nothing() -> None:
    germany, france = mentions(
        "Germany has not ruled out sending troops, while France will send 200 to Ukraine."
    )
    assert [one.text for one in germany.proof.level] == ["has not ruled out"]
    assert france.level == "announced"
