"""What planning a large estate takes: python bench/bench_plan.py [users groups caches].

Reads an estate once from a local ElastiCache without engines, then in a process of its own: load
and validate the spec, compare it with what was read. Once as it is, and once with every user's
access string changed behind the spec. Aim: 1.5 s and 200 MB. Prints; asserts nothing, since a
loaded machine proves nothing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench_cost import environment, run, spec_of

from elasticache_local import ElastiCacheLocal

READ = """
import pickle, sys
from reconciler.aws.gateway import AwsReader
from reconciler.aws.session import Session
from reconciler.kinds import KINDS
from reconciler.observe import observe
from reconciler.spec import load
spec = load(sys.argv[1])
session = Session(spec.estate.aws, "read")
session.identity()
aws = spec.estate.aws
found = observe(KINDS, AwsReader(session), spec.resources, estate="bench",
                account_id=aws.account_id, region=aws.region)
with open(sys.argv[2], "wb") as out:
    pickle.dump(found, out)
"""
PLAN = """
import gc, pickle, resource, sys, time
gc.set_threshold(100_000, 20, 20)
began = time.perf_counter()
from reconciler.kind import Facts
from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.spec import load
spec = load(sys.argv[1])
loaded = time.perf_counter()
with open(sys.argv[2], "rb") as read:
    observed = pickle.load(read).live
if sys.argv[3] == "drifted":
    for address, one in list(observed.items()):
        if address.kind == "user":
            user = one.resource.but(access_string="on ~* -@all +@read")
            object.__setattr__(one, "resource", user)
read = time.perf_counter()
aws = spec.estate.aws
facts = Facts(account_id=aws.account_id, region=aws.region, estate="bench",
              desired=spec.resources, observed=observed)
plan = make_plan(KINDS, facts)
planned = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{len(spec.resources)} resources, {len(plan.changes)} changes: "
      f"load and validate {loaded - began:.2f} s, compare {planned - read:.2f} s, "
      f"together {loaded - began + planned - read:.2f} s, {peak:.0f} MB at the peak")
"""


def main(users: int = 2000, groups: int = 200, caches: int = 200) -> None:
    """Make the estate, read it, plan it."""
    switches = {
        "user_quota": str(users + 1),
        "user_group_quota": str(groups + 1),
        "serverless_quota": str(caches + 1),
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        ElastiCacheLocal(engines=False, switches=switches) as aws,
    ):
        cwd, seen = Path(folder), Path(folder) / "seen"
        env = environment(aws.account("123456789012", region="eu-west-1"))
        (cwd / "spec.yaml").write_text(spec_of(users, groups, caches))
        reconcile = str(Path(sys.executable).with_name("reconcile"))
        run(reconcile, "apply", "--yes", "spec.yaml", env=env, cwd=cwd)
        run(sys.executable, "-c", READ, "spec.yaml", str(seen), env=env, cwd=cwd)
        for state in ("settled", "drifted"):
            for _ in range(3):
                subprocess.run(
                    [sys.executable, "-c", PLAN, "spec.yaml", str(seen), state],
                    cwd=cwd,
                    check=True,
                    timeout=300,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
