"""An instance for as long as a ``with`` block lasts: starts the command, reads its ready line."""

from __future__ import annotations

import contextlib
import json
import secrets
import selectors
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

READY_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20


class LocalError(Exception):
    """The instance did not start, or its control surface refused; carries its own words."""


@dataclass(frozen=True)
class Keys:
    """Credentials that the instance made, and boto3 clients that use them."""

    region: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def client(self, service: str, **options: Any) -> Any:
        """Give a boto3 client that signs with these."""
        import boto3  # noqa: PLC0415 - who only wants endpoints needs no boto3

        session: Any = boto3.session.Session(
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            region_name=self.region,
        )
        return session.client(service, endpoint_url=self.endpoint_url, **options)


@dataclass(frozen=True, kw_only=True)
class Account(Keys):
    """An account of the instance, with its root keys; ``made``: what the seed found missing."""

    account_id: str
    made: tuple[str, ...] = ()


class ElastiCacheLocal:
    """A local ElastiCache as a child process; it ends with the block, or with this process."""

    def __init__(
        self,
        *,
        speed: float = 1,
        engines: bool = True,
        data_dir: Path | str | None = None,
        accept_unknown_keys: bool = False,
        region: str = "us-east-1",
        switches: Mapping[str, str] | None = None,
    ) -> None:
        # The child stops when our end of its standard input is closed: also by our own death.
        self._arguments = ["--port", "0", "--speed", str(speed), "--until-eof"]
        if not engines:
            self._arguments.append("--no-engines")
        if accept_unknown_keys:
            self._arguments.append("--accept-unknown-keys")
        if data_dir is not None:
            self._arguments += ["--data-dir", str(data_dir)]
        for name, value in (switches or {}).items():
            self._arguments += ["--switch", f"{name}={value}"]
        self.region = region
        self.ready: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        self._words: IO[str]

    def start(self) -> Self:
        """Start the command and wait for its ready line."""
        self._words = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by stop
        self._process = subprocess.Popen(
            [sys.executable, "-m", "elasticache_local", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
        )
        line = _first_line(self._process.stdout)
        if not line:
            said = self._end() or "it said nothing"
            raise LocalError(f"the local ElastiCache did not start: {said}")
        self.ready = json.loads(line)
        return self

    def stop(self) -> None:
        """Stop the instance and wait until it has gone; what it complained of goes to stderr."""
        if self._process is not None and (said := self._end()):
            sys.stderr.write(f"{said}\n")

    def _end(self) -> str:
        process, self._process = self._process, None
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        with self._words as words:
            words.seek(0)
            return words.read().strip()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint_url(self) -> str:
        """Where every AWS client is pointed."""
        return str(self.ready["endpoint_url"])

    @property
    def ca_file(self) -> str:
        """The certificate authority of every cache's endpoints."""
        return str(self.ready["ca_file"])

    def client(self, service: str, **options: Any) -> Any:
        """Give a boto3 client of the default account (its root)."""
        return self.signed_by(self.ready["access_key_id"], self.ready["secret_access_key"]).client(
            service, **options
        )

    def signed_by(
        self, access_key_id: str, secret_access_key: str, session_token: str | None = None
    ) -> Keys:
        """Give clients that use these keys: those of an IAM user or of a role."""
        return Keys(self.region, self.endpoint_url, access_key_id, secret_access_key, session_token)

    def account(self, account_id: str | None = None, **seed: Any) -> Account:
        """Give an account with everything named in the seed; a fresh one unless an id is given."""
        account_id = account_id or str(secrets.randbelow(9 * 10**11) + 10**11)
        region = seed.pop("region", self.region)
        made = self.control("seed", {"account_id": account_id, "region": region} | seed)
        return Account(
            account_id=account_id,
            region=region,
            endpoint_url=self.endpoint_url,
            access_key_id=made["access_key_id"],
            secret_access_key=made["secret_access_key"],
            made=tuple(made["made"]),
        )

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST to the control surface (GET for ``status``), and give its answer."""
        request = urllib.request.Request(  # noqa: S310 - the address is the instance's own
            f"{self.ready['control_url']}/{path}",
            data=None if path == "status" else json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
        )
        # A proxy from the environment must not stand between us and loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                raise LocalError(json.load(refused)["error"]) from None


def _first_line(output: IO[str] | None) -> str:
    """Give the ready line, or nothing when the process has ended or time is up."""
    assert output is not None
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        # It is written in one piece, so that the first byte means the whole line.
        return output.readline() if selector.select(READY_TIMEOUT_S) else ""
