"""How long a spec of 10,000 users takes to read, and how much memory: python bench/bench_spec.py.

Aim: 3 s and 300 MB. Prints; asserts nothing, since a loaded machine proves nothing.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

USER = """\
  user-{n}:
    engine: valkey
    access_string: "on ~app{n}:* -@all +@read +@write +@connection -@dangerous"
    authentication_mode:
      {{type: password, passwords: [{{secretsmanager: prod/u{n}, key: password}}]}}
    tags: {{team: shop}}
"""
HEAD = 'version: 1\nestate: bench\naws: {account_id: "123456789012", region: eu-west-1}\n'


def main(count: int = 10_000) -> None:
    """Read a spec of ``count`` users in groups of a hundred."""
    users = "".join(USER.format(n=n) for n in range(count))
    groups = "".join(
        f"  group-{first}: {{engine: valkey, user_ids: "
        f"[{', '.join(f'user-{n}' for n in range(first, min(first + 100, count)))}]}}\n"
        for first in range(0, count, 100)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(f"{HEAD}users:\n{users}user_groups:\n{groups}")
        began = time.perf_counter()
        from reconciler.spec import load  # noqa: PLC0415 - importing is part of what is measured

        spec = load(path)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(spec.resources)} resources in {seconds:.2f} s, {peak:.0f} MB at the peak")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
