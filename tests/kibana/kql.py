"""KQL, as far as the dashboards use it, to Elasticsearch's queries as Kibana makes them."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*") | (?P<operator><=|>=|<|>|:) | (?P<bracket>[()]) |
        (?P<word>[^\s():<>"]+)
    )""",
    re.VERBOSE,
)
RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def parse(query: str) -> Json:
    """The query for a KQL text; all documents for none.

    >>> parse('not level: "signed"')
    {'bool': {'must_not': [{'match_phrase': {'level': 'signed'}}]}}
    """
    if not query.strip():
        return {"match_all": {}}
    parser = _Parser(query)
    found = parser.either()
    if parser.token is not None:
        raise ValueError(f"{query!r}: {parser.token!r} is too much")
    return found


def fields_of(query: str) -> list[str]:
    """The fields that a KQL text names."""
    return [field for field, _ in conditions(parse(query))]


def conditions(query: Any) -> Iterator[tuple[str, str | None]]:
    """Each field of a query, with the value that it is to have (None: any, or a range)."""
    if isinstance(query, list):
        for one in query:
            yield from conditions(one)
    elif isinstance(query, dict):
        for key, value in query.items():
            if key == "match_phrase":
                yield from value.items()
            elif key == "range":
                yield from ((field, None) for field in value)
            elif key == "exists":
                yield value["field"], None
            else:
                yield from conditions(value)


def _tokens(query: str) -> Iterator[str]:
    at = 0
    while query[at:].strip():
        found = TOKEN.match(query, at)
        if found is None:
            raise ValueError(f"{query!r} cannot be read from {query[at:]!r} on")
        yield found.group().strip()
        at = found.end()


class _Parser:
    """`or` binds less than `and`, that less than `not`."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = list(_tokens(query))
        self._at = 0

    @property
    def token(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        if self.token is None:
            raise ValueError(f"{self._query!r} ends too early")
        found = self.token
        self._at += 1
        return found

    def either(self) -> Json:
        found = [self._all()]
        while self.token == "or":  # a word of the query
            self._take()
            found.append(self._all())
        return found[0] if len(found) == 1 else _should(found)

    def _all(self) -> Json:
        found = [self._one()]
        while self.token == "and":
            self._take()
            found.append(self._one())
        return found[0] if len(found) == 1 else {"bool": {"filter": found}}

    def _one(self) -> Json:
        if self.token == "not":
            self._take()
            return {"bool": {"must_not": [self._one()]}}
        if self.token == "(":
            self._take()
            found = self.either()
            self._close()
            return found
        field, operator = self._take(), self._take()
        if operator in RANGES:
            return {"range": {field: {RANGES[operator]: _value(self._take())}}}
        if operator != ":":
            raise ValueError(f"{self._query!r}: {operator!r} behind {field}")
        if self.token != "(":
            return _is(field, self._take())
        self._take()
        values = [_is(field, self._take())]
        while self.token == "or":
            self._take()
            values.append(_is(field, self._take()))
        self._close()
        return _should(values)

    def _close(self) -> None:
        if self._take() != ")":
            raise ValueError(f"{self._query!r}: a bracket stays open")


def _is(field: str, token: str) -> Json:
    if token == "*":
        return {"exists": {"field": field}}
    return {"match_phrase": {field: _value(token)}}


def _value(token: str) -> str:
    return token[1:-1] if token.startswith('"') else token


def _should(queries: list[Json]) -> Json:
    return {"bool": {"should": queries, "minimum_should_match": 1}}
