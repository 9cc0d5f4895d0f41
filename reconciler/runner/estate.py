"""The estate that a runner is: a role that opens what it has to, and the function that runs as it.

Built in, so that no spec has to write it; planned, applied and removed by the same rooms as any
other, and owned by the same two tags. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.kind import Facts, references
from reconciler.model import (
    Address,
    AuthenticationMode,
    Cache,
    CacheSubnetGroup,
    IamRole,
    LambdaFunction,
    ReplicationGroup,
    Resource,
    Schedule,
    SecretRef,
    ServerlessCache,
    User,
    UserGroup,
)
from reconciler.policy import remembering
from reconciler.runner.package import Package

HANDLER = "reconciler.runner.function.handle"
IN_VPC = "AWSLambdaVPCAccessExecutionRole"
OUTSIDE = "AWSLambdaBasicExecutionRole"

Resources = Mapping[Address, Resource]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of a runner; empty subnets: those of its caches."""

    name: str
    users: frozenset[str] = frozenset()
    """Only these users' secrets may it open and only as these connect; empty: all of them."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    timeout_s: int = 30
    memory_mb: int = 512


def runners_of(resources: Resources) -> tuple[str, ...]:
    """Give the functions that a spec's caches name in ``verify.via``."""
    vias = (one.verify.via for one in resources.values() if isinstance(one, Cache) and one.verify)
    return tuple(sorted({via.removeprefix("lambda:") for via in vias if via != "here"}))


def caches_of(name: str, resources: Resources) -> tuple[Cache, ...]:
    """Give the caches that are looked at through it; all, where none names any."""
    caches = [one for _, one in sorted(resources.items()) if isinstance(one, Cache)]
    named = [one for one in caches if one.verify and one.verify.via == f"lambda:{name}"]
    return tuple(named or caches)


def runner_estate(
    wanted: Wanted, resources: Resources, package: Package, partition: str
) -> tuple[IamRole, LambdaFunction]:
    """Give the role and the function, whole: what is not said here is taken away."""
    caches = caches_of(wanted.name, resources)
    users = [one for one in _users(caches, resources) if not wanted.users or one.id in wanted.users]
    if unknown := wanted.users - {one.id for one in users}:
        known = ", ".join(sorted(one.id for one in _users(caches, resources))) or "none"
        raise UsageError(
            f"--user {', '.join(sorted(unknown))}: the caches of {wanted.name} let in {known}"
        )
    subnets = wanted.subnet_ids or _subnets(caches, resources)
    groups = wanted.security_group_ids or _security_groups(caches)
    by_iam = [one for one in users if _mode(one) == "iam"]
    managed = IN_VPC if subnets else OUTSIDE
    role = IamRole(
        id=wanted.name,
        path="/",
        description=f"verifies caches from inside their VPC, as lambda:{wanted.name}",
        trust=("lambda.amazonaws.com",),
        managed_policy_arns=(f"arn:{partition}:iam::aws:policy/service-role/{managed}",),
        replication_group_ids=_ids(caches, ReplicationGroup) if by_iam else (),
        serverless_cache_names=_ids(caches, ServerlessCache) if by_iam else (),
        user_ids=tuple(one.id for one in by_iam),
        secrets=tuple(_secrets(caches, users, tokens=not wanted.users)),
    )
    said = "reconcile verify, from inside the VPC"
    function = _function(wanted, package, said, subnets, groups)
    return role, function


def _function(
    asked: Wanted | Rounds,
    package: Package,
    description: str,
    subnets: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> LambdaFunction:
    """Give the function that runs a package as the role of its own name; no subnets: no VPC."""
    return LambdaFunction(
        id=asked.name,
        role=asked.name,
        runtime=package.target.runtime,
        handler=HANDLER,
        code_sha256=package.sha256,
        architecture=package.target.architecture,
        description=description,
        timeout=asked.timeout_s,
        memory_size=asked.memory_mb,
        environment={},
        subnet_ids=subnets,
        security_group_ids=groups,
    )


def _users(caches: Iterable[Cache], resources: Resources) -> list[User]:
    found: dict[Address, User] = {}
    for cache in caches:
        for group in references(cache):
            noun = resources.get(group)
            for ident in noun.user_ids or () if isinstance(noun, UserGroup) else ():
                user = resources.get(Address(User.kind, ident))
                if isinstance(user, User):
                    found[user.address] = user
    return [found[one] for one in sorted(found)]


def _mode(user: User) -> str:
    mode = user.authentication_mode
    return mode.type if isinstance(mode, AuthenticationMode) else ""


def _ids(caches: Iterable[Cache], sort: type[Cache]) -> tuple[str, ...]:
    return tuple(one.id for one in caches if isinstance(one, sort))


def _secrets(caches: Iterable[Cache], users: Iterable[User], *, tokens: bool) -> Iterator[str]:
    """Name the stores' secrets of these users, and the caches' AUTH tokens."""
    modes = (one.authentication_mode for one in users)
    refs = [ref for mode in modes if mode is not None for ref in mode.passwords or ()]
    if tokens:
        refs += [
            one.auth_token
            for one in caches
            if isinstance(one, ReplicationGroup) and isinstance(one.auth_token, SecretRef)
        ]
    for ref in dict.fromkeys(refs):
        if ref.store in ("secretsmanager", "ssm"):
            yield _secret(ref)


def _secret(ref: SecretRef) -> str:
    return ref.id if ref.id.startswith("arn:") else f"{ref.store}:{ref.id}"


def unopened(users: Iterable[User]) -> tuple[str, ...]:
    """Give the references that no function can open: they are kept on a machine."""
    modes = (one.authentication_mode for one in users)
    refs = (ref for mode in modes if mode is not None for ref in mode.passwords or ())
    return tuple(dict.fromkeys(str(ref) for ref in refs if ref.store in ("env", "file")))


def users_of(name: str, resources: Resources) -> list[User]:
    """Give the users that its caches let in."""
    return _users(caches_of(name, resources), resources)


def _subnets(caches: Iterable[Cache], resources: Resources) -> tuple[str, ...]:
    """Give the subnets of these caches, as far as the spec says them."""
    found: set[str] = set()
    for cache in caches:
        if isinstance(cache, ServerlessCache):
            found |= set(cache.subnet_ids or ())
        elif isinstance(cache, ReplicationGroup) and cache.cache_subnet_group_name:
            group = resources.get(Address(CacheSubnetGroup.kind, cache.cache_subnet_group_name))
            found |= set(getattr(group, "subnet_ids", None) or ())
    return tuple(sorted(found))


def _security_groups(caches: Iterable[Cache]) -> tuple[str, ...]:
    return tuple(sorted({one for cache in caches for one in cache.security_group_ids or ()}))


@dataclass(frozen=True, slots=True)
class Rounds:
    """What a person asks of scheduled rounds of drift."""

    name: str
    every_minutes: int
    memory: str
    """s3://BUCKET/KEY."""
    notify: SecretRef | None = None
    timeout_s: int = 120
    memory_mb: int = 512


def rounds_name(estate: str, region: str) -> str:
    """Give the name of an estate's rounds: one account may have the estate in two regions."""
    plain = "".join(one if one.isalnum() else "-" for one in f"{estate}-{region}".lower())
    if len(plain) <= _LONGEST_NAME:
        return f"drift-{plain}"
    digest = hashlib.sha256(f"{estate} {region}".encode()).hexdigest()[:8]
    return f"drift-{plain[: _LONGEST_NAME - 9]}-{digest}"


def rounds_estate(
    rounds: Rounds, package: Package, facts: Facts, looks: Mapping[str, object], carried: str
) -> tuple[IamRole, LambdaFunction, IamRole, Schedule]:
    """Give the function with the read-only role ``looks``, and the schedule with a role of its own.

    ``carried`` is the digest of what the schedule hands over.
    """
    partition = facts.partition
    starting = [
        _allow(["lambda:InvokeFunction"], facts.arn_of("lambda", f"function:{rounds.name}"))
    ]
    policies = {"drift": looks, "memory": _document(remembering(rounds.memory, partition))}
    reads = IamRole(
        id=rounds.name,
        path="/",
        description="looks for drift, and reads only but for its memory in S3",
        trust=("lambda.amazonaws.com",),
        managed_policy_arns=(f"arn:{partition}:iam::aws:policy/service-role/{OUTSIDE}",),
        replication_group_ids=(),
        serverless_cache_names=(),
        user_ids=(),
        secrets=(_secret(rounds.notify),) if rounds.notify else (),
        inline_policies={name: json.dumps(one, sort_keys=True) for name, one in policies.items()},
    )
    function = _function(rounds, package, "reconcile drift, one round")
    starts = IamRole(
        id=f"{rounds.name}-start",
        path="/",
        description=f"starts lambda:{rounds.name}, and nothing else",
        trust=("scheduler.amazonaws.com",),
        managed_policy_arns=(),
        inline_policies={"start": json.dumps(_document(starting), sort_keys=True)},
    )
    minutes = rounds.every_minutes
    schedule = Schedule(
        id=rounds.name,
        function=rounds.name,
        role=starts.id,
        expression=f"rate({minutes} minute{'s' if minutes != 1 else ''})",
        input_sha256=carried,
        # A tenth of the interval, as a watch of our own does.
        flexible_minutes=minutes // 10,
        retries=2,
        enabled=True,
        description="a round of reconcile drift",
    )
    return reads, function, starts, schedule


_LONGEST_NAME = 52
"""64 for a role (IAM quotas), less what stands before and after."""


def _allow(actions: list[str], arn: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": [arn]}


def _document(statements: list[dict[str, object]]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": statements}
