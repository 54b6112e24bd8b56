"""Politeness: a pause between two requests to one host, longer where the host asks for it."""

import asyncio

from pledgewatch.outcome import Retry

WAIT_SECONDS_MAX = 60.0
"""A host that asks for a longer pause is left for later."""
_HOSTS_REMEMBERED = 10_000


class Pacing:
    """Gives each request its turn at a host.

    Args:
        delay: seconds between two requests to one host.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._next: dict[str, float] = {}

    async def turn(self, host: str, delay: float = 0.0) -> None:
        """Wait until the host may be asked.

        Args:
            host: its name.
            delay: seconds that the host itself asks for between requests.

        Raises:
            Retry: the host is not to be asked for longer than `WAIT_SECONDS_MAX`.
        """
        now = asyncio.get_running_loop().time()
        at = max(now, self._next.get(host, 0.0))
        if at - now > WAIT_SECONDS_MAX:
            raise Retry(f"{host} asked for a pause", after=at - now)
        if len(self._next) > _HOSTS_REMEMBERED:
            self._next = {name: time for name, time in self._next.items() if time > now}
        self._next[host] = at + max(self._delay, delay)
        await asyncio.sleep(at - now)

    def hold(self, host: str, seconds: float) -> None:
        """Do not ask the host for this long."""
        at = asyncio.get_running_loop().time() + seconds
        self._next[host] = max(at, self._next.get(host, 0.0))
