"""How long access strings take: 10,000 of them, a difference, the canonical text, the import.

python bench/bench_acl.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from reconciler import acl

READS = "on ~orders:* &orders:* -@all +@read +@connection -@dangerous"
WRITES = "on ~orders:* ~shared:{0}:* &orders:* -@all +@read +@write +@connection +@pubsub"


def seconds(work: Callable[[int], object], times: int) -> float:
    """Give the CPU seconds of so many runs."""
    start = time.process_time()
    for at in range(times):
        work(at)
    return time.process_time() - start


def main() -> None:
    """Measure, after one warm-up of everything."""
    table = acl.table("valkey", "8.1")
    acl.rights_diff(READS, WRITES, [table])

    def evaluate(at: int) -> None:
        found = acl.rights(
            f"on ~app-{at}:* &app:* -@all +@read +@write +client|id (%R~x +get)", table
        )
        found.allows(["SET", f"app-{at}:1", "x"])

    print(f"10,000 strings parsed and evaluated  {seconds(evaluate, 10_000):6.2f} s")
    for name, tables in (("one version", [table]), ("six versions", acl.TABLES)):

        def compare(at: int, tables: object = tables) -> None:
            acl.rights_diff(READS.replace("orders", f"o{at}"), WRITES.format(at), tables)  # type: ignore[arg-type]

        print(f"a difference, {name:<22} {seconds(compare, 300) / 300 * 1e3:6.2f} ms")
    written = seconds(lambda at: acl.canonical(f"on ~c{at}:* +@all -@dangerous", table), 1000)
    print(f"a canonical text                     {written:6.2f} ms")
    lines = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import reconciler.acl"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr.splitlines()
    [spent] = [line for line in lines if line.endswith("reconciler.acl")]
    print(f"importing reconciler.acl             {int(spent.split('|')[1]) / 1000:6.2f} ms")


if __name__ == "__main__":
    main()
