"""CONTROL's end of the data plane: starts HOST, keeps it running, passes messages."""

from __future__ import annotations

import json
import logging
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from elasticache_local.host import wire
from elasticache_local.host.orders import Orders
from elasticache_local.want import BadAccessString, Is, Want

Verdict = Callable[[str, str, str], bool]
"""(key of the cache, user name, token) -> whether this IAM token lets this user in."""

_logger = logging.getLogger(__name__)
_STOP_PATIENCE_S = 15.0
_ANSWER_PATIENCE_S = 30.0
_RESTART_PAUSE_S = 0.2
_STILLBORN_LIMIT = 3


class HostGone(Exception):
    """HOST did not answer in time, or is stopped."""


class HostFailed(Exception):
    """HOST could not do what was asked; carries the reason."""


class ProcessHost:
    """The data plane in a process of its own; safe to call from any thread, and never waits.

    Exceptions to that: ``normalise`` and ``status`` wait for their answer, ``stop`` for the end.
    Should HOST die it is started again and told every Want again.
    """

    def __init__(self, orders: Orders, verdict: Verdict) -> None:
        self._orders, self._verdict = orders, verdict
        self._wants: dict[str, Want] = {}
        self._normal: dict[str, str] = {}
        self._pending: dict[int, tuple[wire.Message, Future[Any]]] = {}
        self._asked = 0
        self._listeners: list[Callable[[Is], None]] = []
        self._lock = threading.Lock()
        self._stopping = self._greeted = False
        self._stillborn = 0
        """How many in a row have ended before they said anything."""
        self._hello: Future[wire.Message] = Future()
        # Answers are told by a thread of their own: who hears one may be waiting for a lock whose
        # holder waits for ``normalise``, which the reading thread must be free to answer.
        self._heard: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._questions: queue.SimpleQueue[wire.Message | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[wire.Message | None] = queue.SimpleQueue()
        self._socket, self._process = self._launch()
        for work in (self._read_for_ever, self._write, self._tell_answers, self._give_verdicts):
            threading.Thread(target=work, name=f"host-{work.__name__}", daemon=True).start()

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that signs every cache's; there once HOST is ready."""
        return Path(self._orders.data_dir) / "ca.pem"

    def engines(self, timeout_s: float = _ANSWER_PATIENCE_S) -> list[Mapping[str, str]]:
        """Wait for HOST; give what it found here (``engine``, ``version``, ``path``)."""
        found: list[Mapping[str, str]] = self._hello.result(timeout_s)["engines"]
        return found

    def listen(self, answered: Callable[[Is], None]) -> None:
        """Tell every Is to this function, from a thread of ours."""
        self._listeners.append(answered)

    def want(self, want: Want) -> None:
        """Make this true, in its own time."""
        with self._lock:
            self._wants[want.key] = want
            self._send({"do": "want", "want": wire.want_to_json(want)})

    def forget(self, key: str) -> None:
        """Stop and remove everything of this cache."""
        with self._lock:
            self._wants.pop(key, None)
            self._send({"do": "forget", "key": key})

    def pace(self, speed: float) -> None:
        """Let what HOST puts off come so many times as fast."""
        with self._lock:
            self._orders = replace(self._orders, speed=speed)
            self._send({"do": "pace", "speed": speed})

    def advance(self, seconds: float) -> None:
        """Let this much of the service's time pass at once for what HOST has put off."""
        self._send({"do": "advance", "seconds": seconds})

    def failover(self, key: str, shard: str, to_node: str) -> None:
        """Promote a replica; the next Is carries the new roles."""
        self._send({"do": "failover", "key": key, "shard": shard, "node": to_node})

    def kill_node(self, key: str, node: str) -> None:
        """End a node's engine without a word, and return once it was; it is replaced in time."""
        self._ask({"do": "kill", "key": key, "node": node})

    def cut_node(self, key: str, node: str, seconds: float) -> None:
        """Let a node answer nobody for so long; it is silent when this returns."""
        self._ask({"do": "cut", "key": key, "node": node, "seconds": seconds})

    def hold_node(self, key: str, node: str, seconds: float) -> None:
        """Let a node's fronts, as this returns, pass nothing on for so long; no failover comes."""
        self._ask({"do": "hold", "key": key, "node": node, "seconds": seconds})

    def normalise(self, access_string: str) -> str:
        """Give the string as the scratch engine stores it, or raise BadAccessString."""
        if (known := self._normal.get(access_string)) is None:
            known = self._ask({"do": "normalise", "text": access_string})
            self._normal[access_string] = known
        return known

    def status(self) -> Mapping[str, Any]:
        """Give what HOST has: engines found, and each cache's nodes, primaries and notes."""
        found: Mapping[str, Any] = self._ask({"do": "status"})
        return found

    def save(self, key: str, folder: str, saved: Callable[[str], None]) -> None:
        """Keep each shard's data under this name; tells what went wrong from a thread of ours."""
        answer: Future[Any] = Future()
        ask = self._begin({"do": "save", "key": key, "folder": folder}, answer)

        def tell(done: Future[Any]) -> None:
            self._pending.pop(ask, None)
            self._heard.put(partial(saved, str(done.exception() or "")))

        answer.add_done_callback(tell)

    def discard(self, folder: str) -> None:
        """Remove what was saved under this name."""
        self._send({"do": "discard", "folder": folder})

    def stop(self) -> None:
        """End HOST and every engine; data is saved where it is kept."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._send({"do": "stop"})
        try:
            self._process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _send(self, message: wire.Message) -> None:
        self._outbox.put(message)

    def _ask(self, message: wire.Message, patience_s: float = _ANSWER_PATIENCE_S) -> Any:
        answer: Future[Any] = Future()
        ask = self._begin(message, answer)
        try:
            return answer.result(patience_s)
        except TimeoutError:
            raise HostGone(f"no answer within {patience_s:.0f} s") from None
        finally:
            self._pending.pop(ask, None)

    def _begin(self, message: wire.Message, answer: Future[Any]) -> int:
        """Send a question, again should HOST be started again; gives its number."""
        with self._lock:
            self._asked += 1
            message["ask"] = self._asked
            if self._stopping:
                answer.set_exception(HostGone("the data plane is stopped"))
            else:
                self._pending[self._asked] = message, answer
                self._send(message)
            return self._asked

    def _launch(self, *flags: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs:
            handle = theirs.fileno()
            argv = [sys.executable, "-m", "elasticache_local.host", str(handle)]
            # A session of its own: Ctrl-C in a terminal is CONTROL's to hear, not the engines'.
            process = subprocess.Popen(
                [*argv, json.dumps(asdict(self._orders)), *flags],
                pass_fds=[handle],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return ours, process

    def _read_for_ever(self) -> None:
        while True:
            with self._socket.makefile("rb") as lines:
                try:
                    for text in lines:
                        self._take(wire.message(text))
                except (OSError, ValueError):
                    _logger.warning("host.link.broken")
            if self._stopping:
                return
            self._stillborn = 0 if self._greeted else self._stillborn + 1
            if self._stillborn == _STILLBORN_LIMIT:
                self._give_up()
                return
            self._restart()

    def _give_up(self) -> None:
        """Say to everybody who waits, now and later, that there is no data plane."""
        code = self._process.wait()
        _logger.error("host.given_up", extra={"exit": code})
        with self._lock:
            self._stopping = True
        if not self._hello.done():
            self._hello.set_exception(HostGone(f"the data plane does not start (exit {code})"))
        self._close()

    def _close(self) -> None:
        """End the threads, and whoever waits for an answer."""
        for inbox in (self._heard, self._questions, self._outbox):
            inbox.put(None)
        self._socket.close()
        self._fail_pending()

    def _restart(self) -> None:
        _logger.error("host.restarted", extra={"exit": self._process.poll()})
        time.sleep(_RESTART_PAUSE_S)
        with self._lock:
            if self._stopping:
                return
            self._process.kill()
            self._process.wait()
            self._socket.close()
            self._greeted = False
            self._socket, self._process = self._launch("--again")
            for want in self._wants.values():
                self._send({"do": "want", "want": wire.want_to_json(want)})
            for message, answer in list(self._pending.values()):
                if message["do"] != "save":
                    self._send(message)
                elif not answer.done():
                    # What it was to save went with the engines; what is there now is not that.
                    answer.set_exception(HostFailed("the data plane ended while it was saving"))

    def _take(self, message: wire.Message) -> None:
        match message["say"]:
            case "is":
                self._heard.put(partial(self._tell_is, wire.is_from_json(message["is"])))
            case "answer":
                self._answer(message)
            case "verdict":
                self._questions.put(message)
            case "hello":
                self._greeted = True
                if not self._hello.done():
                    self._hello.set_result(message)

    def _answer(self, message: wire.Message) -> None:
        _, answer = self._pending.get(message["ask"], (None, None))
        if answer is None or answer.done():
            return
        if "refused" in message:
            answer.set_exception(BadAccessString(message["refused"]))
        elif "failed" in message:
            answer.set_exception(HostFailed(message["failed"]))
        else:
            answer.set_result(message["value"])

    def _fail_pending(self) -> None:
        for _, answer in list(self._pending.values()):
            if not answer.done():
                answer.set_exception(HostGone("the data plane is stopped"))

    def _write(self) -> None:
        while (message := self._outbox.get()) is not None:
            try:
                self._socket.sendall(wire.line(message))
            except OSError:
                # HOST is gone; whatever is still wanted is sent again when it is back.
                _logger.warning("host.message.lost", extra={"do": message["do"]})

    def _tell_answers(self) -> None:
        while (tell := self._heard.get()) is not None:
            try:
                tell()
            except Exception:
                # One listener's defect must not silence the data plane for all.
                _logger.exception("host.answer.failed")

    def _tell_is(self, found: Is) -> None:
        for answered in self._listeners:
            answered(found)

    def _give_verdicts(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                good = self._verdict(question["key"], question["user"], question["token"])
            except Exception:
                _logger.exception("host.verdict.failed", extra={"key": question["key"]})
                good = False
            self._send({"do": "verdict", "ask": question["ask"], "good": bool(good)})
