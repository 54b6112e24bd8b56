"""What robots.txt says about a page."""

from pledgewatch.text.robots import DELAY_SECONDS_MAX, ask_robots

RULES = b"""
User-agent: *
Disallow: /private/
Crawl-delay: 5

User-agent: pledgewatch
Disallow: /drafts/
Allow: /drafts/open
Crawl-delay: 900
"""


def test_named_group_counts_alone() -> None:
    agent = "pledgewatch/0.1 (news monitoring)"
    assert ask_robots(RULES, "https://n.example/private/a", agent).allowed
    assert not ask_robots(RULES, "https://n.example/drafts/a", agent).allowed
    assert ask_robots(RULES, "https://n.example/drafts/open", agent).allowed
    assert ask_robots(RULES, "https://n.example/", agent).delay_seconds == DELAY_SECONDS_MAX


def test_everyone_else() -> None:
    answer = ask_robots(RULES, "https://n.example/private/a", "other")
    assert (answer.allowed, answer.delay_seconds) == (False, 5.0)


def test_what_is_no_robots_file_allows() -> None:
    for body in (b"", b"\xff\xfe\x00", b"<html>not found</html>"):
        assert ask_robots(body, "https://n.example/a", "pledgewatch").allowed
