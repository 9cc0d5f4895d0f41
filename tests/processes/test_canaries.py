"""One canary for each secret: it is seen in no place but the one request that must carry it.

Plain, base64, URL-encoded and hashed; in everything that is said or written, in command lines and
environments at the moment of each write, in the log of the service.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import unquote_plus

import build
import pytest
from canary import Canaries, forms, of_processes
from commandline import end_of
from played import account
from transition import ONE, OPEN, TOKEN, TWO, orders, password, people, user

from reconciler.model import SecretRef

CANARIES = {
    ONE: "Canary+one:of=this~test&all%",
    TWO: "Canary+two:of=this~test&all%",
    TOKEN: "Canary&token#of-this!test^all",
}
FROM_FILE, FROM_ENV = SecretRef(store="file", id="app.secret"), SecretRef(store="env", id="CANARY")
NEXT = "Canary+next:of=this~test&all%"
IN_FILE, IN_ENV = "Canary+file:of=this~test&all%", "Canary+env:of=this~test&all%"
EVERY = (*CANARIES.values(), NEXT, IN_FILE, IN_ENV)
ALL = Canaries(EVERY)
found = ALL.found
CARRIERS = {"CreateUser", "ModifyUser", "CreateReplicationGroup", "ModifyReplicationGroup"}


STORES = {"app.secret", "state.json"}
"""The file that a reference names, and what the local service keeps as Secrets Manager would."""


def fault(ready, **planned):
    request = urllib.request.Request(
        f"{ready['control_url'].rstrip('/')}/fault",
        json.dumps(planned).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()


@pytest.mark.parametrize("secret", EVERY)
def test_a_canary_is_found_in_whatever_form_it_is_written(secret):
    for form in forms(secret):
        assert secret in found(f"before {form} after")


@pytest.mark.slow
def test_no_secret_is_seen_anywhere_but_in_the_request_that_must_carry_it(folder):
    up = folder.run("local", "up", "--speed", "100", "--format", "json")
    assert up.code == 0, up.err
    ready = json.loads(up.out)
    said, told, carried = [], [], Counter()
    with account(folder, ready) as place:
        for ref, secret in CANARIES.items():
            place.put(ref, secret)
        (folder.path / "app.secret").write_text(IN_FILE)
        (folder.path / "app.secret").chmod(0o600)
        env = {"CANARY": IN_ENV, "RECONCILE_CA_FILE": ready["ca_file"]}
        place.env.update(env)

        def took(service, action, body):
            for secret in found(unquote_plus(body.decode(errors="replace"))):
                carried[action] += 1
                assert service == "elasticache", (action, secret)
                assert action in CARRIERS, secret

        place.proxy.on_body = took

        def run(*arguments, die_at=None):
            process = place.start(*arguments)

            def look(number, moment):
                told.append(of_processes(process.pid))
                if die_at == (number, moment):
                    os.kill(process.pid, signal.SIGKILL)

            place.proxy.calls.clear()
            place.proxy.on_write = look
            ended = end_of(process, within_s=180)
            said.append(ended.out + ended.err)
            return ended.code

        loud = ("-v", "-v", "--log", "json")
        place.write(
            (
                user(authentication_mode=password(ONE, TWO)),
                user("from-file", authentication_mode=password(FROM_FILE)),
                user("from-env", authentication_mode=password(FROM_ENV)),
                people("app", "from-file", "from-env"),
                orders(user_group_ids=("people",)),
                build.replication_group("tokens", auth_token=TOKEN, gates=OPEN),
            )
        )
        assert run("validate") == 0
        assert run("plan", *loud) == 3
        fault(ready, sort="deny", actions=["CreateUser"], count=2)
        assert run("apply", "--yes", *loud) == 1
        assert run("apply", "--yes", *loud, die_at=(1, "half")) == -signal.SIGKILL
        assert run("apply", "--yes", *loud) == 0, said[-1][-3000:]
        place.put(ONE, NEXT)
        assert run("plan", "--format", "json", *loud) == 3
        assert run("plan", "--format", "markdown") == 3
        for command in ("drift", "status", "output", "verify"):
            run(command, *loud)
            run(command, "--format", "json")
        run("apply", "--yes", "--through-gate", "app/password-finish", *loud)
        run("verify", *loud)
    logs = [path for path in folder.path.rglob("*") if path.suffix == ".log"]
    everywhere = ALL.in_files(folder.path.parent)
    left = [one for one in everywhere if Path(one[0]).name not in STORES]

    assert [found(one) for one in said] == [set()] * len(said)
    assert set().union(*map(found, told)) == set()
    assert left == []
    assert len(everywhere) > len(left), "a canary in a file is found"
    assert logs, "the service writes a log, and it was looked at"
    assert carried, "the secrets were really sent"
    assert len(told) > 10
