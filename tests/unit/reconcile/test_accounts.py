"""The books of reconcile: every order of articles and outcomes ends with what is missing."""

from itertools import permutations

from services.reconcile.accounts import Accounts

A, B = "a" * 32, "b" * 32


def test_an_outcome_settles_its_article_in_either_order() -> None:
    for article_first in (True, False):
        accounts = Accounts()
        if article_first:
            accounts.article((0, 5), A, 1, now=0)
        accounts.outcome((0, 5), A, 1)
        if not article_first:
            assert accounts.early == 1
            accounts.article((0, 5), A, 1, now=0)
        assert accounts.missing() == []
        assert accounts.early == 0


def test_the_outcome_of_an_older_revision_settles_nothing() -> None:
    accounts = Accounts()
    accounts.article((0, 1), A, 1, now=0)
    accounts.article((0, 2), A, 2, now=0)
    accounts.outcome((0, 1), A, 1)
    assert accounts.missing() == [A]
    accounts.outcome((0, 2), A, 2)
    assert accounts.missing() == []


def test_a_rejected_record_is_settled_by_its_place() -> None:
    accounts = Accounts()
    accounts.article((0, 1), A, 7, now=0)
    accounts.outcome((0, 1), A, 0)
    assert accounts.missing() == []


def test_an_outcome_for_what_is_not_read_any_more_is_forgotten() -> None:
    accounts = Accounts()
    accounts.start(0, 100)
    accounts.outcome((0, 50), A, 1)
    accounts.outcome((0, 100), B, 1)
    accounts.passed((0, 100))
    assert accounts.early == 0


def test_overdue_articles_are_counted_until_their_outcome_comes() -> None:
    accounts = Accounts()
    accounts.article((0, 1), A, 1, now=10)
    assert list(accounts.overdue(before=9)) == []
    ((article_id, waiting),) = accounts.overdue(before=10)
    assert (article_id, waiting.place) == (A, (0, 1))
    accounts.republished(A, now=20)
    assert list(accounts.overdue(before=15)) == []
    assert accounts.unaccounted(before=15) == 1
    accounts.article((0, 9), A, 1, now=21)
    assert accounts.unaccounted(before=15) == 1
    accounts.outcome((0, 9), A, 1)
    assert accounts.unaccounted(before=99) == accounts.waiting == 0


def test_every_order_of_reading_gives_the_same_missing() -> None:
    events = [("article", (0, 1), A), ("article", (0, 2), B), ("outcome", (0, 2), B)]
    for order in permutations(events):
        if [e[1] for e in order if e[0] == "article"] != [(0, 1), (0, 2)]:
            continue  # places of a partition come in order
        accounts = Accounts()
        for kind, place, article_id in order:
            if kind == "article":
                accounts.article(place, article_id, 1, now=0)
            else:
                accounts.outcome(place, article_id, 1)
        assert accounts.missing() == [A]
        assert accounts.early == 0
