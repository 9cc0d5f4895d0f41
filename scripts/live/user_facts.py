"""Facts about users, groups and access strings: users and groups cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from live.fact import Fact, NotTold
from live.world import Told, World

STRINGS = (
    "on ~app:* +@read",
    "+get ~keys*",
    "off ~* -@all",
    "on allkeys allcommands",
    "on ~a ~b -@all +@read +@hash -hset",
    "on %RW~x %R~y %W~z -@all +get",
    "on ~a -@all +@read -@dangerous",
    "on ~a -@all (~b -@all +set)",
    "on ~a -@all +config|get",
)
WRONG = ("on ~a +nope", "on ~a +@nope", "on ~* ~b +get", "nonsense", "on ~a (+get", "on >password")
HIDDEN = ("on ~a -@all +config", "on ~a -@all +acl|setuser", "on ~a -@all +debug")
_LOGINS = {"AuthenticationMode", "NoPasswordRequired", "Passwords"}
FILTERS = ("UserId", "user-id", "userid", "user_id", "UserName", "user-name", "Engine", "Status")


def user(world: World, name: str, **more: Any) -> Told:
    """Create a user of this run; valkey, with a password and few rights unless said."""
    params: dict[str, Any] = {
        "UserName": world.id(name),
        "Engine": "valkey",
        "AccessString": "on ~app:* -@all +@read",
        **more,
    }
    if not _LOGINS & params.keys():
        params["Passwords"] = [world.secret()]
    return world.make("user", name, "create_user", **params)


def group(world: World, name: str, engine: str, *users: str) -> Told:
    """Create a user group of this run."""
    ids = [world.id(one) for one in users]
    return world.make("user_group", name, "create_user_group", Engine=engine, UserIds=ids)


def member(world: World, name: str, **more: Any) -> None:
    """Create a user that is about to join a group, and wait until it rests."""
    needed(user(world, name, **more))
    world.settle("user", world.id(name), "create_user")


def needed(told: Told) -> Told:
    """Go on only when a call that prepares the question was accepted."""
    if told.code:
        raise NotTold(told.brief)
    return told


def _stored(world: World) -> dict[str, str]:
    found = {}
    for number, text in enumerate(STRINGS):
        name = f"text{number}"
        told = user(world, name, AccessString=text)
        found[text] = told.answer.get("AccessString", told.brief)
    return found


def _channels(world: World) -> dict[str, str]:
    sent = {"every": "on ~* &* +@all", "none": "on ~a resetchannels -@all +get"}
    found = {}
    for name, text in sent.items():
        found[text] = needed(user(world, f"ch-{name}", AccessString=text)).answer["AccessString"]
    return found


def _bare_channel(world: World) -> str:
    told = user(world, "bare-channel", AccessString="on ~a &b -@all +get")
    return told.answer.get("AccessString", told.brief)


def _refused(world: World, texts: tuple[str, ...], start: str) -> dict[str, str]:
    told = {text: user(world, f"{start}{at}", AccessString=text) for at, text in enumerate(texts)}
    return {text: one.brief for text, one in told.items()}


def _may_be_taken(world: World) -> str:
    return user(world, "minus", AccessString="on ~a -@all +@read -config").brief


def _longest(accepted: Callable[[int], bool], most: int) -> int:
    """Find the greatest length that is accepted, by halving."""
    if not accepted(20):
        raise NotTold("not even 20 characters were accepted")
    low, high = 20, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle)
    return low


def _user_id_length(world: World) -> str:
    room = 41 - len(world.id(""))
    return user(world, "x" * room, UserName="any").brief


def _user_name_length(world: World) -> int:
    def accepted(length: int) -> bool:
        return not user(world, f"name{length}", UserName="n" * length).code

    return _longest(accepted, 256)


def _first_status(world: World) -> str:
    return str(needed(user(world, "status")).answer["Status"])


def _filters(world: World) -> list[str]:
    ident = world.id("filter")
    needed(user(world, "filter"))
    return [
        name
        for name in FILTERS
        if not world.call("describe_users", Filters=[{"Name": name, "Values": [ident]}]).code
    ]


def _mixed_group(world: World) -> str:
    _default(world, "mix-default")
    member(world, "mix-valkey")
    return group(world, "mix", "redis", "mix-default", "mix-valkey").brief


def _default(world: World, name: str) -> None:
    member(
        world,
        name,
        UserName="default",
        Engine="redis",
        AccessString="off -@all",
        NoPasswordRequired=True,
    )


def _group_answer(world: World) -> dict[str, Any]:
    for name in ("ga", "gb"):
        member(world, name)
    told = needed(group(world, "answer", "valkey", "ga")).answer
    world.settle("user_group", world.id("answer"), "create_user_group")
    change = {"UserIdsToAdd": [world.id("gb")]}
    moved = needed(world.call("modify_user_group", UserGroupId=world.id("answer"), **change)).answer
    world.settle("user_group", world.id("answer"), "modify_user_group")
    return {
        "create": {name: told.get(name) for name in ("Status", "UserIds", "MinimumEngineVersion")},
        "modify": {name: moved.get(name) for name in ("Status", "UserIds", "PendingChanges")},
    }


def _busy_group(world: World) -> str:
    for name in ("busy-a", "busy-b", "busy-c"):
        member(world, name)
    needed(group(world, "busy", "valkey", "busy-a"))
    ident = world.id("busy")
    for joining in ("busy-b", "busy-c"):
        world.settle("user_group", ident, "create_user_group")
        ids = [world.id(joining)]
        needed(world.call("modify_user_group", UserGroupId=ident, UserIdsToAdd=ids))
        told = world.call("modify_user", UserId=world.id("busy-a"), AccessString="on ~b +get")
        found = world.find("user_group", ident) or {}
        if found.get("PendingChanges") or found.get("Status", "").lower() == "modifying":
            return told.code or "accepted"
    raise NotTold("the group came to rest before the user could be changed")


def _group_refusals(world: World) -> dict[str, str]:
    for name in ("ref-a", "ref-b"):
        member(world, name, UserName="same")
    member(world, "ref-r", Engine="redis")
    _default(world, "ref-default")
    needed(group(world, "ref-ok", "redis", "ref-default"))
    found = {
        "a redis group without default": group(world, "ref1", "redis", "ref-r").brief,
        "two users of one name": group(world, "ref2", "valkey", "ref-a", "ref-b").brief,
        "a user that is not there": group(world, "ref3", "valkey", "nobody").brief,
    }
    world.settle("user_group", world.id("ref-ok"), "create_user_group")
    last = world.call("delete_user", UserId=world.id("ref-default"))
    return {**found, "deleting the default user of a group": last.brief}


def _user_refusals(world: World) -> dict[str, str]:
    short, many = ["short"], [world.secret() for _ in range(3)]
    by_iam = {"AuthenticationMode": {"Type": "iam"}}
    return {
        "a short password": user(world, "u1", Passwords=short).brief,
        "three passwords": user(world, "u2", Passwords=many).brief,
        "valkey without a password": user(world, "u3", NoPasswordRequired=True).brief,
        "IAM under another name": user(world, "u4", UserName="other", **by_iam).brief,
        "an id with an underscore": user(world, "u_5").brief,
        "no such user": world.call("modify_user", UserId=world.id("nobody"), Engine="redis").brief,
        "a change of nothing": world.call("modify_user", UserId=world.id("nobody")).brief,
    }


def _to_iam(world: World) -> str:
    needed(user(world, "to-iam"))
    ident = world.id("to-iam")
    world.settle("user", ident, "create_user")
    told = world.call("modify_user", UserId=ident, AuthenticationMode={"Type": "iam"})
    if told.code:
        return told.brief
    found = world.settle("user", ident, "modify_user")
    return str(found.get("Authentication", {}).get("Type"))


def _minimum_versions(world: World) -> dict[str, str]:
    texts = (
        "on ~a +get",
        "on ~a resetchannels &b +get",
        "on %R~a +get",
        "on ~a (~b +set)",
        "on ~a +client|id",
    )
    found = {}
    for number, text in enumerate(texts):
        told = user(world, f"minimum{number}", AccessString=text)
        found[text] = told.answer.get("MinimumEngineVersion", told.brief)
    return found


def _events(world: World) -> dict[str, list[str]]:
    member(world, "event")
    needed(group(world, "event-group", "valkey", "event"))
    world.settle("user_group", world.id("event-group"), "create_user_group")
    found = {}
    for sort, name in (("user", "event"), ("user-group", "event-group")):
        told = needed(
            world.call("describe_events", SourceType=sort, SourceIdentifier=world.id(name))
        )
        found[sort] = sorted({one["Message"] for one in told.answer["Events"]})
    return found


def _absent_tag(world: World) -> str:
    needed(user(world, "untag"))
    world.settle("user", world.id("untag"), "create_user")
    arn = world.arn("user", world.id("untag"))
    told = world.call("remove_tags_from_resource", ResourceName=arn, TagKeys=["absent"])
    return told.brief


def _channels_kept(told: dict[str, str]) -> bool:
    return all(sent == stored for sent, stored in told.items())


USER_FACTS: tuple[Fact, ...] = (
    Fact("stored_access_strings", "which text is stored for an access string", _stored),
    Fact(
        "keeps_channels_sent",
        "whether &* and resetchannels stay in the stored text",
        _channels,
        _channels_kept,
    ),
    Fact(
        "channel_pattern_replaces_default",
        "whether &b is taken without resetchannels before it",
        _bare_channel,
        lambda told: told.startswith("on "),
    ),
    Fact(
        "refused_access_strings",
        "in which words a wrong access string is refused",
        partial(_refused, texts=WRONG, start="wrong"),
    ),
    Fact(
        "refused_commands",
        "in which words a command is refused that nobody may have",
        partial(_refused, texts=HIDDEN, start="hidden"),
    ),
    Fact(
        "hidden_command_may_not_be_taken_away",
        "whether -config is refused",
        _may_be_taken,
        lambda told: told != "accepted",
    ),
    Fact(
        "id_max_length_40",
        "whether an id of 41 characters is refused",
        _user_id_length,
        lambda told: told != "accepted",
    ),
    Fact("user_name_max_length", "how long a user name may be", _user_name_length, int),
    Fact(
        "user_starts_creating",
        "which status CreateUser answers",
        _first_status,
        lambda told: told.lower() == "creating",
    ),
    Fact(
        "user_filters",
        "which filters DescribeUsers takes",
        _filters,
        lambda told: sorted({one.lower() for one in told}),
    ),
    Fact("user_refusals", "in which words a user is refused", _user_refusals),
    Fact("user_to_iam", "whether a user can go from passwords to IAM", _to_iam),
    Fact("minimum_engine_versions", "which engine version a string asks for", _minimum_versions),
    Fact(
        "redis_group_takes_valkey_users",
        "whether a redis group takes a valkey user",
        _mixed_group,
        lambda told: told == "accepted",
    ),
    Fact("user_group_answers", "what a group shows while its members change", _group_answer),
    Fact(
        "busy_group_refuses_user_change",
        "whether a user of a group that changes can be changed",
        _busy_group,
        lambda told: told != "accepted",
    ),
    Fact("user_group_refusals", "in which words a group is refused", _group_refusals),
    Fact("absent_tag", "what removing a tag that is not there answers", _absent_tag),
    Fact(
        "tells_unknown_events",
        "which events tell of users and groups",
        _events,
        lambda told: any(told.values()),
    ),
)
