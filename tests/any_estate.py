"""Accounts at random: what is there, ours and others', and a spec that wishes something else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import build
from any_group import FAMILIES, OPEN, own_group
from any_wish import ONE, SORTS, STRINGS, TWO, Drawn, Sort, draw
from estate import Estate
from inprocess import InProcess

from reconciler.model import Address, CacheUsageLimits, Immutable, Resource, mark
from reconciler.nouns.iam_role import GRANTS

PASSWORD = "a-password-of-somebody-else"
PEOPLE = {
    "app": ("app", "valkey"),
    "late": ("late", "valkey"),
    "ops": ("ops", "redis"),
    "def-one": ("default", "redis"),
    "def-two": ("default", "redis"),
    "stranger": ("stranger", "valkey"),
}
"""Users of other people: id -> name and engine."""
GROUPS = {
    "of-redis": ("redis", ["def-one", "ops"]),
    "of-valkey": ("valkey", ["app"]),
    "strangers": ("valkey", ["stranger"]),
}
"""Groups of other people, which caches may be given: id -> engine and members."""


def account(**switches: Any) -> InProcess:
    """Give an account with what wishes name beside themselves, and with things of other people."""
    bench = InProcess(**switches)
    for ref in (ONE, TWO, build.TOKEN, build.PASSWORD):
        bench.secrets.put(ref, f"secret-number-{ref.key or 'none'}-of-this", f"v-{ref.key}")
    bench.service.declare_subnets(
        bench.principal, dict.fromkeys(("subnet-1", "subnet-2", "subnet-3"), "vpc-own")
    )
    bench.aws(
        "create_cache_subnet_group",
        CacheSubnetGroupName="private",
        CacheSubnetGroupDescription="own",
        SubnetIds=["subnet-1", "subnet-2", "subnet-3"],
    )
    _own_parameter_groups(bench)
    _bystanders(bench)
    return bench


def _own_parameter_groups(bench: InProcess) -> None:
    for family in sorted({*FAMILIES.values(), "memcached1.6"}):
        for clustered in (False, True):
            name = own_group(family, clustered=clustered)
            bench.aws(
                "create_cache_parameter_group",
                CacheParameterGroupName=name,
                CacheParameterGroupFamily=family,
                Description="own",
            )
            if clustered and family != "memcached1.6":
                bench.aws(
                    "modify_cache_parameter_group",
                    CacheParameterGroupName=name,
                    ParameterNameValues=[
                        {"ParameterName": "cluster-enabled", "ParameterValue": "yes"}
                    ],
                )


def _bystanders(bench: InProcess) -> None:
    tags = [{"Key": "team", "Value": "somebody"}]
    for ident, (name, engine) in PEOPLE.items():
        bench.aws(
            "create_user",
            UserId=ident,
            UserName=name,
            Engine=engine,
            AccessString="off -@all" if name == "default" else "on ~app:* +@read",
            Passwords=[PASSWORD],
            Tags=tags,
        )
    for ident, (engine, members) in GROUPS.items():
        bench.aws("create_user_group", UserGroupId=ident, Engine=engine, UserIds=members)
    bench.settle(60)
    bench.aws(
        "create_replication_group",
        ReplicationGroupId="strange",
        ReplicationGroupDescription="of somebody else",
        Engine="valkey",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        TransitEncryptionEnabled=True,
        UserGroupIds=["strangers"],
        Tags=tags,
    )
    bench.aws("create_serverless_cache", ServerlessCacheName="strange", Engine="valkey", Tags=tags)
    bench.aws(
        "create_cache_cluster",
        CacheClusterId="strange-pages",
        Engine="memcached",
        CacheNodeType="cache.t4g.small",
        NumCacheNodes=1,
        Tags=tags,
    )


@dataclass
class Written:
    """A thing as a spec has it: the wish, and what is then known to stand there."""

    drawn: Drawn
    wish: Resource
    stands: dict[str, Any] = field(default_factory=dict)
    """What the fields hold once it has been applied; the service chose those that are not here."""

    @property
    def address(self) -> Address:
        return self.wish.address


def first(chance: random.Random, drawn: Drawn) -> Written:
    """Write a thing that is not there yet: what it must say, and some of the rest."""
    sort = SORTS[drawn.kind]
    said, stands = {}, {}
    for name, value in drawn.values.items():
        if name in sort.always | sort.tied or chance.random() < 0.7:
            said[name] = stands[name] = value
        elif chance.random() < 0.2:
            said[name] = None
    stands["tags"] = said["tags"] = {"team": chance.choice("ab"), "owner": "me"}
    return Written(drawn, _noun(drawn, said), stands)


def second(chance: random.Random, before: Written) -> Written:
    """Write what a thing shall become: some fields move, some are reset, some are left out."""
    drawn = before.drawn.moved(chance)
    sort, said, stands = SORTS[drawn.kind], {}, dict(before.stands)
    # One right that is said makes all of a role's managed: now and then none is.
    unsaid: tuple[str, ...] = ()
    if drawn.kind == "iam_role" and chance.random() < 0.2:
        unsaid = (*GRANTS, "inline_policies")[: chance.choice((4, 5))]
    for name, value in drawn.values.items():
        if name in unsaid:
            continue
        fixed = mark(build.KIND[drawn.kind].model, name, Immutable)
        if fixed and name not in before.stands:
            continue
        choice = _choice(chance, sort, name, value, before.stands.get(name, ...))
        if choice == "null":
            said[name], stands[name] = None, sort.resets[name]
        elif choice == "given":
            said[name] = stands[name] = value
    mode = drawn.values.get("transit_encryption_mode")
    if said.get("transit_encryption_enabled") and mode == "preferred":
        # Where TLS is said to be on, a mode that is left out means required.
        said["transit_encryption_mode"] = stands["transit_encryption_mode"] = mode
    for name in before.stands.keys() - drawn.values.keys() - {"tags"}:
        stands.pop(name)
    if (tags := chance.choice((None, {"team": "a"}, {"team": "b"}, {"more": "yes"}, ...))) != ...:
        said["tags"] = tags
        stands["tags"] = {**before.stands["tags"], **(tags or {})}
    wish = _noun(drawn, said)
    if hasattr(wish, "apply_immediately") and chance.random() < 0.25:
        wish = wish.but(apply_immediately=False)
    return Written(drawn, wish, stands)


def _choice(chance: random.Random, sort: Sort, name: str, value: Any, stood: Any) -> str:
    """Say whether a field is given, null or left out."""
    nulls = name in sort.resets and (name not in sort.tied or sort.resets[name] == value)
    if nulls and chance.random() < (0.6 if name in sort.tied else 0.25):
        return "null"
    if name in sort.tied and meaning(name, value) != meaning(name, stood):
        return "given"
    return "given" if chance.random() < 0.65 else "left out"


def _noun(drawn: Drawn, said: dict[str, Any]) -> Resource:
    model = build.KIND[drawn.kind].model
    more = {"apply_immediately": True} if "apply_immediately" in model.model_fields else {}
    if "gates" in model.model_fields:
        more["gates"] = OPEN
    return model(id=drawn.id, **said, **more)


def refusals(chance: random.Random, before: Written) -> Iterator[tuple[str, Resource]]:
    """Give wishes for what can't change in place, each with the field that is at fault."""
    kind = build.KIND[before.drawn.kind]
    other = {
        **draw(chance, before.drawn.kind).values,
        "preferred_availability_zone": f"{build.REGION}c",
        "kms_key_id": build.KEY_ARN.replace("1234abcd", "00000000"),
        "connection_type": "public",
        "integrations": ("dynamodb",),
    }
    for name in kind.fields:
        # A port can't be read behind loopback, so nothing can be said of it there.
        if name == "port" or not mark(kind.model, name, Immutable):
            continue
        if name in other and name in before.stands:
            same = meaning(name, other[name]) == meaning(name, before.stands[name])
            if not same:
                yield name, _noun(before.drawn, {name: other[name]})


def meaning(name: str, value: Any) -> Any:
    """Give what two ways of writing a value have in common."""
    plain = value is None or value is ...
    return value if plain or name not in _MEANINGS else _MEANINGS[name](value)


def _names(arns: tuple[str, ...]) -> list[str]:
    names = (one.rpartition(":")[2] for one in arns)
    return [name.removeprefix("parameter").removesuffix("-??????") for name in names]


def _limits(limits: CacheUsageLimits) -> list[Any]:
    ranges = (limits.data_storage, limits.ecpu_per_second)
    return [one and (one.minimum, one.maximum) for one in ranges]


_MEANINGS: dict[str, Callable[[Any], Any]] = {
    # One of the unknown facts is that the service may write one more word at the end.
    "access_string": lambda text: STRINGS.get(text.removesuffix(" -keys"), text),
    "kms_key_id": lambda key: key.rpartition("/")[2],
    "major_engine_version": lambda version: version.split(".")[0],
    # Of memcached the patch is written too.
    "engine_version": lambda text: text if text[0] == "1" else text.split(".")[:2],
    "description": lambda text: text.strip() or None,
    "cache_usage_limits": _limits,
    "log_delivery_configurations": lambda logs: sorted(map(str, logs)),
    "inline_policies": lambda texts: {name: "metrics:" in text for name, text in texts.items()},
    **dict.fromkeys(
        ("secrets", "replication_group_ids", "serverless_cache_names", "user_ids"), _names
    ),
}


@dataclass
class Pair:
    """What is there, and a spec that wishes something else."""

    estate: Estate
    before: dict[Address, Written]
    after: dict[Address, Written]


def prepared(chance: random.Random, **switches: Any) -> Pair:
    """Give an account in which some things stand, and a spec for them and for others."""
    kinds = [kind for kind in SORTS if chance.random() < 0.6] or ["replication_group"]
    stood = [first(chance, draw(chance, kind)) for kind in kinds if chance.random() < 0.8]
    before = {one.address: one for one in stood}
    bench = account(**switches)
    start = Estate(bench, [one.wish for one in stood])
    summary = start.apply()
    assert (summary.failed, summary.left, summary.gated) == ((), (), ())
    bench.settle()
    for one in stood:
        if one.address.kind != "iam_role" and chance.random() < 0.15:
            disown(bench, one.address)
    after = {one.address: second(chance, one) for one in stood if chance.random() < 0.95}
    there = {one.kind for one in before}
    made = [first(chance, draw(chance, kind)) for kind in kinds if kind not in there]
    after |= {one.address: one for one in made}
    bench.writes.clear()
    return Pair(Estate(bench, [one.wish for one in after.values()]), before, after)


def disown(bench: InProcess, address: Address) -> None:
    """Take our tags off: from now on it is there and not ours."""
    kind = build.KIND[address.kind]
    arn = f"arn:aws:elasticache:{bench.region}:{bench.account_id}:{kind.arn_type}:{address.id}"
    tags = dict(bench.service.tagged_resources(bench.principal))[arn]
    ours = [key for key in tags if key.startswith("reconciler:")]
    bench.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=ours)
    bench.settle(600)
