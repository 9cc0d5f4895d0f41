"""An HTTP proxy on loopback between the tool and the service; it counts calls and tells of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_READS = re.compile(r"Describe|List|Get|AssumeRole|BatchGet")
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Proxy:
    """Where it listens, and the calls that came, oldest first, as (service, action)."""

    def __init__(self, target: str) -> None:
        self.url = ""
        self.calls: list[tuple[str, str]] = []
        self.on_write: Callable[[int, str], None] = lambda _number, _moment: None
        """Told of each write with its number: ``before`` it is passed on, ``after`` it was done,
        and when ``half`` of the answer has been given."""
        self.on_body: Callable[[str, str, bytes], None] = lambda _service, _action, _body: None
        """Told of each request's body."""
        self._target = urlsplit(target)
        self._lock = threading.Lock()

    @property
    def writes(self) -> list[str]:
        """Give the calls that change the estate, without those of the lease and of sessions."""
        with self._lock:
            return [action for service, action in self.calls if _is_write(service, action)]

    def took(self, headers, body: bytes) -> int:
        """Note a call; gives its number if it is a write, else 0."""
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
        named = headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = named or parse_qs(body.decode()).get("Action", ["?"])[0]
        service = scope[1] if scope else "?"
        self.on_body(service, action, body)
        with self._lock:
            self.calls.append((service, action))
            return sum(_is_write(*call) for call in self.calls) * _is_write(service, action)

    def pass_on(self, path: str, body: bytes, headers) -> tuple[int, list[tuple[str, str]], bytes]:
        """Give the service's answer; the Host header stays as it was signed."""
        onward = HTTPConnection(self._target.hostname, self._target.port, timeout=60)
        try:
            onward.request("POST", path, body, dict(headers))
            answer = onward.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            onward.close()


def _is_write(service: str, action: str) -> bool:
    return service in ("elasticache", "tagging") and not _READS.match(action)


@contextmanager
def between(target: str) -> Iterator[Proxy]:
    """Listen for the length of the block."""
    proxy = Proxy(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            number = proxy.took(self.headers, body)
            if number:
                proxy.on_write(number, "before")
            try:
                status, headers, told = proxy.pass_on(self.path, body, self.headers)
            except (OSError, HTTPException):
                self.close_connection = True
                return
            if number:
                proxy.on_write(number, "after")
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _OF_ONE_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            half = len(told) // 2
            self.wfile.write(told[:half])
            if number:
                self.wfile.flush()
                proxy.on_write(number, "half")
            self.wfile.write(told[half:])

        def log_message(self, *_):
            pass

        def handle(self):
            try:
                super().handle()
            except OSError:  # the other side was killed
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
