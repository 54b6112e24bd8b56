"""The tests' own KQL: what the panels' queries mean."""

import pytest

from tests.kibana.kql import fields_of, parse


def test_and_binds_more_than_or_and_not_most() -> None:
    assert parse("a: 1 or not b: 2 and c: 3") == {
        "bool": {
            "should": [
                {"match_phrase": {"a": "1"}},
                {
                    "bool": {
                        "filter": [
                            {"bool": {"must_not": [{"match_phrase": {"b": "2"}}]}},
                            {"match_phrase": {"c": "3"}},
                        ]
                    }
                },
            ],
            "minimum_should_match": 1,
        }
    }


def test_values_ranges_and_presence() -> None:
    assert parse('a: ("x y" or z) and @timestamp >= "now-7d" and b: *') == {
        "bool": {
            "filter": [
                {
                    "bool": {
                        "should": [{"match_phrase": {"a": "x y"}}, {"match_phrase": {"a": "z"}}],
                        "minimum_should_match": 1,
                    }
                },
                {"range": {"@timestamp": {"gte": "now-7d"}}},
                {"exists": {"field": "b"}},
            ]
        }
    }


def test_no_query_is_all_documents() -> None:
    assert parse(" ") == {"match_all": {}}
    assert fields_of("") == []


@pytest.mark.parametrize("query", ["a", "a:", "(a: 1", "a: 1 b: 2", 'a: "x', "a < ", ")"])
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(query)
