"""CONTROL as a process: puts the parts together, says when it is ready, takes them apart again."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from elasticache_local.control.options import Options
from elasticache_local.host.link import ProcessHost
from elasticache_local.host.orders import Orders
from elasticache_local.instance import Instance

_LOOK_EVERY_S = 5.0


def serve(options: Options, ready: Callable[[str], None]) -> int:
    """Serve until somebody stops it; ``ready`` gets the ready line once."""
    with stopper() as (stop, stopped), Instance(options.data_dir) as instance:
        verdicts = _Later()
        # First: it finds engines while this process still imports.
        host = ProcessHost(orders_of(options, instance), verdicts)
        try:
            from elasticache_local.control.running import Running  # noqa: PLC0415 - as said above

            with Running(options, instance, host, stop) as running:
                verdicts.answer = running.verdict
                line = running.line()
                instance.tell_ready(line)
                ready(json.dumps(line))
                _wait(options, running.idle_s, stopped)
        finally:
            host.stop()
    return 0


def orders_of(options: Options, instance: Instance) -> Orders:
    """Give what HOST is started with: its times pass at the service's speed."""
    return Orders(
        data_dir=str(instance.folder),
        engines=options.engines,
        keep_data=instance.kept,
        speed=options.speed,
    )


class _Later:
    """A verdict for HOST, which is started before anything can be judged."""

    def __init__(self) -> None:
        self.answer: Callable[[str, str, str], bool] = lambda _key, _user, _token: False

    def __call__(self, key: str, user: str, token: str) -> bool:
        return self.answer(key, user, token)


@contextlib.contextmanager
def stopper() -> Iterator[tuple[Callable[[], None], int]]:
    """Give a function that asks for the end, and a descriptor that can be read when it is asked.

    SIGTERM and SIGINT ask for it too. A pipe, because a handler may run while any lock is held.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def stop(*_: Any) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(writer, b"x")

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop, reader
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        os.close(reader)
        os.close(writer)


def _wait(options: Options, idle_s: Callable[[], float], stopped: int) -> None:
    """Return when the end is asked for, standard input has ended, or it was idle for too long."""
    limit = options.idle_timeout_s
    watched = [stopped, *([sys.stdin.fileno()] if options.until_eof else [])]
    look_every_s = min(_LOOK_EVERY_S, limit / 4) if limit else None
    while True:
        found, _, _ = select.select(watched, [], [], look_every_s)
        if stopped in found or (found and not os.read(found[0], 4096)):
            return
        if limit and idle_s() > limit:
            return
