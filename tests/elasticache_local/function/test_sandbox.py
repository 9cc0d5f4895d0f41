"""Functions run under AWS's own runtime interface client, and end as Lambda says they do."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from elasticache_local.function.sandbox import Function, Sandboxes

pytest.importorskip("awslambdaric", reason="AWS publishes its runtime client for Linux only")


@pytest.fixture(scope="module")
def sandboxes():
    made = Sandboxes()
    yield made
    made.close()


def function(code: str, **more) -> Function:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("app.py", code)
    content = held.getvalue()
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:shop-verify"
    return Function("shop-verify", arn, "app.handle", digest, content, **{"timeout_s": 20, **more})


def run(sandboxes, code: str, event=None, environment=None, **more):
    ended = sandboxes.run(
        function(code, **more), json.dumps(event or {}).encode(), environment or {}
    )
    return json.loads(ended.outcome.payload), ended.outcome.failed, ended.log_tail.decode()


def test_it_is_handed_the_event_and_gives_its_answer(sandboxes):
    code = "def handle(event, context): return {'twice': event['n'] * 2}"

    assert run(sandboxes, code, {"n": 21})[:2] == ({"twice": 42}, "")


def test_it_knows_who_it_is_and_how_long_it_has(sandboxes):
    code = (
        "def handle(event, context):\n"
        "    return [context.function_name, context.invoked_function_arn,\n"
        "            context.get_remaining_time_in_millis(), context.aws_request_id]"
    )

    (name, arn, left, request), _, log = run(sandboxes, code)

    assert name == "shop-verify"
    assert arn.endswith(":function:shop-verify")
    assert 10_000 < left <= 20_000
    assert log.startswith(f"START RequestId: {request} Version: $LATEST\n")


def test_what_it_says_stands_in_the_tail_of_its_log_and_no_more_than_four_kilobytes(sandboxes):
    code = "def handle(event, context):\n    print('x' * 9000)\n    print('the end')"

    _, _, log = run(sandboxes, code)

    assert len(log) == 4096
    assert "the end\nEND RequestId: " in log
    assert "\tMemory Size: 128 MB\n" in log


def test_it_sees_its_own_variables_and_its_roles_keys_and_nothing_of_this_process(
    sandboxes, monkeypatch
):
    monkeypatch.setenv("A_SECRET_OF_THIS_PROCESS", "canary")
    code = "import os\ndef handle(event, context): return dict(os.environ)"

    seen, _, _ = run(
        sandboxes, code, environment={"AWS_ACCESS_KEY_ID": "ASIA"}, variables={"LEVEL": "info"}
    )

    assert seen["AWS_ACCESS_KEY_ID"] == "ASIA"
    assert seen["LEVEL"] == "info"
    assert "canary" not in seen.values()
    assert "HOME" not in seen


def test_it_sees_nothing_that_is_installed_beside_it(sandboxes):
    _, failed, log = run(sandboxes, "import pydantic\ndef handle(event, context): pass")

    assert failed == "Unhandled"
    assert "No module named 'pydantic'" in log


@pytest.mark.parametrize(
    ("body", "sort", "words"),
    [
        ("raise KeyError('nothing')", "KeyError", "nothing"),
        ("import os; os._exit(3)", "Runtime.ExitError", "exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: 9"),
        ("return {1, 2}", "Runtime.MarshalError", "not JSON serializable"),
    ],
)
def test_what_goes_wrong_is_told_as_lambda_tells_it(sandboxes, body, sort, words):
    told, failed, _ = run(sandboxes, f"def handle(event, context):\n    {body}")

    assert failed == "Unhandled"
    assert told["errorType"] == sort
    assert words in told["errorMessage"]


def test_one_that_takes_too_long_is_ended(sandboxes, tmp_path):
    note = tmp_path / "pid"
    code = (
        "import os, time\n"
        f"def handle(event, context):\n    open({str(note)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(60)"
    )

    told, failed, _ = run(sandboxes, code, timeout_s=0.7)

    assert (failed, told["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert "timed out after 0.70 seconds" in told["errorMessage"]
    assert not Path(f"/proc/{note.read_text()}").exists() or os.name != "posix"


def test_an_answer_that_lambda_would_not_carry_is_an_error(sandboxes):
    code = "def handle(event, context): return 'x' * (6 * 1024 * 1024 + 1)"

    told, failed, _ = run(sandboxes, code)

    assert failed == "Unhandled"
    assert told["errorType"] == "Function.ResponseSizeTooLarge"


def test_what_was_unpacked_is_gone_afterwards():
    made = Sandboxes()
    run(made, "def handle(event, context): pass")
    root = made._root

    made.close()

    assert not root.exists()
