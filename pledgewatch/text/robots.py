"""What a site's robots.txt says about one URL."""

import msgspec
from protego import Protego

DELAY_SECONDS_MAX = 30.0


class RobotsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the URL may be fetched, and the pause between requests that the site asks for."""

    allowed: bool
    delay_seconds: float


def ask_robots(body: bytes, url: str, user_agent: str) -> RobotsAnswer:
    """The answer of a robots.txt (RFC 9309) for a URL; the delay is capped."""
    rules = Protego.parse(body.decode("utf-8", "replace"))
    delay = rules.crawl_delay(user_agent) or 0.0
    return RobotsAnswer(
        allowed=bool(rules.can_fetch(url, user_agent)),
        delay_seconds=min(float(delay), DELAY_SECONDS_MAX),
    )
