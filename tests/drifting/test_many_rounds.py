"""A watch may stand for months: a thousand rounds leave no more than ten."""

from __future__ import annotations

import gc
import tracemalloc

import build
import pytest
from watched import bench_of

from reconciler.model import AuthenticationMode

IAM = AuthenticationMode(type="iam")


@pytest.mark.slow
def test_memory_stays_flat_over_a_thousand_rounds():
    bench = bench_of([build.user("app", authentication_mode=IAM)])
    rules = ("on ~a -@all +get", "on ~b -@all +get")
    sizes: list[int] = []

    tracemalloc.start()
    try:
        for number in range(1000):
            bench.away = number % 50 in (10, 11, 12)
            if number % 40 == 0:
                bench.estate.bench.aws(
                    "modify_user", UserId="app", AccessString=rules[number // 40 % 2]
                )
            bench.round()
            # What tests and the local service keep for themselves is not the watch's.
            bench.receiver.seen.clear()
            bench.messages.clear()
            bench.fuse.passed.clear()
            bench.estate.journal.intents.clear()
            if number % 100 == 99:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert max(sizes[1:]) - sizes[0] < 2_000_000, sizes
    assert len(bench.store.text) < 500_000
