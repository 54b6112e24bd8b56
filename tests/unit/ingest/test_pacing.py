"""One host is asked at its pace, others meanwhile."""

import asyncio

import pytest

from pledgewatch.outcome import Retry
from services.ingest.pacing import WAIT_SECONDS_MAX, Pacing


async def test_turns_at_one_host_are_apart() -> None:
    pacing = Pacing(0.05)
    clock = asyncio.get_running_loop().time
    started = clock()
    await asyncio.gather(*(pacing.turn("a.example") for _ in range(4)), pacing.turn("b.example"))
    assert clock() - started >= 0.15


async def test_another_host_does_not_wait() -> None:
    pacing = Pacing(30)
    async with asyncio.timeout(5):
        for number in range(100):
            await pacing.turn(f"{number}.example")


async def test_a_host_on_hold_is_left_for_later() -> None:
    pacing = Pacing(0)
    pacing.hold("a.example", WAIT_SECONDS_MAX + 100)
    with pytest.raises(Retry) as retry:
        await pacing.turn("a.example")
    assert retry.value.after is not None
    assert retry.value.after > WAIT_SECONDS_MAX
    await pacing.turn("b.example")


async def test_the_site_can_ask_for_a_longer_delay() -> None:
    pacing = Pacing(0)
    await pacing.turn("a.example", delay=WAIT_SECONDS_MAX + 10)
    with pytest.raises(Retry):
        await pacing.turn("a.example")
