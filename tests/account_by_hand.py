"""A live account that people made by hand: raw calls in the wildest shapes that the API takes.

Nothing here knows the product. A field that the service refuses beside the others is taken away, as
a person would, until the call is accepted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from typing import Any

import build
from inprocess import InProcess

from reconciler.errors import AwsError

SUBNETS = ("subnet-0a1b2c3d", "subnet-0a1b2c3e", "subnet-0a1b2c3f")
TOPIC = f"arn:aws:sns:{build.REGION}:{build.ACCOUNT}:topic"
TEXTS = (
    *("on", "no", "y", "NULL", "null", "~", "true", "False", "=", "<<", "---", "...", ".inf"),
    *("1e3", "0x1f", "0o17", "1_000", "12:30:45", "2026-11-20", "+1", "-0", "1.", ".5", "1e400"),
    *("key:", "a: b", "a #b", "#", "%TAG", "@at", "`tick`", "{a}", "[a]", "a, b", "|", ">-", "! x"),
    *("&a", "*a", "- a", "? a", "'", '"', "\\n", "a\\tb", "é", "e\u0301", "\U0001f600", "雪 ☃"),
    "x" * 255,
)
KEYS = tuple(one for one in TEXTS if len(one) <= 128)
ACCESS = (
    *("on ~* +@all", "off -@all", "off ~keys* -@all +get", "on ~* &* -@all +client|getname"),
    *("on ~a:* &b:* -@all +@read -get +set", "ON ~key:{a}* resetchannels -@all +GET"),
    *("on %R~r:* %W~w:* -@all +@read +@write", "on (~a:* +get) ~b:* -@all +set"),
    *("on ~'#x' +@all", "on ~a#b +@all", "on ~a: +@all", "on ~\U0001f600* +@all"),
)
LOGINS: tuple[dict[str, Any], ...] = (
    {"NoPasswordRequired": True},
    {"Passwords": ["a-password-of-16-and-more"]},
    {"Passwords": ["a-password-of-16-and-more", "another-password-of-16"]},
    {"AuthenticationMode": {"Type": "password", "Passwords": ["third-password-of-16!"]}},
    {"AuthenticationMode": {"Type": "iam"}},
)
VERSIONS = (
    *(("valkey", one) for one in ("7.2", "8.0", "8.1", "9.0")),
    *(("redis", one) for one in ("7.1", "7.0", "6.2", "6.0", "5.0.6", "4.0.10")),
)
SHAPES: tuple[dict[str, Any], ...] = (
    {"NumCacheClusters": 1},
    {"NumCacheClusters": 3},
    {"NumCacheClusters": 2, "AutomaticFailoverEnabled": True, "MultiAZEnabled": True},
    {"NumNodeGroups": 1, "ReplicasPerNodeGroup": 2, "AutomaticFailoverEnabled": True},
    {"NumNodeGroups": 4, "ReplicasPerNodeGroup": 0, "AutomaticFailoverEnabled": True},
    {
        "NumNodeGroups": 3,
        "ReplicasPerNodeGroup": 1,
        "AutomaticFailoverEnabled": True,
        "ClusterMode": "enabled",
    },
)
SETTINGS = {
    "maxmemory-policy": "allkeys-lru",
    "timeout": "300",
    "notify-keyspace-events": "KEA",
    "activedefrag": "yes",
    "databases": "32",
    "cluster-enabled": "yes",
}
FAMILIES = ("valkey9", "valkey8", "valkey7", "redis7", "redis6.x", "redis5.0", "memcached1.6")


class ByHand:
    """Somebody at work in one account; what was accepted is counted in ``made``."""

    def __init__(self, seed: int) -> None:
        self.bench = InProcess()
        self.bench.service.declare_subnets(self.bench.principal, dict.fromkeys(SUBNETS, "vpc-own"))
        self.made: Counter[str] = Counter()
        self._rng = random.Random(seed)

    def everything(self) -> ByHand:
        for number in range(2):
            self._subnets(number)
        for family in FAMILIES:
            self._parameters(family)
        for engine in ("valkey", "redis"):
            self._people(engine)
        for number in range(5):
            self._replication_group(number)
        for number in range(2):
            self._serverless(number)
        for number in range(3):
            self._nodes(number)
        return self

    def _call(self, operation: str, keep: Collection[str] = (), /, **params: Any) -> bool:
        """Make a call; with ``keep``, again without one of the other fields while it is refused."""
        while True:
            try:
                self.bench.aws(operation, **params)
            except AwsError:
                loose = [name for name in params if name not in keep] if keep else []
                if not loose:
                    return False
                del params[self._rng.choice(loose)]
            else:
                self.made[operation] += 1
                self.bench.settle()
                return True

    def _some(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self._rng.random() < 0.4}

    def _tags(self) -> dict[str, Any]:
        keys = self._rng.sample(KEYS, self._rng.randint(0, 4))
        rows = [{"Key": one, "Value": self._rng.choice((*TEXTS, ""))} for one in keys]
        return {"Tags": rows} if rows else {}

    def _text(self) -> str:
        return self._rng.choice((*TEXTS, " leading", "trailing ", "two  spaces"))

    def _subnets(self, number: int) -> None:
        self._call(
            "create_cache_subnet_group",
            CacheSubnetGroupName=f"private{number}",
            CacheSubnetGroupDescription=self._rng.choice(TEXTS),
            SubnetIds=self._rng.sample(SUBNETS, self._rng.randint(1, 3)),
            **self._tags(),
        )

    def _parameters(self, family: str) -> None:
        named = {"CacheParameterGroupName": _own(family)}
        self._call(
            "create_cache_parameter_group",
            CacheParameterGroupFamily=family,
            Description=self._text(),
            **named,
            **self._tags(),
        )
        pages = {"max_item_size": "2097152", "chunk_size": "96"}
        known = pages if "memcached" in family else SETTINGS
        rows = [
            {"ParameterName": name, "ParameterValue": known[name]}
            for name in self._rng.sample(sorted(known), self._rng.randint(0, len(known)))
        ]
        if rows:
            self._call("modify_cache_parameter_group", ParameterNameValues=rows, **named)

    def _people(self, engine: str) -> None:
        idents = [f"{name}-{engine}" for name in ("on", "null", "x-1f", "A-Capital")]
        for number, ident in enumerate(idents):
            login = self._rng.choice(LOGINS)
            odd = f"{self._rng.choice(('on', 'no', '0x1f', '1e3', 'Name'))}{number}"
            by_iam = login.get("AuthenticationMode", {}).get("Type") == "iam"
            self._call(
                "create_user",
                UserId=ident,
                UserName=ident if by_iam else self._rng.choice((ident, odd)),
                Engine=engine,
                AccessString=self._rng.choice(ACCESS),
                **login,
                **self._tags(),
            )
        there = [one["UserId"] for one in self.bench.aws("describe_users")["Users"]]
        mine = [one for one in there if one.endswith(engine)]
        for number in range(2):
            members = self._rng.sample(mine, self._rng.randint(1, len(mine)))
            members += ["default"] if engine == "redis" else []
            named = {"UserGroupId": f"people-{engine}-{number}", "Engine": engine}
            self._call("create_user_group", UserIds=members, **named, **self._tags())

    def _log(self, version: str) -> dict[str, Any]:
        if version < "6" or self._rng.random() < 0.6:
            return {}
        to: Any = self._rng.choice(
            (
                ("cloudwatch-logs", {"CloudWatchLogsDetails": {"LogGroup": "/aws/1e3"}}),
                ("kinesis-firehose", {"KinesisFirehoseDetails": {"DeliveryStream": "on"}}),
            )
        )
        said = {"LogType": "slow-log", "LogFormat": self._rng.choice(("json", "text"))}
        row = {**said, "DestinationType": to[0], "DestinationDetails": to[1]}
        return {"LogDeliveryConfigurations": [row]}

    def _nodes_may_have(self) -> dict[str, Any]:
        return self._some(
            CacheSubnetGroupName=self._rng.choice(("private0", "private1")),
            SecurityGroupIds=["sg-0a1b2c3e", "sg-0a1b2c3d"],
            PreferredMaintenanceWindow=self._rng.choice(
                ("mon:07:00-mon:08:00", "Sun:23:30-Mon:01:00")
            ),
            SnapshotWindow="05:00-06:30",
            SnapshotRetentionLimit=self._rng.choice((0, 1, 35)),
            NotificationTopicArn=TOPIC,
            AutoMinorVersionUpgrade=False,
            Port=self._rng.choice((6380, 7000)),
            NetworkType=self._rng.choice(("ipv4", "dual_stack", "ipv6")),
            IpDiscovery=self._rng.choice(("ipv4", "ipv6")),
        )

    def _security(self, engine: str, version: str) -> dict[str, Any]:
        over: dict[str, Any] = {
            "TransitEncryptionEnabled": True,
            "CacheSubnetGroupName": "private0",
        }
        group = f"people-{engine}-{self._rng.randint(0, 1)}"
        return self._rng.choice(
            (
                {},
                over,
                {**over, "AuthToken": "token-of-16-characters-or-more"},
                {**over, "UserGroupIds": [group]} if version >= "7" else over,
                {**over, "TransitEncryptionMode": self._rng.choice(("preferred", "required"))},
            )
        )

    def _replication_group(self, number: int) -> None:
        engine, version = self._rng.choice(VERSIONS)
        family = _family(engine, version)
        asked = {
            "ReplicationGroupId": self._rng.choice((f"rg-{number}", f"RG-{number}")),
            "ReplicationGroupDescription": self._text(),
            "Engine": engine,
            "EngineVersion": version,
            "CacheNodeType": self._rng.choice(("cache.r7g.large", "cache.t4g.small")),
            **self._rng.choice(SHAPES),
        }
        tiered = {"CacheNodeType": "cache.r6gd.xlarge", "DataTieringEnabled": True}
        asked |= tiered if version >= "6.2" and self._rng.random() < 0.2 else {}
        groups = (f"default.{family}.cluster.on", _own(family))
        more = {
            **self._some(CacheParameterGroupName=self._rng.choice(groups)),
            **self._some(AtRestEncryptionEnabled=True, KmsKeyId=build.KEY_ARN),
            **self._nodes_may_have(),
            **self._log(version),
            **self._security(engine, version),
            **self._tags(),
        }
        if self._call("create_replication_group", asked.keys(), **asked, **more):
            self._afterwards(asked["ReplicationGroupId"], token="AuthToken" in more)

    def _afterwards(self, ident: str, *, token: bool) -> None:
        """Change something: at once, or left to wait for the window."""
        named = {"ReplicationGroupId": ident}
        second = {"AuthToken": "second-of-16-characters-or-more"}
        change: tuple[str, dict[str, Any]] = self._rng.choice(
            (
                ("describe_events", {}),
                ("modify_replication_group", {**named, "CacheNodeType": "cache.r7g.xlarge"}),
                (
                    "increase_replica_count",
                    {**named, "NewReplicaCount": 3, "ApplyImmediately": True},
                ),
                (
                    "modify_replication_group",
                    {
                        **named,
                        **second,
                        "AuthTokenUpdateStrategy": "ROTATE",
                        "ApplyImmediately": True,
                    }
                    if token
                    else {**named, "ReplicationGroupDescription": self._text()},
                ),
            )
        )
        self._call(change[0], **change[1])

    def _serverless(self, number: int) -> None:
        engine, version = self._rng.choice((("valkey", "7"), ("valkey", "8"), ("redis", "7")))
        named = {"ServerlessCacheName": f"s-{number}", "Engine": engine}
        space, speed = {"Maximum": 10, "Unit": "GB"}, {"Minimum": 1000, "Maximum": 5000}
        limits = ({"DataStorage": space}, {"DataStorage": space, "ECPUPerSecond": speed})
        more = self._some(
            MajorEngineVersion=version,
            Description=self._text(),
            SnapshotRetentionLimit=self._rng.choice((0, 5)),
            DailySnapshotTime="09:00",
            KmsKeyId=build.KEY_ARN,
            SecurityGroupIds=["sg-0a1b2c3d"],
            SubnetIds=list(SUBNETS[:2]),
            UserGroupId=f"people-{engine}-0",
            NetworkType=self._rng.choice(("ipv4", "dual_stack", "ipv6")),
            CacheUsageLimits=self._rng.choice(limits),
        )
        self._call("create_serverless_cache", named.keys(), **named, **more, **self._tags())

    def _nodes(self, number: int) -> None:
        named = {"CacheClusterId": f"cc-{number}", "CacheNodeType": "cache.t4g.small"}
        if self._rng.random() < 0.5:
            named |= {"Engine": "redis", "NumCacheNodes": 1}
            version = self._rng.choice(("7.1", "6.2", "5.0.6"))
            more = {"EngineVersion": version, **self._log(version)}
        else:
            named |= {"Engine": "memcached", "NumCacheNodes": self._rng.randint(2, 5)}
            version = self._rng.choice(("1.6.22", "1.6.12", "1.5.16", "1.4.34"))
            more = self._some(
                EngineVersion=version, AZMode="cross-az", TransitEncryptionEnabled=True
            )
        more |= {**self._nodes_may_have(), **self._tags()}
        self._call("create_cache_cluster", named.keys(), **named, **more)


def _family(engine: str, version: str) -> str:
    major = version.partition(".")[0]
    if engine == "valkey":
        return f"valkey{major}"
    return {"6": "redis6.x", "7": "redis7"}.get(major, f"redis{major}.0")


def _own(family: str) -> str:
    return f"own-{family.replace('.', '-')}"
