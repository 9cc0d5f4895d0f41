"""How long the command line takes to start, beside the AWS CLI's, alternating in one run.

python bench/bench_startup.py [AWS_COMMAND]      (else the aws on PATH)
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECONCILE = Path(sys.executable).parent / "reconcile"
RUNS = 15
# At most so many times as long as aws --version.
LIMITS = {"reconcile --help": 0.7, "reconcile validate specs/prod.yaml": 1.3}


def seconds(command: list[str]) -> float:
    """Give the wall seconds of one run."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    """Print medians and ratios; 1 when one is above its limit."""
    aws = sys.argv[1] if len(sys.argv) > 1 else shutil.which("aws")
    commands = {name: [str(RECONCILE), *name.split()[1:]] for name in LIMITS}
    if aws:
        commands["aws --version"] = [aws, "--version"]
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(RUNS + 1):
        for name, command in commands.items():
            spent = seconds(command)
            if run:  # the first warms the disk
                taken[name].append(spent)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        told = f"{name:<36} {median * 1e3:6.0f} ms   least {min(taken[name]) * 1e3:.0f} ms"
        if aws and name in LIMITS:
            told += f"   {median / medians['aws --version']:.2f} of aws (at most {LIMITS[name]})"
        print(told)
    if not aws:
        print("no aws on PATH to compare with")
        return 0
    beside = medians["aws --version"]
    return int(any(medians[name] > limit * beside for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())
