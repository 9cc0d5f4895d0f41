"""The running service's time."""

import time

import pytest

from elasticache_local.control.clock import MovableClock
from elasticache_local.control.options import Options
from elasticache_local.control.process import orders_of
from elasticache_local.instance import Instance


def test_time_passes_as_fast_as_it_is_told():
    clock = MovableClock(speed=1000)
    before, began = clock.now(), time.monotonic()
    time.sleep(0.01)

    passed = clock.now() - before

    assert 10 <= passed <= 1000 * (time.monotonic() - began)


def test_another_speed_does_not_jump():
    clock = MovableClock(speed=1)
    before = clock.now()

    clock.speed = 1_000_000
    clock.speed = 1

    assert 0 <= clock.now() - before < 10_000


def test_time_is_moved_forward_only():
    clock = MovableClock()
    before = clock.now()

    clock.advance(3600)

    assert clock.now() >= before + 3600
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_clock_that_ran_fast_goes_on_where_it_was():
    later = time.time() + 10_000

    assert MovableClock(start=later).now() >= later
    assert MovableClock(start=0).now() >= time.time() - 1


@pytest.mark.parametrize("jump_s", [-86400, 86400 * 365])
def test_a_wall_clock_that_is_set_moves_nothing(monkeypatch, jump_s):
    clock = MovableClock()
    before, wall = clock.now(), time.time

    monkeypatch.setattr(time, "time", lambda: wall() + jump_s)

    assert 0 <= clock.now() - before < 60


def test_a_wall_clock_that_was_set_back_while_nothing_ran_stops_no_life_cycle(monkeypatch):
    kept, wall = MovableClock().now(), time.time
    monkeypatch.setattr(time, "time", lambda: wall() - 86400)

    assert MovableClock(start=kept).now() >= kept


def test_the_data_plane_starts_at_the_speed_of_the_service(tmp_path):
    with Instance(tmp_path) as instance:
        orders = orders_of(Options(speed=10), instance)

    assert orders.speed == 10
    assert (orders.fail_over_s, orders.replace_s) == (1.0, 20.0)
