"""The least IAM policy under which a command can do its work for one spec. Pure.

Which resources an action is about, and that tags can be conditions, is as the AWS Service
Authorization Reference says for ElastiCache, Systems Manager, Secrets Manager and tagging. What a
resource is changed by is bound to our tag on it, what is made to our tag in the request, so that a
defect of ours can't reach a stranger. A plain apply deletes nothing but its own lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from reconciler.action import ACTS as ACTS  # noqa: PLC0414 - where a kind is told of
from reconciler.action import SNAPSHOTS, Acts
from reconciler.kind import Facts, Kind
from reconciler.lease import group_prefix
from reconciler.model import Address, Resource, SecretRef, User
from reconciler.preflight.reads import reads
from reconciler.reach import CACHES, closure

Purpose = Literal["plan", "apply", "verify", "drift", "drill"]
LeaseSort = Literal["ssm", "parameter-group", "none"]
PURPOSES: tuple[Purpose, ...] = ("plan", "apply", "verify", "drift", "drill")

BESIDE = frozenset({"delete", "rotate", "vpc-endpoints", "who"})
"""What can be added to a policy, beyond what a plain apply does."""

LISTED = 25
"""So many resources of a kind are named one by one; of more the kind, for a policy's size."""

Statement = dict[str, Any]


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
    versions of the spec's secrets and hand them out.
    """
    scope = _Scope({kind.name: kind for kind in kinds}, facts)
    stores = tuple(ref for ref in refs if ref.store in ("secretsmanager", "ssm"))
    statements = [*_look(scope), *_tags(scope)]
    if purpose not in ("verify", "drill"):
        statements += _versions(scope, stores)
    if purpose in ("plan", "apply"):
        ahead = reads(facts, LISTED)
        statements += [_allow(sid, actions, arns) for sid, actions, arns in ahead]
    if purpose in ("plan", "apply", "drift"):
        # A cache that is gone may be one that is being made anew.
        statements += _snapshots(scope)
    if purpose == "apply":
        statements += [*_write(scope), *_explain(), *_values(scope, stores)]
        statements += _lease(scope, lease)
        statements += _made(scope, tuple(ref for ref in stores if ref.create))
    if purpose == "apply" and "rotate" in beside:
        statements += _rotate(scope, tuple(ref for ref in stores if ref.moves))
    if purpose == "apply" and "vpc-endpoints" in beside:
        statements += _vpc_endpoints(scope)
    if "delete" in beside:
        statements += _orphans(scope)
        statements += _delete(scope) if purpose == "apply" else ()
    if purpose == "verify":
        statements += [*_values(scope, stores), *_connect(scope), *_invoke(scope)]
    if purpose == "drill":
        statements += [*_values(scope, stores), *_connect(scope), *_explain(), *_fail_over(scope)]
    if purpose == "drift" and "who" in beside:
        # The action knows no resources (Service Authorization Reference, CloudTrail).
        statements.append(_allow("WhoChangedIt", ["cloudtrail:LookupEvents"], ["*"]))
    return {"Version": "2012-10-17", "Statement": [one for one in statements if one["Resource"]]}


def remembering(memory: str, partition: str) -> list[Statement]:
    """Allow to read and replace a memory ``s3://BUCKET/KEY``, and to be told that there is none."""
    bucket, _, key = memory.removeprefix("s3://").partition("/")
    arn = f"arn:{partition}:s3:::{bucket}"
    return [
        _allow("Remember", ["s3:GetObject", "s3:PutObject"], [f"{arn}/{key}"]),
        _allow("FindNoMemory", ["s3:ListBucket"], [arn]),
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


class _Scope:
    """The spec's resources as ARNs."""

    def __init__(self, kinds: Mapping[str, Kind[Any]], facts: Facts) -> None:
        self.kinds, self.facts = kinds, facts
        self.named: dict[str, list[Address]] = {}
        for address in sorted(facts.desired):
            self.named.setdefault(address.kind, []).append(address)

    def arns(self, kind: str) -> list[str]:
        """Give the ARNs of the spec's resources of a kind; of very many, of the whole kind."""
        return self.of(self.named.get(kind, ()))

    def of(self, addresses: Iterable[Address]) -> list[str]:
        """Give the ARNs of these, in order."""
        some = sorted(addresses)
        if len(some) > LISTED:
            return sorted({self.kinds[one.kind].arn(self.facts, "*") for one in some})
        return [self.kinds[one.kind].arn(self.facts, one.id) for one in some]

    def elasticache(self) -> list[str]:
        """Give the named kinds that ElastiCache keeps."""
        return [name for name in self.named if self.kinds[name].service == "elasticache"]

    def others(self) -> list[str]:
        """Give the named kinds that another service keeps."""
        return [name for name in self.named if self.kinds[name].service != "elasticache"]

    def found_by_tag(self) -> list[Kind[Any]]:
        """Give the kinds of which the tagging API finds what the spec no longer names."""
        return [kind for kind in self.kinds.values() if kind.found_by_tag]

    def actions(self, kind: str, some: Iterable[str]) -> list[str]:
        """Give these actions as the service of a kind calls them."""
        return [f"{self.kinds[kind].service}:{one}" for one in some]

    def every(self, arn_type: str) -> str:
        """Give the pattern of all ARNs of a type in this account and region."""
        return self.facts.arn(arn_type, "*")

    def other(self, service: str, rest: str) -> str:
        """Give an ARN of another service in this account and region."""
        facts = self.facts
        return f"arn:{facts.partition}:{service}:{facts.region}:{facts.account_id}:{rest}"

    def ours(self, key: str) -> Mapping[str, Any]:
        """Give the condition that our ownership tag has under ``aws:<key>``."""
        tag = f"aws:{key}/{self.facts.tag_prefix}:estate"
        return {"StringEquals": {tag: self.facts.estate}}


def _allow(
    sid: str, actions: Iterable[str], arns: Iterable[str], condition: Any = None
) -> Statement:
    found: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(set(actions)),
        "Resource": sorted(set(arns)),
    }
    return {**found, "Condition": condition} if condition else found


def _elasticache(actions: Iterable[str]) -> list[str]:
    return [f"elasticache:{one}" for one in actions]


def _look(scope: _Scope) -> Iterator[Statement]:
    reads = [read for name, kind in scope.kinds.items() if kind.bulk for read in ACTS[name].reads]
    arns = [scope.every(arn_type) for _, arn_type in reads]
    yield _allow("Look", _elasticache(action for action, _ in reads), arns)
    yield _allow("SweepTags", ["tag:GetResources"], ["*"])
    for name in scope.others():
        actions = scope.actions(name, (action for action, _ in ACTS[name].reads))
        yield _allow(f"LookAt{_title(name)}", actions, scope.arns(name))


def _tags(scope: _Scope) -> Iterator[Statement]:
    arns = [arn for kind in scope.elasticache() for arn in scope.arns(kind)]
    yield _allow("LookAtTags", ["elasticache:ListTagsForResource"], arns)


def _snapshots(scope: _Scope) -> Iterator[Statement]:
    """Let what a new cache may be restored from be seen, and whether it was begun by us."""
    sorts = {
        ("DescribeServerlessCacheSnapshots", "serverlesscachesnapshot")
        if "CreateServerlessCacheSnapshot" in ACTS[kind].keeps
        else ("DescribeSnapshots", "snapshot")
        for kind in scope.named
        if ACTS[kind].keeps
    }
    arns = [scope.every(sort) for _, sort in sorts]
    yield _allow("LookAtSnapshots", _elasticache(action for action, _ in sorts), arns)
    begun = [scope.facts.arn(sort, "*-replace-*") for _, sort in sorts]
    yield _allow("LookAtSnapshotTags", ["elasticache:ListTagsForResource"], begun)


def _orphans(scope: _Scope) -> Iterator[Statement]:
    """Let the tags of what the spec no longer names be read: they are, before each deletion."""
    kinds = [kind for kind in scope.kinds.values() if kind.service == "elasticache"]
    arns = [scope.every(kind.arn_type) for kind in kinds]
    yield _allow("LookAtAllTags", ["elasticache:ListTagsForResource"], arns)
    for kind in scope.found_by_tag():
        looks = scope.actions(kind.name, (action for action, _ in ACTS[kind.name].reads))
        every = [kind.arn(scope.facts, "*")]
        yield _allow(f"LookAtOur{_title(kind.name)}", looks, every, scope.ours("ResourceTag"))
    actions = ["DescribeSnapshots", "DescribeServerlessCacheSnapshots"]
    yield _allow("LookAtAllSnapshots", _elasticache(actions), map(scope.every, SNAPSHOTS))


def _delete(scope: _Scope) -> Iterator[Statement]:
    asked, held = scope.ours("RequestTag"), scope.ours("ResourceTag")
    kinds = [kind for kind in scope.kinds.values() if kind.service == "elasticache"]
    actions = [one for kind in kinds for one in ACTS[kind.name].deletes]
    yield _allow("Delete", _elasticache(actions), [scope.every(k.arn_type) for k in kinds], held)
    # What the tagging API finds by our tag may be one that no spec names any more.
    found = {kind.name: kind.arn(scope.facts, "*") for kind in scope.found_by_tag()}
    for name in (*found, *(one for one in scope.others() if one not in found)):
        ends = scope.actions(name, ACTS[name].deletes)
        arns = [found[name]] if name in found else scope.arns(name)
        yield _allow(f"Delete{_title(name)}", ends, arns if ends else [], held)
    caches = [kind for kind in kinds if ACTS[kind.name].keeps]
    keeps = [one for kind in caches for one in ACTS[kind.name].keeps]
    ends = [one for kind in caches for one in ACTS[kind.name].deletes]
    last, kept = (
        [scope.facts.arn(one, f"*-{purpose}-*") for one in SNAPSHOTS]
        for purpose in ("final", "replace")
    )
    # A last snapshot bears no tag yet when it is asked for.
    yield _allow("LastSnapshots", _elasticache(ends), last)
    yield _allow("Keep", _elasticache(keeps), [scope.every(k.arn_type) for k in caches], held)
    yield _allow("KeepAsOurs", _elasticache([*keeps, "AddTagsToResource"]), kept, asked)
    yield _allow("KeptIsOurs", ["elasticache:AddTagsToResource"], kept, held)


def _versions(scope: _Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    yield _allow("SecretVersions", ["secretsmanager:DescribeSecret"], secrets)
    if any(ref.store == "ssm" for ref in refs):
        yield _allow("ParameterVersions", ["ssm:DescribeParameters"], ["*"])


def _values(scope: _Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    yield _allow("SecretValues", ["secretsmanager:GetSecretValue"], secrets)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield _allow("ParameterValues", ["ssm:GetParameter"], parameters)


def _made(scope: _Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    """Allow to make what says create: true; a key is put beside those of a secret that is there."""
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    keyed = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager" and ref.key]
    yield _allow("MakeSecrets", ["secretsmanager:CreateSecret"], secrets)
    yield _allow("AddKeys", ["secretsmanager:PutSecretValue"], keyed)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield _allow("MakeParameters", ["ssm:PutParameter"], parameters)


def _rotate(scope: _Scope, refs: tuple[SecretRef, ...]) -> Iterator[Statement]:
    secrets = [_secret_arn(ref, scope) for ref in refs if ref.store == "secretsmanager"]
    stages = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
    yield _allow("RotateSecrets", ["secretsmanager:DescribeSecret", *stages], secrets)
    parameters = [_parameter_arn(ref.id, scope) for ref in refs if ref.store == "ssm"]
    yield _allow("RotateParameters", ["ssm:PutParameter"], parameters)
    # A new version keeps the key and the tier of the one before.
    yield _allow("ParametersAsTheyAre", ["ssm:DescribeParameters"], ["*"] if parameters else [])


def _secret_arn(ref: SecretRef, scope: _Scope) -> str:
    # Secrets Manager appends a hyphen and six characters to the name.
    return (
        ref.id
        if ref.id.startswith("arn:")
        else scope.other("secretsmanager", f"secret:{ref.id}-??????")
    )


def _parameter_arn(name: str, scope: _Scope) -> str:
    bare = name.partition(":")[0] if not name.startswith("arn:") else name
    return bare if bare.startswith("arn:") else scope.other("ssm", f"parameter/{bare.strip('/')}")


def _write(scope: _Scope) -> Iterator[Statement]:
    asked, held = scope.ours("RequestTag"), scope.ours("ResourceTag")
    for kind in scope.named:
        acts, arns, title = ACTS[kind], scope.arns(kind), _title(kind)
        yield _allow(f"Create{title}", scope.actions(kind, [acts.creates]), arns, asked)
        yield _allow(f"Change{title}", scope.actions(kind, acts.changes), arns, held)
        yield _allow(
            f"{title}Names",
            _elasticache([acts.creates, *_naming(acts)]),
            [scope.every(one) for one in acts.names],
        )
    every = [arn for kind in scope.elasticache() for arn in scope.arns(kind)]
    for kind in scope.others():
        tags, arns = scope.actions(kind, [ACTS[kind].tags]), scope.arns(kind)
        yield _allow(f"Tag{_title(kind)}AsOurs", tags, arns, asked)
        yield _allow(f"TagOur{_title(kind)}", tags, arns, held)
    # A create carries its tags, which takes this as well; so does taking over what is named.
    yield _allow("TagAsOurs", ["elasticache:AddTagsToResource"], every, asked)
    yield _allow("TagOurs", ["elasticache:AddTagsToResource"], every, held)


def _vpc_endpoints(scope: _Scope) -> Iterator[Statement]:
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
    yield _allow("MakeVpcEndpoints", ["ec2:CreateVpcEndpoint"], made, service)
    yield _allow("VpcEndpointsStandIn", ["ec2:CreateVpcEndpoint"], around)
    yield _allow("TagVpcEndpoints", ["ec2:CreateTags"], made, {"StringEquals": tagged})
    yield _allow("LookAtNetworks", [f"ec2:{one}" for one in looks], ["*"])


def _title(kind: str) -> str:
    return kind.title().replace("_", "")


def _naming(acts: Acts) -> Iterator[str]:
    """Give the changes that may name something else: those of counts name nothing."""
    for one in acts.changes:
        if one not in ("IncreaseReplicaCount", "DecreaseReplicaCount") and "Shard" not in one:
            yield one


def _explain() -> Iterator[Statement]:
    # What the service says about a step that failed; the action knows no resources.
    yield _allow("Explain", ["elasticache:DescribeEvents"], ["*"])


def _fail_over(scope: _Scope) -> Iterator[Statement]:
    # The one write of a drill, on what carries our tag.
    arns = scope.arns("replication_group")
    yield _allow("FailOver", ["elasticache:TestFailover"], arns, scope.ours("ResourceTag"))


def _lease(scope: _Scope, sort: LeaseSort) -> Iterator[Statement]:
    if sort == "ssm":
        path = scope.other("ssm", f"parameter/reconciler/{scope.facts.estate}/lease")
        actions = ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"]
        yield _allow("Lease", actions, [path, f"{path}/*"])
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
        yield _allow("Lease", _elasticache(actions), arns)


def _connect(scope: _Scope) -> Iterator[Statement]:
    facts, arns = scope.facts, set[Address]()
    for address, resource in facts.desired.items():
        if _logs_in_by_iam(resource):
            caches = {one for one in closure(address, facts) if one.kind in CACHES}
            arns |= {address, *caches} if caches else set()
    yield _allow("LogIn", ["elasticache:Connect"], scope.of(arns))


def _invoke(scope: _Scope) -> Iterator[Statement]:
    """Let what ``verify.via`` names be asked: the functions that look from inside the VPC."""
    vias = (getattr(one, "verify", None) for one in scope.facts.desired.values())
    named = {one.via.removeprefix("lambda:") for one in vias if one and one.via != "here"}
    arns = [
        one if one.startswith("arn:") else scope.other("lambda", f"function:{one}") for one in named
    ]
    yield _allow("AskRunners", ["lambda:InvokeFunction"], arns)


def _logs_in_by_iam(resource: Resource) -> bool:
    mode = resource.authentication_mode if isinstance(resource, User) else None
    return mode is not None and mode.type == "iam"
