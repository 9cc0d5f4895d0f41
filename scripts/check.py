"""Style, types and doors, with the tests beside them when a command is given.

``check.py`` runs ruff, mypy and import-linter and prints what fails. ``check.py --beside COMMAND``
runs them while COMMAND (the tests) runs, since type checking waits on one core while tests wait on
engines; exits with the worst of all.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "style": [BIN / "ruff", "check", "--quiet", "."],
    "doors": [BIN / "lint-imports", "--no-cache"],
    "types": [BIN / "mypy"],
}


def main() -> int:
    """Run the checks, and the tests beside them."""
    beside = sys.argv[2:] if sys.argv[1:2] == ["--beside"] else []
    started = time.monotonic()
    tests = subprocess.Popen(beside) if beside else None
    try:
        failed = [name for name, command in CHECKS.items() if not passes(name, command)]
        if not failed:
            seconds = time.monotonic() - started
            print(f"checks: {', '.join(CHECKS)} pass ({seconds:.0f} s)", flush=True)
        tests_code = tests.wait() if tests else 0
    except BaseException:
        if tests:
            tests.wait()
        raise
    if failed:
        print(f"checks failed: {', '.join(failed)}", flush=True)
    return tests_code or bool(failed)


def passes(name: str, command: list[str | Path]) -> bool:
    """Run one check and print its words only when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        print(f"--- {name}\n{result.stdout}{result.stderr}", flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
