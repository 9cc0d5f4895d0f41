"""The Runtime API of one invocation, on loopback (Lambda guide, custom runtimes).

The client asks for the next event, works, and posts a response or an error; then it asks again and
gets no answer any more: each invocation here has a process of its own.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_START = "/2018-06-01/runtime/"
LARGEST = 6 * 1024 * 1024


@dataclass(frozen=True)
class Event:
    """What a function is called with."""

    request_id: str
    function_arn: str
    deadline_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it posted; ``failed`` is the word that Lambda gives in X-Amz-Function-Error."""

    payload: bytes
    failed: str = ""


class RuntimeApi:
    """Serves one event, and keeps what comes back. ``address`` is host:port."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.done = threading.Event()
        self.outcome: Outcome | None = None
        self._lock, self._given = threading.Lock(), False
        self._closed = threading.Event()
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="runtime-api", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving; whoever waits for a second event is let go."""
        self._closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self) -> Event | None:
        """Give the event once; later callers wait until it is over."""
        with self._lock:
            first, self._given = not self._given, True
        if first:
            return self.event
        self._closed.wait()
        return None

    def keep(self, outcome: Outcome) -> None:
        """Keep the first outcome."""
        with self._lock:
            if self.outcome is None:
                self.outcome = outcome
        self.done.set()


class _Server(ThreadingHTTPServer):
    """Says nothing of a client that was ended while it waited."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One request of the client."""

    api: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        event = self.api.take() if self.path == f"{_START}invocation/next" else None
        if event is None:
            self._say(404)
            return
        self._say(
            200,
            event.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{event.request_id[:8]}-{'0' * 24}",
            },
        )

    def do_POST(self) -> None:
        payload = self._body()
        start = f"{_START}invocation/{self.api.event.request_id}"
        if self.path == f"{start}/response":
            if len(payload) > LARGEST:
                payload = _too_large(len(payload))
                self.api.keep(Outcome(payload, "Unhandled"))
                self._say(413)
                return
            self.api.keep(Outcome(payload))
        elif self.path in (f"{start}/error", f"{_START}init/error"):
            self.api.keep(Outcome(payload, "Unhandled"))
        else:
            self._say(404)
            return
        self._say(202)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Say nothing per request."""


def _too_large(size: int) -> bytes:
    words = f"Response payload size ({size} bytes) exceeded maximum allowed payload size"
    text = (
        f'{{"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "{words} ({LARGEST})."}}'
    )
    return text.encode()
