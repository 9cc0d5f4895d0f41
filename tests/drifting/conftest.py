"""Commands as they are typed, a folder of specs, and a webhook that keeps what it hears."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from elasticache_local import ElastiCacheLocal
from elasticache_local.session import Account
from reconciler.cli import run


@dataclass
class Webhook:
    """Keeps every request; ``status`` is what it answers."""

    url: str = ""
    status: int = 200
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def webhook():
    """A receiver on loopback."""
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if kept.status == 200:
                kept.heard.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kept.url = f"json://127.0.0.1:{server.server_port}/token-in-the-path"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


SPEC = """\
version: 1
estate: {estate}
aws: {{account_id: "{account}", region: eu-west-1}}
users:
  app: {{engine: valkey, access_string: "on ~a:* -@all +get", authentication_mode: {{type: iam}}}}
user_groups:
  people: {{engine: valkey, user_ids: [app]}}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
    tags: {{team: shop}}
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass
class Folder:
    """A folder with specs of accounts of a local ElastiCache; runs commands there."""

    path: Path
    running: ElastiCacheLocal
    accounts: list[Account] = field(default_factory=list)

    def __call__(self, *arguments: str) -> Ended:
        out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.path)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(arguments)
        finally:
            os.chdir(here)
        return Ended(code, out.getvalue(), err.getvalue())

    def add(self, name: str) -> Account:
        """Write a spec of an account of its own, and apply it."""
        account = self.running.account()
        text = SPEC.format(estate=name, account=account.account_id)
        (self.path / "specs").mkdir(exist_ok=True)
        (self.path / "specs" / f"{name}.yaml").write_text(text)
        self.accounts.append(account)
        assert self("apply", f"specs/{name}.yaml", "--local", "--yes").code == 0
        return account

    def edit(self, account: Account, rules: str = "on ~* +@all") -> None:
        """Somebody widens the user's rights, past the tool."""
        account.client("elasticache").modify_user(UserId="app", AccessString=rules)
        self.running.control("clock", {"advance": 60})


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """A local ElastiCache whose folder is where --local finds it."""
    here = tmp_path_factory.mktemp("drifting")
    data = here / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1", data_dir=data) as found:
        yield here, found


@pytest.fixture
def folder(running):
    """An empty folder of specs."""
    here, found = running
    for name in ("specs", "memory.json", "memory.json.lock"):
        shutil.rmtree(here / name, ignore_errors=True)
        (here / name).unlink(missing_ok=True)
    return Folder(here, found)
