"""A serverless cache is at rest in whatever letters the service says so."""

from __future__ import annotations

import build
from inprocess import InProcess


class Capitals:
    """A Reader that gives every status in capitals."""

    def __init__(self, reader):
        self.reader = reader

    def pages(self, *asked):
        for found in self.reader.pages(*asked):
            yield {**found, "Status": found["Status"].upper()}


def test_a_status_in_capitals_is_the_same_status():
    bench = InProcess()
    bench.aws("create_serverless_cache", ServerlessCacheName="carts", Engine="valkey")
    bench.settle()
    kind = build.KIND["serverless_cache"]

    [plain] = kind.observe(bench.reader(), frozenset())
    [shouted] = kind.observe(Capitals(bench.reader()), frozenset())

    assert shouted == plain
    assert shouted.at_rest
