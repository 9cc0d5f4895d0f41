"""However a call with a secret fails, and whatever else is done with it: it is seen nowhere.

Refusals that repeat the secret, answers that are lost, a defect in the very call, a traceback with
locals, logins with the wrong password; and secrets that the tool makes itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import build
import pytest
from canary import Canaries, forms, of_processes
from commandline import end_of
from played import Account, account
from transition import ONE, OPEN, TOKEN, orders, password, people, user

from reconciler.model import SecretRef

pytestmark = pytest.mark.slow

FIRST, TOKENS = "Canary+first:of=this~test&all%", "Canary&token#of-this!test^all"
MOVED = "Canary+moved:of=this~test&all%"
MADE = SecretRef(store="secretsmanager", id="made/app", key="password", create=True)
KEPT = SecretRef(store="ssm", id="/made/app", create=True)
STORES = {"state.json"}
"""What the local service keeps as Secrets Manager would."""
LOUD = ("-v", "-v", "--log", "json")
# Runs in every process: tracebacks and logged errors show the locals of each frame, and one call
# fails in a way that nobody foresaw, with its parameters at hand.
HOOKS = """
import logging, os, sys, threading, traceback

def shown(kind, error, trace):
    some = traceback.TracebackException(kind, error, trace, capture_locals=True)
    return "".join(some.format())

def told(kind, error, trace):
    sys.stderr.write(shown(kind, error, trace))

sys.excepthook = told
threading.excepthook = lambda args: told(args.exc_type, args.exc_value, args.exc_traceback)
logging.Formatter.formatException = lambda self, info: shown(*info)

if at := os.environ.get("DEFECT_AT"):
    import botocore.endpoint
    send = botocore.endpoint.Endpoint.make_request

    def make_request(self, model, request):
        if model.name == at:
            raise RuntimeError(f"nobody foresaw {request}")
        return send(self, model, request)

    botocore.endpoint.Endpoint.make_request = make_request
"""


def echo(secret: str) -> str:
    """Words of a service that repeat what they were given."""
    return f"'{secret}' ({quote_plus(secret)}, {json.dumps(secret)}) will not do"


APP = user(authentication_mode=password(ONE))
TOKEN_GROUP = build.replication_group("tokens", auth_token=TOKEN, gates=OPEN)
WRONG = {"sort": "refuse", "code": "InvalidParameterValue", "count": 1}


@dataclass
class Typed:
    """Commands on one account; all that they said, and what processes looked like meanwhile."""

    place: Account
    control_url: str
    said: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def planned(self, **fault) -> None:
        sent = urllib.request.Request(
            f"{self.control_url.rstrip('/')}/fault",
            json.dumps(fault).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(sent, timeout=30).close()

    def run(self, *arguments: str, expected: int | None = None, die_at: int = 0, **env: str) -> str:
        process = self.place.folder.start(*arguments, **(self.place.env | env))

        def look(number: int, moment: str) -> None:
            self.told.append(of_processes(process.pid))
            if number == die_at and moment == "after":
                os.kill(process.pid, signal.SIGKILL)

        self.place.proxy.calls.clear()
        self.place.proxy.on_write = look
        ended = end_of(process, within_s=180)
        self.said.append((arguments, ended.out + ended.err))
        assert expected is None or ended.code == expected, (*self.said[-1], ended.code)
        return self.said[-1][1]

    def apply(self, **how) -> str:
        return self.run("apply", self.place.spec, "--yes", *LOUD, **how)

    def rotate(self, address: str, *more: str, **how) -> str:
        return self.run("rotate", address, "-f", self.place.spec, "--yes", *more, *LOUD, **how)


def create(typed: Typed) -> None:
    """Create under refusals that repeat the secret, defects, and answers that are lost."""
    typed.place.write((APP, TOKEN_GROUP))
    typed.planned(actions=["CreateUser"], message=echo(FIRST), **WRONG)
    typed.planned(actions=["CreateReplicationGroup"], message=echo(TOKENS), **WRONG)
    assert "will not do" in typed.apply(expected=1)
    typed.apply(DEFECT_AT="CreateUser", expected=1)
    typed.apply(DEFECT_AT="CreateReplicationGroup", expected=1)
    made = user("made", authentication_mode=password(MADE))
    kept = user("kept", authentication_mode=password(KEPT))
    group = people("app", "made", "kept")
    typed.place.write((APP, made, kept, group, orders(user_group_ids=("people",)), TOKEN_GROUP))
    lost = ["CreateUser", "CreateReplicationGroup"]
    typed.planned(sort="lose-response", actions=lost, count=2)
    typed.apply()
    typed.apply(expected=0)


def rotate(typed: Typed) -> None:
    """Rotate a password of each store and a token: with a defect, killed, and to the end."""
    typed.rotate("user/made", DEFECT_AT="ModifyUser", expected=1)
    typed.rotate("user/made", die_at=1)
    typed.rotate("user/made", expected=7)
    typed.rotate("user/made", "--finish", expected=0)
    typed.rotate("user/kept", expected=7)
    typed.rotate("replication_group/tokens", expected=7)


def made_by_the_tool(place: Account) -> set[str]:
    """Give every value that stands in the stores by now."""
    store, found = place.client("secretsmanager"), set()
    for ref in (MADE, TOKEN):
        versions = store.list_secret_version_ids(SecretId=ref.id, IncludeDeprecated=True)
        for one in versions["Versions"]:
            text = store.get_secret_value(SecretId=ref.id, VersionId=one["VersionId"])
            found.add(json.loads(text["SecretString"])[ref.key])
    history = place.client("ssm").get_parameter_history(Name=KEPT.id, WithDecryption=True)
    return found | {one["Value"] for one in history["Parameters"]}


def move_on(typed: Typed) -> None:
    """Move a store on without a word: logins are refused, and every form of a report says so."""
    spec = typed.place.spec
    typed.place.put(ONE, MOVED)
    typed.run("verify", spec, *LOUD, expected=5)
    typed.run("verify", spec, "--format", "html", expected=5)
    typed.run("verify", spec, "--format", "junit", expected=5)
    typed.run("plan", spec, "--out", "kept.plan", *LOUD, expected=3)
    typed.run("show", "kept.plan", "--format", "json")
    typed.planned(actions=["ModifyUser"], message=echo(MOVED), **WRONG)
    typed.run("apply", "kept.plan", "--yes", *LOUD, expected=1)
    typed.apply(DEFECT_AT="ModifyUser", expected=1)
    typed.run("drift", spec, "--html", "site", "--memory", "drift.json")
    typed.run("import", "--all", "-f", spec, expected=0)
    typed.run("output", "-f", spec, "--format", "env", expected=0)
    typed.run("status", spec, *LOUD, expected=0)


def test_no_way_to_fail_shows_a_secret(folder):
    up = folder.run("local", "up", "--speed", "100", "--format", "json")
    assert up.code == 0, up.err
    ready = json.loads(up.out)
    hooks = folder.path.parent / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOKS)
    with account(folder, ready) as place:
        place.env.update(RECONCILE_CA_FILE=ready["ca_file"], PYTHONPATH=str(hooks))
        place.put(ONE, FIRST)
        place.put(TOKEN, TOKENS)
        typed = Typed(place, ready["control_url"])
        create(typed)
        rotate(typed)
        made = made_by_the_tool(place)
        move_on(typed)
        canaries = Canaries([FIRST, TOKENS, MOVED, *made, place.env["AWS_SECRET_ACCESS_KEY"]])
    everywhere = canaries.in_files(folder.path.parent)

    assert len(made) > 4, "those that were made are among those that are looked for"
    assert {at: seen for at, text in typed.said if (seen := canaries.found(text))} == {}
    assert set().union(*map(canaries.found, typed.told)) == set()
    assert [one for one in everywhere if Path(one[0]).name not in STORES] == []
    assert everywhere, "a canary in a file is found"
    assert "unexpected RuntimeError" in "".join(text for _, text in typed.said)
    assert len(typed.told) > 10


def test_the_hooks_show_what_they_are_to_show(folder):
    (folder.path / "sitecustomize.py").write_text(HOOKS)
    (folder.path / "wrong.py").write_text(
        f"import logging\nsecret = {FIRST!r}\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('oops')\n1 / 0\n"
    )
    ended = subprocess.run(
        [sys.executable, "wrong.py"],
        cwd=folder.path,
        env={**folder.env, "PYTHONPATH": str(folder.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.stderr.count(FIRST) >= 2
    assert forms(FIRST) & set(ended.stderr.split("'"))
