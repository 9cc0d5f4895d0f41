"""A pool's figures: each is driven by a test that makes exactly so many of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import redis
from verifying.engines import Engine, engines, free_port, until

from reconciler.connect import RedisConnector
from reconciler.pool import MeasuredPool, PoolFigures

pytestmark = pytest.mark.engines

MOST = 4


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    with engines(tmp_path_factory.mktemp("pool"), 1) as [one]:
        yield one


@pytest.fixture
def pool(engine) -> Iterator[MeasuredPool]:
    place = SimpleNamespace(host="127.0.0.1", port=engine.port)
    one = RedisConnector().pool(place, None, tls=False, most=MOST, wait_s=0.01)
    yield one
    one.disconnect()


def take(pool: MeasuredPool, count: int) -> list:
    return [pool.get_connection() for _ in range(count)]


def give_back(pool: MeasuredPool, taken: list) -> None:
    for one in taken:
        pool.release(one)


def test_a_new_pool_has_opened_nothing(pool):
    assert pool.figures == PoolFigures(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_each_that_had_to_be_dialled_is_a_miss(pool, count):
    take(pool, count)

    assert pool.figures == PoolFigures(0, count, 0, count, 0, 0)


@pytest.mark.parametrize("count", [1, 5])
def test_each_that_was_open_already_is_a_hit(pool, count):
    give_back(pool, take(pool, 1))

    for _ in range(count):
        give_back(pool, take(pool, 1))

    assert pool.figures == PoolFigures(count, 1, 0, 1, 1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_each_wait_in_vain_is_a_time_out(pool, count):
    take(pool, MOST)

    for _ in range(count):
        with pytest.raises(redis.ConnectionError):
            pool.get_connection()

    assert pool.figures == PoolFigures(0, MOST, count, MOST, 0, 0)


def test_what_nobody_uses_is_idle(pool):
    taken = take(pool, 3)

    give_back(pool, taken[:2])

    assert pool.figures == PoolFigures(0, 3, 0, 3, 2, 0)


@pytest.mark.parametrize("count", [1, 2])
def test_each_that_the_server_closed_meanwhile_is_stale(engine, pool, count):
    taken = take(pool, 3)
    for one in taken:
        one.send_command("CLIENT", "ID")
    ids = [one.read_response() for one in taken]
    give_back(pool, taken)

    for ident in ids[:count]:
        engine.tell("CLIENT", "KILL", "ID", ident)
    until(lambda: len(engine.admin.client_list()) <= 4 - count, "they are gone")
    again = take(pool, 3)

    assert pool.figures == PoolFigures(3 - count, 3 + count, 0, 3, 0, count)
    give_back(pool, again)


def test_one_that_could_not_be_dialled_at_first_is_stale_all_the_same(engine, pool):
    [one] = take(pool, 1)
    one.send_command("CLIENT", "ID")
    ident = one.read_response()
    give_back(pool, [one])
    engine.tell("CLIENT", "KILL", "ID", ident)
    right, one.port = one.port, free_port()
    with pytest.raises(redis.ConnectionError):
        pool.get_connection()
    one.port = right

    take(pool, 1)

    assert pool.figures == PoolFigures(0, 2, 0, 1, 0, 1)


def test_one_that_its_user_closed_is_a_miss_and_not_stale(pool):
    [one] = take(pool, 1)
    one.disconnect()
    pool.release(one)

    take(pool, 1)

    assert pool.figures == PoolFigures(0, 2, 0, 1, 0, 0)


def test_threads_do_not_lose_a_count(pool):
    def work() -> None:
        for _ in range(50):
            with redis.Redis(connection_pool=pool) as client:
                client.ping()

    threads = [threading.Thread(target=work) for _ in range(MOST)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    found = pool.figures
    assert found.hits + found.misses == 50 * MOST
    assert (found.timeouts, found.stale) == (0, 0)
    assert found.total == found.idle == found.misses <= MOST


def test_what_nobody_measured_is_absent_and_not_nought():
    assert PoolFigures(hits=0, stale=2).rows() == (("hits", "0"), ("stale", "2"))
