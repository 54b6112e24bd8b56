"""Forms of words are counted by what they are called."""

import pytest

from training.coverage import FORMS, forms
from training.labels import LabelledSentence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Chad and Mali sent 200 and 300 men respectively.", {"respectively"}),
        ("Oslo and Riga offer 20 medics apiece.", {"each, apiece"}),
        ("Zambia (one battalion) and others go.", {"parentheses"}),
        ("Fiji has put a further 150 soldiers at its disposal.", {"a further, another"}),
        ("Riga may send up to 150 soldiers.", {"up to, as many as"}),
        ("Riga said it was up to parliament.", set()),
        ("Canada will double its brigade.", {"doubling, halving"}),
        ('Paris "would not rule it out".', {"quotation"}),
        ("Medics are to be quietly sent to Goma.", {"passive of sending or ending"}),
        ("Medics were asked for news.", set()),
        ("Italy keeps two ships there.", {"number in words"}),
        ("Oslo will lend 40 to 60 medics.", {"range, from one to another"}),
        ("Oslo will lend 40–60 medics.", {"range, from one to another"}),
        ("Deputies voted 98 to 52 for it.", set()),
        ("Someone tended the weeds.", set()),
    ],
)
def test_a_form_is_found_by_its_words(text: str, found: set[str]) -> None:
    assert forms(LabelledSentence(id="1", mission="any", text=text)) == found


def test_headlines_are_counted_with_the_forms() -> None:
    one = LabelledSentence(id="1", mission="any", text="Oslo waits", title=True)
    other = LabelledSentence(id="2", mission="any", text="Oslo waits.", context="Nato meets")
    assert [forms(one), forms(other)] == [{"is a headline"}, {"under a headline"}]
    assert not FORMS.keys() & {"is a headline", "under a headline"}
