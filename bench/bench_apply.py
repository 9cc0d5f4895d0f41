"""What many creates at once cost beside the slowest chain of them: python bench/bench_apply.py.

100 users, a group of 50 of them and 20 caches that let it in, on a local ElastiCache without
engines whose time runs 70 times slower than it could, so that what is waited for counts and not
what this machine computes. The slowest chain is user, group, cache. Aims: 1.1 times that chain; 1.5
times with three calls in ten throttled. Prints; asserts nothing, since a loaded machine proves
nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from bench_cost import environment, row, run

from elasticache_local import ElastiCacheLocal
from elasticache_local.service.duration import Durations

USERS, CACHES = 100, 20
SPEED = 1 / 70


def spec_of(users: int, caches: int) -> str:
    """Give a spec of users, half of them in the one group that every cache lets in."""
    lines = ["version: 1\nestate: bench\n"]
    lines.append('aws: {account_id: "123456789012", region: eu-west-1}\nusers:\n')
    lines += [
        f'  app-{n:03}: {{engine: valkey, access_string: "on ~app{n}:* -@all +@read", '
        "authentication_mode: {type: iam}}\n"
        for n in range(users)
    ]
    members = ", ".join(f"app-{n:03}" for n in range(users // 2))
    lines.append(f"user_groups:\n  people: {{engine: valkey, user_ids: [{members}]}}\n")
    lines.append("serverless_caches:\n")
    lines += [
        f'  cache-{n:02}: {{engine: valkey, major_engine_version: "8", user_group_id: people}}\n'
        for n in range(caches)
    ]
    return "".join(lines)


def main() -> None:
    """Apply the same spec twice: undisturbed, and with three calls in ten throttled."""
    least = Durations()
    chain_s = (least.user_create + least.group_create + least.serverless_create) / SPEED
    row("the slowest chain: a user, the group, a cache", f"{chain_s:.1f} s")
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    reconcile = str(Path(sys.executable).with_name("reconcile"))
    for share, aim in ((0.0, 1.1), (0.3, 1.5)):
        with (
            tempfile.TemporaryDirectory() as folder,
            ElastiCacheLocal(engines=False, speed=SPEED) as aws,
        ):
            cwd = Path(folder)
            env = environment(aws.account("123456789012", region="eu-west-1"))
            (cwd / "spec.yaml").write_text(spec_of(USERS, CACHES))
            if share:
                aws.control("fault", {"sort": "throttle", "share": share})
            began = time.perf_counter()
            run(reconcile, "apply", "--yes", "spec.yaml", env=env, cwd=cwd)
            took = time.perf_counter() - began
        row(
            f"{USERS} users, a group, {CACHES} caches, {share:.0%} of calls throttled",
            f"{took:.1f} s",
            f"{took / chain_s:.2f} x the chain (aim {aim})",
        )


if __name__ == "__main__":
    print((__doc__ or "").splitlines()[0])
    main()
