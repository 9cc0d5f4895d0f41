"""What a look costs beside what others do: python bench/bench_cost.py [users groups caches].

Everything in one run on one local ElastiCache without engines, so that only the ratios count. Aims:
observing at most 1.25 times a bare pager of the same pages, the whole process at most the pager's
and 0.35 s. Ansible's modules are timed too where ansible-playbook is on PATH (they know clusters,
and no users or groups; ANSIBLE_PYTHON_INTERPRETER names the Python that has boto3). Prints a
table; asserts nothing, since a loaded machine proves nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from elasticache_local import ElastiCacheLocal

ROUNDS = 7
HEAD = """\
version: 1
estate: bench
aws: {account_id: "123456789012", region: eu-west-1}
users:
"""
# The same pages and the same sweep of tags, and nothing done with them.
PAGER = """
import time, boto3
client = boto3.client("elasticache")
tags = boto3.client("resourcegroupstaggingapi")
def look():
    for operation in (
        "describe_users", "describe_user_groups", "describe_serverless_caches",
        "describe_replication_groups", "describe_cache_clusters",
        "describe_cache_parameter_groups", "describe_cache_subnet_groups",
    ):
        for page in client.get_paginator(operation).paginate():
            pass
    kinds = ["elasticache:user", "elasticache:usergroup", "elasticache:serverlesscache"]
    for page in tags.get_paginator("get_resources").paginate(ResourceTypeFilters=kinds):
        pass
"""
TUTORIAL = """
import boto3
client = boto3.client("elasticache")
for number in range({users}):
    client.describe_users(UserId=f"user-{{number}}")
for number in range({groups}):
    client.describe_user_groups(UserGroupId=f"group-{{number}}")
for number in range({caches}):
    client.describe_serverless_caches(ServerlessCacheName=f"cache-{{number}}")
"""
CLUSTERS = 10
PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - community.aws.elasticache:
        name: "memory-{{ item }}"
        state: present
        engine: memcached
        node_type: cache.t3.small
        num_nodes: 1
        cache_security_groups: []
      loop: "{{ range(0, %d) | list }}"
"""
# The collector and the threads are as the command line has them.
OBSERVE = """
import gc, sys, time
gc.set_threshold(100_000, 20, 20)
from reconciler.aws.gateway import AwsReader
from reconciler.aws.session import Session
from reconciler.kinds import KINDS
from reconciler.observe import observe
from reconciler.spec import load
spec = load(sys.argv[1])
session = Session(spec.estate.aws, "read")
session.identity()
reader = AwsReader(session)
def observed():
    found = observe(
        KINDS, reader.fresh(), spec.resources, estate="bench", tag_prefix="reconciler",
        account_id=spec.estate.aws.account_id, region=spec.estate.aws.region, mode="manage",
        at_once=8,
    )
"""
# In turns, so that whatever the machine does meets both.
TIMED = """
look(), observed()
for _ in range({rounds}):
    for one in (look, observed):
        began = time.perf_counter()
        one()
        print(time.perf_counter() - began)
"""


def spec_of(users: int, groups: int, caches: int) -> str:
    """Give a spec: users in equal groups, each group let into some caches."""
    lines = [HEAD]
    lines += [
        f'  user-{n}: {{engine: valkey, access_string: "on ~app{n}:* -@all +@read +@connection", '
        "authentication_mode: {type: iam}}\n"
        for n in range(users)
    ]
    share = users // groups
    lines.append("user_groups:\n")
    for n in range(groups):
        members = ", ".join(f"user-{m}" for m in range(n * share, (n + 1) * share))
        lines.append(f"  group-{n}: {{engine: valkey, user_ids: [{members}]}}\n")
    lines.append("serverless_caches:\n")
    lines += [
        f'  cache-{n}: {{engine: valkey, major_engine_version: "8", '
        f"user_group_id: group-{n % groups}}}\n"
        for n in range(caches)
    ]
    return "".join(lines)


def run(*command: str, env: dict[str, str], cwd: Path, ok: tuple[int, ...] = (0,)) -> str:
    """Run a command and give what it printed; its end must be one of ``ok``."""
    ended = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=900
    )
    if ended.returncode not in ok:
        sys.exit(f"{' '.join(command)[:80]}: exit {ended.returncode}\n{ended.stderr[-2000:]}")
    return ended.stdout


def medians_of(
    program: str, *arguments: str, env: dict[str, str], cwd: Path
) -> tuple[float, float]:
    """Give the medians of the seconds that a program prints by turns for two."""
    text = run(sys.executable, "-c", program, *arguments, env=env, cwd=cwd)
    seconds = [*map(float, text.split())]
    return statistics.median(seconds[::2]), statistics.median(seconds[1::2])


def side_by_side(
    programs: dict[str, tuple[str, ...]], env: dict[str, str], cwd: Path
) -> dict[str, float]:
    """Time whole processes in turns, so that whatever the machine does meets all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, command in programs.items():
            began = time.perf_counter()
            run(*command, env=env, cwd=cwd)
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in seconds.items()}


def row(what: str, found: str, beside: str = "") -> None:
    """Print a line of the table."""
    print(f"{what:<62} {found:>12}  {beside}".rstrip(), flush=True)


def main(users: int = 1000, groups: int = 100, caches: int = 50) -> None:
    """Make the estate, then look at it in every way."""
    switches = {
        "user_quota": str(users + 1),
        "user_group_quota": str(groups + 1),
        "serverless_quota": str(caches + 1),
    }
    with tempfile.TemporaryDirectory() as folder, _local(switches) as aws:
        cwd = Path(folder)
        account = aws.account("123456789012", region="eu-west-1")
        env = environment(account)
        (cwd / "spec.yaml").write_text(spec_of(users, groups, caches))
        reconcile = str(Path(sys.executable).with_name("reconcile"))
        began = time.perf_counter()
        run(reconcile, "apply", "--yes", "spec.yaml", env=env, cwd=cwd)
        row(
            f"apply creates {users:,} users, {groups} groups, {caches} caches",
            f"{time.perf_counter() - began:.1f} s",
        )
        told = run(reconcile, "plan", "spec.yaml", env=env, cwd=cwd)
        calls = re.search(r"(\d+) resources read in (\d+) calls", told)
        row("calls of one plan", calls[2] if calls else "?", "pages, tagging pages, no more")
        both = PAGER + OBSERVE + TIMED.format(rounds=ROUNDS)
        pager, seen = medians_of(both, "spec.yaml", env=env, cwd=cwd)
        row("bare pager of the same pages, in process", f"{pager:.3f} s")
        row("observe, in process", f"{seen:.3f} s", f"{seen / pager:.2f} x the pager (aim 1.25)")
        _whole(users, groups, caches, reconcile, env, cwd)


def _whole(
    users: int, groups: int, caches: int, reconcile: str, env: dict[str, str], cwd: Path
) -> None:
    programs: dict[str, tuple[str, ...]] = {
        "pager": (sys.executable, "-c", PAGER + "look()"),
        "plan": (reconcile, "plan", "spec.yaml"),
        "tutorial": (
            sys.executable,
            "-c",
            TUTORIAL.format(users=users, groups=groups, caches=caches),
        ),
    }
    cli = shutil.which("aws")
    if cli:
        script = "; ".join(
            f"{cli} elasticache {one} --output json > /dev/null"
            for one in ("describe-users", "describe-user-groups", "describe-serverless-caches")
        )
        programs["aws"] = ("sh", "-c", script)
    found = side_by_side(programs, env, cwd)
    more = found["plan"] - found["pager"]
    row("bare pager, whole process", f"{found['pager']:.2f} s")
    row("reconcile plan, whole process", f"{found['plan']:.2f} s", f"+{more:.2f} s (aim +0.35)")
    for name, what in (
        ("tutorial", "one describe for each thing (a script), whole process"),
        ("aws", "AWS CLI: describe, three processes, no tags"),
    ):
        if name in found:
            row(what, f"{found[name]:.2f} s", f"{found[name] / found['plan']:.1f} x plan")
    _ansible(found["plan"], env, cwd)


def _ansible(plan: float, env: dict[str, str], cwd: Path) -> None:
    """Time a playbook that finds its clusters as they should be."""
    if not (ansible := shutil.which("ansible-playbook")):
        return
    (cwd / "play.yml").write_text(PLAYBOOK % CLUSTERS)
    env = {**env, "AWS_URL": env["AWS_ENDPOINT_URL"], "LC_ALL": "C.UTF-8"}
    if python := os.environ.get("ANSIBLE_PYTHON_INTERPRETER"):
        env["ANSIBLE_PYTHON_INTERPRETER"] = python
    command = (ansible, "-i", "localhost,", "play.yml")
    run(*command, env=env, cwd=cwd)  # makes them
    began = time.perf_counter()
    run(*command, env=env, cwd=cwd)
    seconds = time.perf_counter() - began
    row(
        f"Ansible: {CLUSTERS} clusters, a task each, whole process",
        f"{seconds:.2f} s",
        f"{seconds / plan:.1f} x plan of everything",
    )


def _local(switches: dict[str, str]) -> ElastiCacheLocal:
    return ElastiCacheLocal(engines=False, switches=switches)


def environment(account: object) -> dict[str, str]:
    """Give what a process needs to reach the account, and little else."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **keep,
        "AWS_ENDPOINT_URL": account.endpoint_url,  # type: ignore[attr-defined]
        "AWS_ACCESS_KEY_ID": account.access_key_id,  # type: ignore[attr-defined]
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,  # type: ignore[attr-defined]
        "AWS_DEFAULT_REGION": "eu-west-1",
        "NO_COLOR": "1",
    }


if __name__ == "__main__":
    print((__doc__ or "").splitlines()[0])
    main(*map(int, sys.argv[1:]))
