"""Calls at random, refused ones too, and what must hold whatever they were."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from service_agreement import (
    check_attachment,
    check_members,
    check_membership,
    check_slots,
    check_users,
    check_wanted,
    known_names,
)
from service_bench import PASSWORD, Bench, check_answer, check_code

from elasticache_local.fault import Fault

USERS = st.sampled_from(["u1", "u2", "u3", "u4"])
USER_GROUPS = st.sampled_from(["ug1", "ug2"])
GROUPS = st.sampled_from(["rg1", "rg2"])
CACHES = st.sampled_from(["sc1", "sc2"])
ENGINES = st.sampled_from(["redis", "valkey"])
STRINGS = st.sampled_from(
    [
        "on ~* +@all",
        "off ~* -@all",
        "on ~a:* -@all +get",
        "on ~* &* +@all",
        "on ~a:* resetchannels &a:* -@all +get",
        "on ~a:* &a:* -@all +get",
        "on ~a:* +@all -config",
    ]
)
TOKENS = st.sampled_from(["token-one-of-16-chars", "token-two-of-16-chars"])
ACCESS = st.sampled_from(["plain", "tls", "ug1", "ug2", "token"])
TAGS = st.sampled_from([[], [{"Key": "k", "Value": "v"}]])
NAMES = {"u1": "default", "u2": "default"}

OTHER_SIDE: dict[str, Any] = {
    "keeps_channels_sent": False,
    "channel_pattern_replaces_default": False,
    "hidden_command_may_not_be_taken_away": False,
    "id_max_length_40": False,
    "redis_group_takes_valkey_users": True,
    "user_starts_creating": True,
    "busy_group_refuses_user_change": True,
    "rotate_deduplicates": True,
    "set_needs_rotate": False,
    "remove_only_group_without_flag": True,
    "parameter_group_waits_for_window": True,
    "reuses_member_ids": False,
    "tls_may_go_back": True,
    "tag_write_makes_busy": False,
    "keeps_cache_without_final_snapshot": False,
    "durability_may_be_turned": False,
    "memcached_scales_in_place": False,
    "tells_unknown_events": False,
}
"""All of them at once."""
EACH_OTHER_SIDE: dict[str, Any] = OTHER_SIDE | {
    "rewrites_strangely": True,
    # Where sources give several numbers, one that sequences run into.
    "user_quota": 3,
    "user_group_quota": 1,
    "serverless_quota": 1,
    "failovers_per_day": 1,
    "memcached_node_quota": 1,
    "serverless_name_max_length": 2,
    "user_name_max_length": 6,
    "user_filters": ("id",),
    "redis_version_to_valkey": "7.2",
    "tagging_lag_s": 5.0,
}
"""One at a time."""

CHANGES: list[st.SearchStrategy[dict[str, Any]]] = [
    st.fixed_dictionaries({"AutomaticFailoverEnabled": st.booleans()}),
    st.fixed_dictionaries({"MultiAZEnabled": st.booleans()}),
    st.fixed_dictionaries(
        {"CacheNodeType": st.sampled_from(["cache.m5.large", "cache.m5.xlarge"])}
    ),
    st.fixed_dictionaries(
        {"Engine": ENGINES, "EngineVersion": st.sampled_from(["7.1", "7.2", "8.0", "9.0"])}
    ),
    st.fixed_dictionaries(
        {
            "TransitEncryptionEnabled": st.booleans(),
            "TransitEncryptionMode": st.sampled_from(["preferred", "required"]),
        }
    ),
    st.fixed_dictionaries({"ClusterMode": st.sampled_from(["compatible", "enabled", "disabled"])}),
    st.fixed_dictionaries(
        {"AuthToken": TOKENS},
        optional={
            "AuthTokenUpdateStrategy": st.sampled_from(["SET", "ROTATE"]),
            "RemoveUserGroups": st.just(value=True),
        },
    ),
    st.fixed_dictionaries(
        {"UserGroupIdsToAdd": st.lists(USER_GROUPS, min_size=1, max_size=1)},
        optional={
            "UserGroupIdsToRemove": st.lists(USER_GROUPS, min_size=1, max_size=1),
            "AuthTokenUpdateStrategy": st.just("DELETE"),
        },
    ),
    st.fixed_dictionaries({"RemoveUserGroups": st.just(value=True)}),
    st.fixed_dictionaries({"SnapshotRetentionLimit": st.integers(0, 3)}),
]
LONG = 60.0
REST = st.sampled_from([True, True, True, False])


class Machine(RuleBasedStateMachine):
    """Calls at random; ``switches`` and ``normalise`` are set by the test."""

    switches: dict[str, Any] = {}  # noqa: RUF012 - replaced as a whole
    normalise: Any = None

    def bench(self) -> Bench:
        return Bench(type(self).normalise, **self.switches)

    @initialize(access=ACCESS)
    def begin(self, access: str) -> None:
        """Start with something to work on: two users, a user group, two groups, a cache."""
        self.aws = self.bench()
        self.create_user("u1", "redis", "on ~* +@all", [], True)
        self.create_user("u3", "redis", "on ~* +@all", [], True)
        self.create_user_group("ug1", "redis", ["u1"], True)
        self.create_user_group("ug2", "redis", ["u1", "u3"], True)
        self.create_group("rg1", "redis", 1, 1, True, access, [], True)
        # What has engines comes up side by side: it is waited for once.
        self.create_group("rg2", "valkey", 2, 1, True, "tls", [], False)
        self.create_serverless("sc1", None, False)

    def attempt(self, action: str, rest: bool, **params: Any) -> None:
        """Call, mostly when everything is at rest: else nearly all would be refused."""
        if rest:
            self.aws.pass_time(LONG)
            self.aws.pass_time(LONG)
        before = self.aws.state_text()
        try:
            answer = self.aws.service.call(action, params, self.aws.principal)
        except Fault as fault:
            refused = fault
        else:
            check_answer(action, answer)
            return
        assert self.aws.state_text() == before, f"{action} {params}: {refused}"
        check_code(action, refused)

    @rule(rest=REST, user=USERS, engine=ENGINES, string=STRINGS, tags=TAGS)
    def create_user(self, user, engine, string, tags, rest):
        self.attempt(
            "CreateUser",
            rest,
            UserId=user,
            UserName=NAMES.get(user, user),
            Engine=engine,
            AccessString=string,
            Passwords=[PASSWORD],
            Tags=tags,
        )

    @rule(rest=REST, user=USERS, string=STRINGS)
    def modify_user(self, user, string, rest):
        self.attempt("ModifyUser", rest, UserId=user, AccessString=string)

    @rule(rest=REST, user=USERS)
    def delete_user(self, user, rest):
        self.attempt("DeleteUser", rest, UserId=user)

    @rule(
        rest=REST, group=USER_GROUPS, engine=ENGINES, users=st.lists(USERS, min_size=1, max_size=3)
    )
    def create_user_group(self, group, engine, users, rest):
        self.attempt("CreateUserGroup", rest, UserGroupId=group, Engine=engine, UserIds=users)

    @rule(
        rest=REST,
        group=USER_GROUPS,
        adds=st.lists(USERS, max_size=2, unique=True),
        removes=st.lists(USERS, max_size=2, unique=True),
    )
    def modify_user_group(self, group, adds, removes, rest):
        lists = {"UserIdsToAdd": adds, "UserIdsToRemove": removes}
        given = {name: users for name, users in lists.items() if users}
        self.attempt("ModifyUserGroup", rest, UserGroupId=group, **given)

    @rule(rest=REST, group=USER_GROUPS)
    def delete_user_group(self, group, rest):
        self.attempt("DeleteUserGroup", rest, UserGroupId=group)

    @rule(
        rest=REST,
        group=GROUPS,
        engine=ENGINES,
        shards=st.integers(1, 3),
        replicas=st.integers(0, 2),
        failover=st.booleans(),
        access=ACCESS,
        tags=TAGS,
    )
    def create_group(self, group, engine, shards, replicas, failover, access, tags, rest):
        given: dict[str, Any] = {}
        if access == "token":
            given["AuthToken"] = "token-one-of-16-chars"
        elif access in ("ug1", "ug2"):
            given["UserGroupIds"] = [access]
        self.attempt(
            "CreateReplicationGroup",
            rest,
            ReplicationGroupId=group,
            ReplicationGroupDescription="d",
            Engine=engine,
            EngineVersion="7.1" if engine == "redis" else "7.2",
            NumNodeGroups=shards,
            ReplicasPerNodeGroup=replicas,
            AutomaticFailoverEnabled=failover,
            TransitEncryptionEnabled=access != "plain",
            CacheNodeType="cache.m5.large",
            Tags=tags,
            **given,
        )

    @rule(rest=REST, group=GROUPS, change=st.one_of(CHANGES), now=st.booleans())
    def modify_group(self, group, change, now, rest):
        self.attempt(
            "ModifyReplicationGroup", rest, ReplicationGroupId=group, ApplyImmediately=now, **change
        )

    @rule(
        rest=REST,
        group=GROUPS,
        action=st.sampled_from(["Increase", "Decrease"]),
        count=st.integers(0, 3),
    )
    def scale(self, group, action, count, rest):
        self.attempt(
            f"{action}ReplicaCount",
            rest,
            ReplicationGroupId=group,
            NewReplicaCount=count,
            ApplyImmediately=True,
        )

    @rule(
        rest=REST, group=GROUPS, count=st.integers(1, 4), removed=st.sampled_from(["0001", "0002"])
    )
    def reshard(self, group, count, removed, rest):
        shown = self.aws("DescribeReplicationGroups")["ReplicationGroups"]
        sizes = {each["ReplicationGroupId"]: len(each["NodeGroups"]) for each in shown}
        fewer = {"NodeGroupsToRemove": [removed]} if count < sizes.get(group, 0) else {}
        self.attempt(
            "ModifyReplicationGroupShardConfiguration",
            rest,
            ReplicationGroupId=group,
            NodeGroupCount=count,
            ApplyImmediately=True,
            **fewer,
        )

    @rule(rest=REST, group=GROUPS, shard=st.sampled_from(["0001", "0002"]))
    def fail_over(self, group, shard, rest):
        self.attempt("TestFailover", rest, ReplicationGroupId=group, NodeGroupId=shard)

    @rule(rest=REST, group=GROUPS, name=st.sampled_from(["s1", "s2"]))
    def snapshot(self, group, name, rest):
        self.attempt("CreateSnapshot", rest, ReplicationGroupId=group, SnapshotName=name)

    @rule(rest=REST, group=GROUPS, last=st.sampled_from([None, None, "s1", "s3"]))
    def delete_group(self, group, last, rest):
        given = {"FinalSnapshotIdentifier": last} if last else {}
        self.attempt("DeleteReplicationGroup", rest, ReplicationGroupId=group, **given)

    @rule(
        rest=REST,
        group=GROUPS,
        name=st.sampled_from(["s1", "s2", "s3"]),
        shards=st.sampled_from([None, 1, 2, 3]),
    )
    def restore_group(self, group, name, shards, rest):
        given = {"NumNodeGroups": shards} if shards else {}
        self.attempt(
            "CreateReplicationGroup",
            rest,
            ReplicationGroupId=group,
            ReplicationGroupDescription="d",
            SnapshotName=name,
            AutomaticFailoverEnabled=shards is not None,
            TransitEncryptionEnabled=True,
            **given,
        )

    @rule(rest=REST, cache=CACHES, group=st.sampled_from([None, "ug1", "ug2"]))
    def create_serverless(self, cache, group, rest):
        given = {"UserGroupId": group} if group else {}
        self.attempt(
            "CreateServerlessCache", rest, ServerlessCacheName=cache, Engine="valkey", **given
        )

    @rule(
        rest=REST,
        cache=CACHES,
        change=st.sampled_from(
            [{"Description": "x"}, {"UserGroupId": "ug1"}, {"RemoveUserGroup": True}]
        ),
    )
    def modify_serverless(self, cache, change, rest):
        self.attempt("ModifyServerlessCache", rest, ServerlessCacheName=cache, **change)

    @rule(rest=REST, cache=CACHES)
    def delete_serverless(self, cache, rest):
        self.attempt("DeleteServerlessCache", rest, ServerlessCacheName=cache)

    @rule(
        rest=REST,
        kind=st.sampled_from([("user", "u1"), ("replicationgroup", "rg1"), ("usergroup", "ug1")]),
        key=st.sampled_from(["a", "b"]),
    )
    def tag(self, kind, key, rest):
        self.attempt(
            "AddTagsToResource",
            rest,
            ResourceName=self.aws.arn(*kind),
            Tags=[{"Key": key, "Value": "v"}],
        )

    @rule(seconds=st.sampled_from([0.1, 0.3, 1.0, LONG, 8 * 24 * 3600.0]))
    def wait(self, seconds):
        self.aws.pass_time(seconds)

    @invariant()
    def describes_agree(self):
        if not hasattr(self, "aws"):
            return
        users = {each["UserId"]: each for each in self.aws("DescribeUsers")["Users"]}
        user_groups = {
            each["UserGroupId"]: each for each in self.aws("DescribeUserGroups")["UserGroups"]
        }
        groups = self.aws("DescribeReplicationGroups")["ReplicationGroups"]
        clusters = self.aws("DescribeCacheClusters", ShowCacheNodeInfo=True)["CacheClusters"]
        caches = self.aws("DescribeServerlessCaches")["ServerlessCaches"]
        check_membership(users, user_groups)
        check_attachment(user_groups, groups, caches)
        for group in groups:
            check_members(group, clusters)
            check_slots(group)
        for tagged, _ in self.aws.service.tagged_resources(self.aws.principal):
            kind, name = tagged.split(":")[5:]
            assert name in known_names(kind, users, user_groups, groups, clusters, caches)

    def teardown(self):
        if not hasattr(self, "aws"):
            return
        self.aws.pass_time(LONG)
        self.aws.settle()
        for kind, key in (
            ("ReplicationGroups", "Status"),
            ("ServerlessCaches", "Status"),
            ("Users", "Status"),
            ("UserGroups", "Status"),
        ):
            for each in self.aws(f"Describe{kind}")[kind]:
                assert each[key] in ("available", "active"), each
                assert "PendingChanges" not in each
        for group in self.aws("DescribeReplicationGroups")["ReplicationGroups"]:
            check_wanted(self.aws, group)
        for cache in self.aws("DescribeServerlessCaches")["ServerlessCaches"]:
            check_users(
                self.aws, cache.get("UserGroupId"), self.aws.want(cache["ServerlessCacheName"])
            )
        described = {
            each["ReplicationGroupId"]
            for each in self.aws("DescribeReplicationGroups")["ReplicationGroups"]
        } | {
            each["ServerlessCacheName"]
            for each in self.aws("DescribeServerlessCaches")["ServerlessCaches"]
        }
        assert {want.name for want in self.aws.host.wants.values()} == described


def run(
    machine: type[Machine],
    examples: int,
    steps: int,
    *,
    shrink: bool = True,
    part: int | None = None,
    **given: Any,
) -> None:
    """Run so many sequences; each ``part`` of a larger number has a seed of its own."""
    kind = type("AnySequence", (machine,), given)
    case = (kind if part is None else seed(part)(kind)).TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=[phase for phase in Phase if shrink or phase is Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
