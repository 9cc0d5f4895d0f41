"""A line of the log says what was told along with the event."""

import logging

from elasticache_local.log import LineFormatter


def test_a_line_says_what_was_told_with_it():
    record = logging.makeLogRecord(
        {"name": "n", "levelname": "WARNING", "msg": "cache.%s", "args": ("unsettled",)}
        | {"key": "orders", "why": "the engine hung up"}
    )

    once, again = LineFormatter().format(record), LineFormatter().format(record)

    assert once.endswith(" WARNING n cache.unsettled key=orders why=the engine hung up")
    assert again == once
