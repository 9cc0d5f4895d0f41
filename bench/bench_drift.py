"""A round of drift detection over many accounts: python bench/bench_drift.py [accounts users].

Twelve accounts with 2,000 users, 200 groups and 200 caches each (half of them groups of nodes,
half serverless) on a local ElastiCache without engines, in one ``reconcile drift`` with a memory:
first as applied, then with one user in a hundred and one cache in twenty edited behind the specs.
Aim: 90 s on two cores, the local service included. Prints; asserts nothing, since a loaded machine
proves nothing.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from estate import Estate  # noqa: E402 - a test's bench: the service in this process
from inprocess import EPOCH, InProcess  # noqa: E402

from elasticache_local import ElastiCacheLocal  # noqa: E402
from reconciler.ports import Call  # noqa: E402
from reconciler.spec import load  # noqa: E402

GROUPS = CACHES = 200
HEAD = """\
version: 1
estate: bench
aws: {account_id: "%s", region: eu-west-1}
drift: {owner_tag: team}
"""


def spec_of(account: str, users: int) -> str:
    """Give a spec: users in equal groups, each group let into one cache of nodes or serverless."""
    return "".join(_lines(account, users))


def _lines(account: str, users: int) -> Iterator[str]:
    yield HEAD % account
    yield "users:\n"
    for n in range(users):
        rules = f"on ~app{n}:* -@all +@read +@connection"
        login = "authentication_mode: {type: iam}"
        yield f'  user-{n}: {{engine: valkey, access_string: "{rules}", {login}}}\n'
    yield "user_groups:\n"
    share = users // GROUPS
    for n in range(GROUPS):
        members = ", ".join(f"user-{m}" for m in range(n * share, (n + 1) * share))
        yield f"  group-{n}: {{engine: valkey, user_ids: [{members}]}}\n"
    yield "replication_groups:\n"
    for n in range(CACHES // 2):
        yield (
            f"  nodes-{n}: {{replication_group_description: shop, engine: valkey, "
            f'engine_version: "8.1", cache_node_type: cache.r7g.large, num_cache_clusters: 2, '
            f"automatic_failover_enabled: true, transit_encryption_enabled: true, "
            f"transit_encryption_mode: required, user_group_ids: [group-{n}], "
            f"tags: {{team: team-{n % 7}}}}}\n"
        )
    yield "serverless_caches:\n"
    for n in range(CACHES // 2):
        group = n + CACHES // 2
        yield (
            f'  cache-{n}: {{engine: valkey, major_engine_version: "8", '
            f"user_group_id: group-{group}, tags: {{team: team-{n % 7}}}}}\n"
        )


def main(accounts: int = 12, users: int = 2000) -> None:
    """Make the accounts, look twice."""
    quotas = {
        "user_quota": users + 1,
        "user_group_quota": GROUPS + 1,
        "serverless_quota": CACHES,
    }
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "specs").mkdir()
        data = here / ".reconcile" / "local"
        data.mkdir(parents=True)
        began = time.perf_counter()
        state = _made(here / "specs", accounts, users, quotas)
        (data / "state.json").write_text(json.dumps(state))
        print(f"made in {time.perf_counter() - began:.0f} s", flush=True)
        switches = {name: str(value) for name, value in quotas.items()}
        with ElastiCacheLocal(engines=False, data_dir=data, switches=switches) as aws:
            service = aws.ready["pid"]
            _round(here, "as applied", 0, service)
            _edited(aws, sorted((here / "specs").iterdir()), users)
            _round(here, "edited", 3, service)
            _round(here, "looked at again", 3, service)


def _made(specs: Path, accounts: int, users: int, quotas: dict[str, int]) -> dict[str, object]:
    """Send every account what a plan of its spec would; gives the state of a local ElastiCache."""
    service = clock = None
    calls: list[tuple[str, Call]] = []
    for number in range(accounts):
        account = f"{111111111111 + number}"
        path = specs / f"{account}.yaml"
        path.write_text(spec_of(account, users))
        found = InProcess(account_id=account, service=service, clock=clock, **quotas)
        service, clock = found.service, found.clock
        if not calls:
            # The same for every account: no call names one.
            wishes = tuple(load(path).resources.values())
            changes = Estate(found, wishes, "bench").plan().changes
            calls = [(one.address.kind, one.steps[0].call) for one in changes]
        for kind in ("user", "user_group", "replication_group", "serverless_cache"):
            for sort, call in calls:
                if sort == kind:
                    found.service.call(call.action, dict(call.params), found.principal)
            found.settle(1800)
    assert service is not None
    assert clock is not None
    now = EPOCH.timestamp() + clock.passed_s
    return {"format": 1, "now": now, "service": service.snapshot(), "roots": {}, "stores": {}}


def _round(here: Path, what: str, expected: int, service: int) -> None:
    reconcile = str(Path(sys.executable).with_name("reconcile"))
    command = [
        reconcile,
        "drift",
        "specs",
        "--local",
        "--memory",
        "memory.json",
        "--format",
        "json",
    ]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    served = _worked(service)
    ended = subprocess.run(
        command, cwd=here, capture_output=True, text=True, check=False, timeout=1800
    )
    seconds = time.perf_counter() - began
    if ended.returncode != expected:
        sys.exit(f"{what}: exit {ended.returncode}\n{ended.stderr[-2000:]}{ended.stdout[-2000:]}")
    estates = json.loads(ended.stdout)["estates"]
    drifted = sum(len(one["drifted"]) for one in estates)
    load = os.getloadavg()[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{what:<18} {len(estates)} estates, {drifted} drifted: {seconds:6.1f} s (aim 90), "
        f"of which it worked {worked:.1f} s and the service {_worked(service) - served:.1f} s; "
        f"load {load:.1f}",
        flush=True,
    )


def _worked(pid: int) -> float:
    """Give the seconds of processor that a process has had (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _edited(aws: ElastiCacheLocal, specs: list[Path], users: int) -> None:
    for path in specs:
        client = aws.account(path.stem, region="eu-west-1").client("elasticache")
        for n in range(0, users, 100):
            client.modify_user(UserId=f"user-{n}", AccessString="on ~* +@all")
        for n in range(5, CACHES // 2, 10):
            client.modify_replication_group(
                ReplicationGroupId=f"nodes-{n}",
                ReplicationGroupDescription="edited",
                ApplyImmediately=True,
            )
    aws.control("clock", {"advance": 3600})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
