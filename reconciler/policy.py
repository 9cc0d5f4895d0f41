"""The least IAM policy under which a command can do its work for one spec. Pure.

Which resources an action is about, and that tags can be conditions, is as the AWS Service
Authorization Reference says for ElastiCache, Systems Manager, Secrets Manager and tagging. What a
resource is changed by is bound to our tag on it, what is made to our tag in the request, so that a
defect of ours can't reach a stranger. A plain apply deletes nothing but its own lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from reconciler.action import ACTS as ACTS  # noqa: PLC0414 - where a kind is told of
from reconciler.action import SNAPSHOTS, Acts
from reconciler.kind import Facts, Kind
from reconciler.kind.reach import CACHES, closure
from reconciler.lease import group_prefix
from reconciler.model import Address, Resource, SecretRef, User
from reconciler.policy_scope import LISTED as LISTED  # noqa: PLC0414 - where a policy is asked for
from reconciler.policy_scope import Scope, Statement, allow
from reconciler.preflight.reads import reads

Purpose = Literal["plan", "apply", "verify", "drift", "drill"]
LeaseSort = Literal["ssm", "parameter-group", "none"]
PURPOSES: tuple[Purpose, ...] = ("plan", "apply", "verify", "drift", "drill")

BESIDE = frozenset({"delete", "forget", "rotate", "status", "vpc-endpoints", "who"})
"""What can be added to a policy, beyond what a plain apply does."""


def policy(
    purpose: Purpose,
    kinds: Iterable[Kind[Any]],
    facts: Facts,
    refs: Iterable[SecretRef] = (),
    *,
    lease: LeaseSort = "ssm",
    beside: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Give the policy document; ``facts`` are those of the spec alone, ``refs`` its secrets.

    ``beside`` adds what a plain apply never does: ``delete``, for --prune, destroy and what is made
    anew. What bears our tag may be deleted then, in the spec or not. ``rotate`` lets it put new
    versions of the spec's secrets and hand them out. ``forget`` lets our tags be dropped,
    ``status`` the lease be looked at, also by a role that never takes it.
    """
    scope = Scope({kind.name: kind for kind in kinds}, facts)
    stores = tuple(ref for ref in refs if ref.store in ("secretsmanager", "ssm"))
    statements = [*_look(scope), *_tags(scope)]
    if purpose not in ("verify", "drill"):
        statements += _versions(scope, stores)
    if purpose in ("plan", "apply"):
        ahead = reads(facts, LISTED)
        statements += [allow(sid, actions, arns) for sid, actions, arns in ahead]
    if purpose in ("plan", "apply", "drift"):
        # A cache that is gone may be one that is being made anew.
        statements += _snapshots(scope)
    if purpose == "apply":
        statements += [*_write(scope), *_explain(), *_values(scope, stores)]
        statements += _lease(scope, lease)
        statements += _made(scope, tuple(ref for ref in stores if ref.create))
        statements += _beside(scope, stores, beside)
    if purpose != "apply" and "status" in beside:
        statements += _lease_looks(scope, lease)
    if "delete" in beside:
        statements += _orphans(scope)
        statements += _delete(scope) if purpose == "apply" else ()
    if purpose == "verify":
        statements += [*_values(scope, stores), *_connect(scope), *_invoke(scope)]
    if purpose == "drill":
        statements += [*_values(scope, stores), *_connect(scope), *_explain(), *_fail_over(scope)]
    if purpose == "drift" and "who" in beside:
        # The action knows no resources (Service Authorization Reference, CloudTrail).
        statements.append(allow("WhoChangedIt", ["cloudtrail:LookupEvents"], ["*"]))
    return {"Version": "2012-10-17", "Statement": [one for one in statements if one["Resource"]]}


def _beside(
    scope: Scope, stores: tuple[SecretRef, ...], beside: frozenset[str]
) -> Iterator[Statement]:
    """Give what an apply may do besides, each where it is asked for."""
    if "rotate" in beside:
        yield from _rotate(scope, tuple(ref for ref in stores if ref.moves))
        yield from _invoke(scope)
    if "forget" in beside:
        yield from _forget(scope)
    if "vpc-endpoints" in beside:
        yield from _vpc_endpoints(scope)


def remembering(memory: str, partition: str) -> list[Statement]:
    """Allow to read and replace a memory ``s3://BUCKET/KEY``, and to be told that there is none."""
    bucket, _, key = memory.removeprefix("s3://").partition("/")
    arn = f"arn:{partition}:s3:::{bucket}"
    return [
        allow("Remember", ["s3:GetObject", "s3:PutObject"], [f"{arn}/{key}"]),
        allow("FindNoMemory", ["s3:ListBucket"], [arn]),
    ]


def trust(purpose: Purpose, facts: Facts) -> dict[str, Any]:
    """Give a trust policy for the role: whoever the account lets assume it, in our session name."""
    # A drill looks as the read role and fails over as the write role: here they are one.
    sessions = {"apply": "reconcile-write", "drill": ["reconcile-read", "reconcile-write"]}
    session = sessions.get(purpose, "reconcile-read")
    root = f"arn:{facts.partition}:iam::{facts.account_id}:root"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:RoleSessionName": session}},
            }
        ],
    }


def _elasticache(actions: Iterable[str]) -> list[str]:
    return [f"elasticache:{one}" for one in actions]


def _look(scope: Scope) -> Iterator[Statement]:
    reads = [read for name, kind in scope.kinds.items() if kind.bulk for read in ACTS[name].reads]
    arns = [scope.every(arn_type) for _, arn_type in reads]
    yield allow("Look", _elasticache(action for action, _ in reads), arns)
    yield allow("SweepTags", ["tag:GetResources"], ["*"])
    for name in scope.others():
        actions = scope.actions(name, (action for action, _ in ACTS[name].reads))
        yield allow(f"LookAt{_title(name)}", actions, scope.arns(name))


def _tags(scope: Scope) -> Iterator[Statement]:
    arns = [arn for kind in scope.elasticache() for arn in scope.arns(kind)]
    yield allow("LookAtTags", ["elasticache:ListTagsForResource"], arns)


def _snapshots(scope: Scope) -> Iterator[Statement]:
    """Let what a new cache may be restored from be seen, and whether it was begun by us."""
    sorts = {
        ("DescribeServerlessCacheSnapshots", "serverlesscachesnapshot")
        if "CreateServerlessCacheSnapshot" in ACTS[kind].keeps
        else ("DescribeSnapshots", "snapshot")
        for kind in scope.named
        if ACTS[kind].keeps
    }
    arns = [scope.every(sort) for _, sort in sorts]
    yield allow("LookAtSnapshots", _elasticache(action for action, _ in sorts), arns)
    begun = [scope.facts.arn(sort, "*-replace-*") for _, sort in sorts]
    yield allow("LookAtSnapshotTags", ["elasticache:ListTagsForResource"], begun)


def _orphans(scope: Scope) -> Iterator[Statement]:
    """Let the tags of what the spec no longer names be read: they are, before each deletion."""
    kinds = [kind for kind in scope.kinds.values() if kind.service == "elasticache"]
    arns = [scope.every(kind.arn_type) for kind in kinds]
    yield allow("LookAtAllTags", ["elasticache:ListTagsForResource"], arns)
    for kind in scope.found_by_tag():
        looks = scope.actions(kind.name, (action for action, _ in ACTS[kind.name].reads))
        every = [kind.arn(scope.facts, "*")]
        yield allow(f"LookAtOur{_title(kind.name)}", looks, every, scope.ours("ResourceTag"))
    actions = ["DescribeSnapshots", "DescribeServerlessCacheSnapshots"]
    yield allow("LookAtAllSnapshots", _elasticache(actions), map(scope.every, SNAPSHOTS))


def _delete(scope: Scope) -> Iterator[Statement]:
    asked, held = scope.ours("RequestTag"), scope.ours("ResourceTag")
    kinds = [kind for kind in scope.kinds.values() if kind.service == "elasticache"]
    actions = [one for kind in kinds for one in ACTS[kind.name].deletes]
    yield allow("Delete", _elasticache(actions), [scope.every(k.arn_type) for k in kinds], held)
    # What the tagging API finds by our tag may be one that no spec names any more.
    found = {kind.name: kind.arn(scope.facts, "*") for kind in scope.found_by_tag()}
    for name in (*found, *(one for one in scope.others() if one not in found)):
        ends = scope.actions(name, ACTS[name].deletes)
        arns = [found[name]] if name in found else scope.arns(name)
        yield allow(f"Delete{_title(name)}", ends, arns if ends else [], held)
    caches = [kind for kind in kinds if ACTS[kind.name].keeps]
    keeps = [one for kind in caches for one in ACTS[kind.name].keeps]
    ends = [one for kind in caches for one in ACTS[kind.name].deletes]
    last, kept = (
        [scope.facts.arn(one, f"*-{purpose}-*") for one in SNAPSHOTS]
        for purpose in ("final", "replace")
    )
    # A last snapshot bears no tag yet when it is asked for.
    yield allow("LastSnapshots", _elasticache(ends), last)
    yield allow("Keep", _elasticache(keeps), [scope.every(k.arn_type) for k in caches], held)
    yield allow("KeepAsOurs", _elasticache([*keeps, "AddTagsToResource"]), kept, asked)
    yield allow("KeptIsOurs", ["elasticache:AddTagsToResource"], kept, held)


def _versions(scope: Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    yield allow("SecretVersions", ["secretsmanager:DescribeSecret"], secrets)
    if any(ref.store == "ssm" for ref in refs):
        yield allow("ParameterVersions", ["ssm:DescribeParameters"], ["*"])


def _values(scope: Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    yield allow("SecretValues", ["secretsmanager:GetSecretValue"], secrets)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield allow("ParameterValues", ["ssm:GetParameter"], parameters)


def _made(scope: Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    """Allow to make what says create: true; a key is put beside those of a secret that is there."""
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    keyed = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager" and ref.key]
    yield allow("MakeSecrets", ["secretsmanager:CreateSecret"], secrets)
    yield allow("AddKeys", ["secretsmanager:PutSecretValue"], keyed)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield allow("MakeParameters", ["ssm:PutParameter"], parameters)


def _rotate(scope: Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    stages = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
    yield allow("RotateSecrets", ["secretsmanager:DescribeSecret", *stages], secrets)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield allow("RotateParameters", ["ssm:PutParameter"], parameters)
    # A new version keeps the key and the tier of the one before.
    yield allow("ParametersAsTheyAre", ["ssm:DescribeParameters"], ["*"] if parameters else [])


def _secret_arn(ref: SecretRef, scope: Scope) -> str:
    # Secrets Manager appends a hyphen and six characters to the name.
    return (
        ref.id
        if ref.id.startswith("arn:")
        else scope.other("secretsmanager", f"secret:{ref.id}-??????")
    )


def _parameter_arn(name: str, scope: Scope) -> str:
    bare = name.partition(":")[0] if not name.startswith("arn:") else name
    return bare if bare.startswith("arn:") else scope.other("ssm", f"parameter/{bare.strip('/')}")


def _write(scope: Scope) -> Iterator[Statement]:
    asked, held = scope.ours("RequestTag"), scope.ours("ResourceTag")
    for kind in scope.named:
        acts, arns, title = ACTS[kind], scope.arns(kind), _title(kind)
        yield allow(f"Create{title}", scope.actions(kind, [acts.creates]), arns, asked)
        bound = {one for one, _ in acts.bound}
        changes = [one for one in acts.changes if one not in bound]
        yield allow(f"Change{title}", scope.actions(kind, changes), arns, held)
        yield from _bound(kind, scope)
        yield allow(
            f"{title}Names",
            _elasticache([acts.creates, *_naming(acts)]),
            [scope.every(one) for one in acts.names],
        )
    every = [arn for kind in scope.elasticache() for arn in scope.arns(kind)]
    for kind in scope.others():
        tags, arns = scope.actions(kind, [ACTS[kind].tags]), scope.arns(kind)
        yield allow(f"Tag{_title(kind)}AsOurs", tags, arns, asked)
        yield allow(f"TagOur{_title(kind)}", tags, arns, held)
    # A create carries its tags, which takes this as well; so does taking over what is named.
    yield allow("TagAsOurs", ["elasticache:AddTagsToResource"], every, asked)
    yield allow("TagOurs", ["elasticache:AddTagsToResource"], every, held)


def _bound(kind: str, scope: Scope) -> Iterator[Statement]:
    """Allow what hands on rights for those values alone that the spec names."""
    for action, (key, field) in ACTS[kind].bound:
        wished = (getattr(scope.facts.desired[one], field) or () for one in scope.named[kind])
        given = {one for some in wished for one in ((some,) if isinstance(some, str) else some)}
        condition = {**scope.ours("ResourceTag"), "ArnEquals": {key: sorted(given)}}
        arns = scope.arns(kind) if given else []
        yield allow(action, scope.actions(kind, [action]), arns, condition)


def _forget(scope: Scope) -> Iterator[Statement]:
    """Let our tags be dropped from what bears them, in the spec or not."""
    kept = [kind for kind in scope.kinds.values() if kind.service == "elasticache"]
    every = [scope.every(kind.arn_type) for kind in kept]
    yield allow("LookAtTagsToDrop", ["elasticache:ListTagsForResource"], every)
    for service in sorted({kind.service for kind in scope.kinds.values()}):
        kinds = [kind for kind in scope.kinds.values() if kind.service == service]
        drops = {f"{service}:{ACTS[kind.name].untags}" for kind in kinds}
        arns = [kind.arn(scope.facts, "*") for kind in kinds]
        yield allow(f"Forget{_title(service)}", drops, arns, scope.ours("ResourceTag"))


def _vpc_endpoints(scope: Scope) -> Iterator[Statement]:
    """Allow what CreateServerlessCache does in the caller's name, as AmazonElastiCacheFullAccess.

    None of it is a call of ours.
    """
    if "serverless_cache" not in scope.named:
        return
    made = [scope.other("ec2", "vpc-endpoint/*")]
    service = {"StringLike": {"ec2:VpceServiceName": "com.amazonaws.elasticache.serverless.*"}}
    tagged = {
        "ec2:CreateAction": "CreateVpcEndpoint",
        "aws:RequestTag/AmazonElastiCacheManaged": "true",
    }
    around = [scope.other("ec2", f"{one}/*") for one in ("vpc", "subnet", "security-group")]
    looks = ["DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups", "DescribeVpcEndpoints"]
    yield allow("MakeVpcEndpoints", ["ec2:CreateVpcEndpoint"], made, service)
    yield allow("VpcEndpointsStandIn", ["ec2:CreateVpcEndpoint"], around)
    yield allow("TagVpcEndpoints", ["ec2:CreateTags"], made, {"StringEquals": tagged})
    yield allow("LookAtNetworks", [f"ec2:{one}" for one in looks], ["*"])


def _title(kind: str) -> str:
    return kind.title().replace("_", "")


def _naming(acts: Acts) -> Iterator[str]:
    """Give the changes that may name something else: those of counts name nothing."""
    for one in acts.changes:
        if one not in ("IncreaseReplicaCount", "DecreaseReplicaCount") and "Shard" not in one:
            yield one


def _explain() -> Iterator[Statement]:
    # What the service says about a step that failed; the action knows no resources.
    yield allow("Explain", ["elasticache:DescribeEvents"], ["*"])


def _fail_over(scope: Scope) -> Iterator[Statement]:
    # The one write of a drill, on what carries our tag.
    arns = scope.arns("replication_group")
    yield allow("FailOver", ["elasticache:TestFailover"], arns, scope.ours("ResourceTag"))


def _lease_looks(scope: Scope, sort: LeaseSort) -> Iterator[Statement]:
    """Let a lease be read, never taken; describing parameter groups is among every look."""
    if sort == "ssm":
        path = scope.other("ssm", f"parameter/reconciler/{scope.facts.estate}/lease")
        yield allow("LookAtLease", ["ssm:GetParametersByPath"], [path, f"{path}/*"])
    if sort == "parameter-group":
        name = group_prefix(scope.facts.estate)
        arns = [scope.facts.arn("parametergroup", f"{name}-*")]
        yield allow("LookAtLease", ["elasticache:ListTagsForResource"], arns)


def _lease(scope: Scope, sort: LeaseSort) -> Iterator[Statement]:
    if sort == "ssm":
        path = scope.other("ssm", f"parameter/reconciler/{scope.facts.estate}/lease")
        actions = ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"]
        yield allow("Lease", actions, [path, f"{path}/*"])
    if sort == "parameter-group":
        # Describing them is among the looks of every command; none of these is ours by tag.
        name = group_prefix(scope.facts.estate)
        actions = [
            "CreateCacheParameterGroup",
            "DeleteCacheParameterGroup",
            "AddTagsToResource",
            "ListTagsForResource",
        ]
        arns = [scope.facts.arn("parametergroup", f"{name}-*")]
        yield allow("Lease", _elasticache(actions), arns)


def _connect(scope: Scope) -> Iterator[Statement]:
    facts, arns = scope.facts, set[Address]()
    for address, resource in facts.desired.items():
        if _logs_in_by_iam(resource):
            caches = {one for one in closure(address, facts) if one.kind in CACHES}
            arns |= {address, *caches} if caches else set()
    yield allow("LogIn", ["elasticache:Connect"], scope.of(arns))


def _invoke(scope: Scope) -> Iterator[Statement]:
    """Let what ``verify.via`` names be asked: the functions that look from inside the VPC."""
    vias = (getattr(one, "verify", None) for one in scope.facts.desired.values())
    named = {one.via.removeprefix("lambda:") for one in vias if one and one.via != "here"}
    arns = [
        one if one.startswith("arn:") else scope.other("lambda", f"function:{one}") for one in named
    ]
    yield allow("AskRunners", ["lambda:InvokeFunction"], arns)


def _logs_in_by_iam(resource: Resource) -> bool:
    mode = resource.authentication_mode if isinstance(resource, User) else None
    return mode is not None and mode.type == "iam"
