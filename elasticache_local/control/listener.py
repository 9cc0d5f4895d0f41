"""The control surface on loopback: JSON in, JSON out, every refusal a sentence."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

logger = logging.getLogger(__name__)

Body = Mapping[str, Any]
Route = Callable[[Body], Mapping[str, Any]]
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; a seed of ten thousand secrets stays below."""

_POLL_S = 0.1
"""How long a stop takes to be noticed."""


class Refusal(Exception):
    """What was asked can't be done; the sentence is the answer's ``error``."""


class Listener:
    """Serves ``routes``, keyed ``GET /status``, on a port from the kernel."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        handler = type("_BoundHandler", (_Handler,), {"routes": routes})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="control", daemon=True
        )

    @property
    def url(self) -> str:
        """Where the surface is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes: Mapping[str, Route]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        try:
            status, answer = self._outcome()
        except Exception:
            logger.exception("control.crashed", extra={"path": self.path})
            status, answer = 500, {"error": "the control surface met an error; the log says where"}
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        # Whoever asked may have gone: nobody is to be told of that.
        with contextlib.suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(text)

    def _outcome(self) -> tuple[int, Mapping[str, Any]]:
        # A page in a browser can post here, but not under this name and not as JSON.
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host not in {"127.0.0.1", "localhost"}:
            return self._refused(403, "the control surface answers to 127.0.0.1 and localhost only")
        path = self.path.partition("?")[0]
        route = self.routes.get(f"{self.command} {path}")
        if route is None:
            names = ", ".join(sorted(self.routes))
            return self._refused(404, f"there is no {self.command} {path}; there are {names}")
        try:
            return 200, route(self._body())
        except Refusal as refusal:
            return 400, {"error": str(refusal)}

    def _body(self) -> Body:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refusal("the body's length is missing or too large")
        text = self.rfile.read(int(length))
        if not text:
            return {}
        if self.headers.get_content_type() != "application/json":
            raise Refusal("the body must be sent as application/json")
        try:
            body = json.loads(text)
        except ValueError as err:
            raise Refusal(f"the body is no JSON: {err}") from None
        if not isinstance(body, dict):
            raise Refusal("the body must be a JSON object")
        return body

    def _refused(self, status: int, sentence: str) -> tuple[int, Mapping[str, Any]]:
        self.close_connection = True
        return status, {"error": sentence}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's own name
        logger.debug("control.request", extra={"words": format % args})
