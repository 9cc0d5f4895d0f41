"""Every step of the demo is the real command, echoed before it runs.

PAUSE=1 stops before the drift step with endpoints printed, so that a person can change something
else; then that is the drift that is shown. What the demo started it stops, also when interrupted.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
LOCAL = Path(".reconcile/local")
SPEC = "specs/prod.yaml"
BEHIND = (
    "scripts/behind_the_back.py",
    "ModifyUser",
    "UserId=orders-report",
    "AccessString=on ~* +@all",
)
# With the AWS CLI and redis-cli, and for who has neither: Python, which is here.
WAYS_IN = """
    eval "$({bin}/reconcile local env)"
    aws secretsmanager get-secret-value --secret-id prod/orders/app
    redis-cli --tls --cacert "$RECONCILE_CA_FILE" -p PORT --user orders-app --askpass
    aws elasticache modify-user --user-id orders-app --access-string 'on ~* +@all'

    {bin}/python scripts/behind_the_back.py ModifyUser UserId=orders-app 'AccessString=on ~* +@all'
"""


class DemoFailed(Exception):
    """A step did not end as it must; holds the sentence."""


def main() -> int:
    """Run the demo and leave nothing behind."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    ours = not LOCAL.exists()
    if not ours:
        note(f"{LOCAL} is there already: going on with that estate, and keeping it")
    ran_before = (LOCAL / "ready.json").exists()
    started = time.monotonic()
    try:
        story()
        note(f"done in {time.monotonic() - started:.0f} s")
    except DemoFailed as error:
        note(str(error))
        return 1
    except KeyboardInterrupt:
        note("interrupted")
        return 130
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            if not ran_before:
                run("local", "down", expect=None)
            if ours:
                shutil.rmtree(LOCAL, ignore_errors=True)
    return 0


def story() -> None:
    """Plan, apply, verify, break, notice, mend."""
    note("What is to do? (nothing is sent; exit 3 means: something)")
    run("plan", "--local", SPEC, expect=(0, 3))
    note("Bring it about.")
    run("apply", "--local", "--yes", SPEC)
    note("Prove it: log in over TLS as every user, try what they may and may not do.")
    run("verify", "--local", SPEC)
    paused = os.environ.get("PAUSE") in ("1", "true", "yes")
    if paused:
        pause()
    else:
        change_something()
    note("Scheduled drift detection would see this (exit 3: something drifted).")
    run("drift", "--local", SPEC, expect=(3,))
    note("Mend it.")
    # A person may have changed what apply mends only with consent: that is a limit at work.
    if run("apply", "--local", "--yes", SPEC, expect=(0, 4) if paused else (0,)) == 4:
        note(
            "Refused: mending this takes a consent. Beside each reason above stands how to give it."
        )
    else:
        run("plan", "--local", SPEC)


def change_something() -> None:
    """Widen a user's rights behind the tool's back, through the AWS API."""
    note("Somebody widens a user's rights behind the tool's back, through the AWS API.")
    echo(shlex.join(("python", *BEHIND)))
    if subprocess.run([sys.executable, *BEHIND], check=False).returncode:
        raise DemoFailed("the change through the AWS API was refused")


def pause() -> None:
    """Let a person change something; where nobody did, change something after all."""
    note("Paused. The endpoints:")
    run("output", "--local", SPEC)
    note("In another terminal of this folder, look around and change something:")
    print(WAYS_IN.format(bin=os.path.relpath(BIN)), flush=True)
    note("Press Enter to go on.")
    with contextlib.suppress(EOFError):
        input()
    quiet = [BIN / "reconcile", "drift", "--local", "--quiet", SPEC]
    if subprocess.run(quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0:
        note("Nothing drifted, so:")
        change_something()


def run(*arguments: str, expect: tuple[int, ...] | None = (0,)) -> int:
    """Echo and run one command of ours; DemoFailed when it ends otherwise than expected."""
    echo(shlex.join(("reconcile", *arguments)))
    code = subprocess.run([BIN / "reconcile", *arguments], check=False).returncode
    if code == 130:
        raise KeyboardInterrupt
    if expect is not None and code not in expect:
        raise DemoFailed(f"reconcile {arguments[0]} ended with {code}, expected {expect[-1]}")
    return code


def echo(line: str) -> None:
    """Show a command as it is typed."""
    print(f"\n\x1b[1m$ {line}\x1b[0m" if sys.stdout.isatty() else f"\n$ {line}", flush=True)


def note(sentence: str) -> None:
    """Say what happens next."""
    print(f"\n# {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
