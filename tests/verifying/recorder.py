"""An engine's own log of what it ran: MONITOR, from before some work until after it."""

from __future__ import annotations

import secrets
import shlex
import threading
from collections.abc import Callable

from verifying.engines import Engine


def recorded(engine: Engine, work: Callable[[], object]) -> list[tuple[str, ...]]:
    """Give every command that the engine ran for others while the work was done."""
    nonce, commands = secrets.token_hex(8), []
    started = threading.Event()

    def listen() -> None:
        with engine.admin.monitor() as monitor:
            started.set()
            for one in monitor.listen():
                if nonce in one["command"]:
                    return
                commands.append(tuple(shlex.split(one["command"])))

    thread = threading.Thread(target=listen)
    thread.start()
    assert started.wait(5)
    work()
    engine.tell("ECHO", nonce)
    thread.join(30)
    assert not thread.is_alive()
    return commands
