"""It is so that what the data plane puts off comes in the service's time, however that moves."""

import asyncio

import pytest

from elasticache_local.host.timer import Timers


async def due_after(timers, seconds, then=lambda: None):
    """Put something off, do something, and give how long it really took (at most a second)."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    began = loop.time()
    timers.later(seconds, done.set)
    then()
    async with asyncio.timeout(1):
        await done.wait()
    return loop.time() - began


def test_it_comes_at_the_speed_of_the_start():
    async def lived():
        return await due_after(Timers(speed=100), 5)

    assert 0.04 < asyncio.run(lived()) < 0.5


def test_what_was_put_off_before_comes_sooner_at_another_speed_and_later_at_a_slower_one():
    async def lived():
        timers = Timers(speed=0.001)
        sooner = await due_after(timers, 20, lambda: timers.pace(1000))
        with pytest.raises(TimeoutError):
            await due_after(timers, 20, lambda: timers.pace(0.001))
        return sooner

    assert asyncio.run(lived()) < 0.5


def test_time_that_is_moved_forward_brings_it_about_and_nothing_that_is_due_after():
    async def lived():
        timers, early = Timers(), []
        timers.later(7200, early.append, "too early")
        took = await due_after(timers, 3600, lambda: timers.advance(3600))
        return took, early

    took, early = asyncio.run(lived())
    assert (took < 0.5, early) == (True, [])


def test_what_is_taken_back_does_not_happen():
    async def lived():
        timers, happened = Timers(speed=1000), []
        timers.later(1, happened.append, "taken back").cancel()
        await due_after(timers, 20)
        return happened

    assert asyncio.run(lived()) == []
