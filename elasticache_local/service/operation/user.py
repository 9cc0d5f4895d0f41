"""Users: create, modify, delete, describe, and how their changes ripple."""

from __future__ import annotations

from typing import Any, Literal, cast

from elasticache_local.service.paging import page
from elasticache_local.service.record import User, UserGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.access_string import minimum_version, stored_access_string
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.membership import (
    check_user_suits,
    highest_version,
)
from elasticache_local.service.rule.password import Authentication, read_authentication
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

DEFAULT = "default"
Engine = Literal["redis", "valkey"]


def first_user() -> User:
    """Give the user that every account has from the start."""
    return User(
        id=DEFAULT,
        name=DEFAULT,
        engine="redis",
        access_string="on ~* +@all",
        sort="no-password",
        status="active",
    )


def create_user(turn: Turn, params: Params) -> Answer:
    """CreateUser."""
    user_id = stored_id(params["UserId"], "UserId", most=_longest(turn))
    name = _name(turn, params["UserName"])
    engine = read_engine(params["Engine"])
    access_string = stored_access_string(params["AccessString"], turn.normalise, turn.switches)
    authentication = read_authentication(params)
    if authentication is None:
        raise bad_combination(
            "No password was provided. If you want to create/update the user without password, "
            "please use the NoPasswordRequired flag."
        )
    _check_sort(authentication, user_id, name, engine)
    tags = read_tags(params.get("Tags"))
    if user_id in turn.region.users:
        raise refusal("UserAlreadyExists", f"User {user_id} already exists.")
    if len(turn.region.users) >= turn.quota("users", turn.switches.user_quota):
        raise refusal("UserQuotaExceeded", "The quota of users has been exceeded.")
    user = User(
        id=user_id,
        name=name,
        engine=engine,
        access_string=access_string,
        sort=authentication.sort,
        password_hashes=authentication.hashes,
        minimum_engine_version=minimum_version(access_string),
        status="active",
        created=turn.now,
    )
    turn.region.users[user_id] = user
    if tags:
        turn.region.tags[turn.arn("user", user_id)] = tags
    if turn.switches.user_starts_creating:
        turn.later("user.settled", turn.durations.user_create, busy=[user], label="creating")
    turn.tell("user", user_id, "User created", known=False)
    return answer(turn, user)


def modify_user(turn: Turn, params: Params) -> Answer:
    """ModifyUser: the user, its groups and their caches become modifying."""
    user = find_user(turn, params["UserId"])
    given = read_authentication(params)
    texts = ("AccessString", "AppendAccessString", "Engine")
    if given is None and not any(params.get(text) for text in texts):
        raise bad_combination("No modifications were requested.")
    check_changeable(user)
    groups = [turn.region.user_groups[group] for group in user.group_ids]
    if turn.switches.busy_group_refuses_user_change:
        for group in groups:
            _check_group_rests(group)
    engine = read_engine(params["Engine"]) if params.get("Engine") else cast("Engine", user.engine)
    access_string = user.access_string
    if sent := _access_string_sent(user, params):
        access_string = stored_access_string(sent, turn.normalise, turn.switches)
    after = given or Authentication(user.sort, user.password_hashes)
    _check_sort(after, user.id, user.name, engine)
    for group in groups:
        check_user_suits(group.engine, user.id, engine, after.sort, turn.switches)
    before = [user.engine, user.access_string, user.sort, user.password_hashes]
    user.engine, user.access_string = engine, access_string
    user.sort, user.password_hashes = after.sort, after.hashes
    _ripple(turn, user, before)
    return answer(turn, user)


def delete_user(turn: Turn, params: Params) -> Answer:
    """DeleteUser: the user leaves all its groups."""
    user = find_user(turn, params["UserId"])
    check_changeable(user)
    groups = [turn.region.user_groups[group] for group in user.group_ids]
    needing = [g.id for g in groups if g.engine == "redis" and user.name == DEFAULT]
    if needing:
        raise refusal(
            "DefaultUserAssociatedToUserGroup",
            f"User is associated to user group(s) [{', '.join(needing)}]. "
            "Replace the default user of the group(s) first.",
        )
    user.status = "deleting"
    caches = {turn.key(c): c for group in groups for c in turn.caches_of_group(group.id)}
    for group in groups:
        group.removes = [*group.removes, user.id]
    turn.later(
        "user.deleted",
        turn.durations.user_delete,
        busy=[*groups, *caches.values()],
        holds=list(caches.values()),
        user=user.id,
        groups=[group.id for group in groups],
    )
    turn.tell("user", user.id, "User is being deleted", known=False)
    return answer(turn, user)


def describe_users(turn: Turn, params: Params) -> Answer:
    """DescribeUsers."""
    users = turn.region.users
    if params.get("UserId"):
        user = find_user(turn, params["UserId"])
        users = {user.id: user}
    if params.get("Engine"):
        wanted = params["Engine"].lower()
        users = {name: user for name, user in users.items() if user.engine == wanted}
    for chosen in params.get("Filters") or ():
        if chosen["Name"].lower() not in turn.switches.user_filters:
            raise bad_value(f"Filter {chosen['Name']} is not supported.")
        ids = {value.lower() for value in chosen["Values"]}
        users = {name: user for name, user in users.items() if name in ids}
    return page(users, params, "Users", lambda user: answer(turn, user))


def find_user(turn: Turn, user_id: str) -> User:
    """Give the user, or refuse with UserNotFound."""
    user = turn.region.users.get(user_id.lower())
    if user is None:
        raise refusal("UserNotFound", f"User {user_id} not found.")
    return user


def check_changeable(user: User) -> None:
    """Refuse changes of a user that is busy, or that is the account's own."""
    if user.id == DEFAULT:
        raise bad_value("User default cannot be modified or deleted.")
    if not user.at_rest:
        raise refusal(
            "InvalidUserState",
            f"User {user.id} has status {user.shown}. Only active users can be modified.",
        )


def answer(turn: Turn, user: User) -> Answer:
    """Give a user as the service shows it."""
    authentication: dict[str, Any] = {"Type": user.sort}
    if user.sort == "password":
        authentication["PasswordCount"] = len(user.password_hashes)
    return {
        "UserId": user.id,
        "UserName": user.name,
        "Status": user.shown,
        "Engine": user.engine,
        "MinimumEngineVersion": user.minimum_engine_version,
        "AccessString": user.access_string,
        "UserGroupIds": list(user.group_ids),
        "Authentication": authentication,
        "ARN": turn.arn("user", user.id),
    }


def settled(_turn: Turn, _data: Params) -> None:
    """Do nothing more: the work under way was all."""


def modified(turn: Turn, data: Params) -> None:
    """End a change of a user; take it back when it was made to fail."""
    user = turn.region.users.get(data["user"])
    if user is None:
        return
    if data.get("rolled_back"):
        user.engine, user.access_string, user.sort, user.password_hashes = data["before"]
        _note_version(turn, user)
        for group in user.group_ids:
            for cache in turn.caches_of_group(group):
                turn.touch(cache)
        turn.tell("user", user.id, data["rolled_back"], known=False)
        return
    turn.tell("user", user.id, "User modified", known=False)


def deleted(turn: Turn, data: Params) -> None:
    """Take a user out of its groups and forget it."""
    for group_id in data["groups"]:
        group = turn.region.user_groups.get(group_id)
        if group is not None:
            group.user_ids = [user for user in group.user_ids if user != data["user"]]
            group.removes = [user for user in group.removes if user != data["user"]]
            group.minimum_engine_version = highest_version(turn.region, group.user_ids)
    turn.region.users.pop(data["user"], None)
    turn.region.tags.pop(turn.arn("user", data["user"]), None)
    turn.tell("user", data["user"], "User deleted", known=False)


def read_engine(given: str) -> Engine:
    """Give the engine in lower case, or refuse it."""
    engine = given.lower()
    if engine not in ("redis", "valkey"):
        raise bad_value(f"Unsupported engine: {given}. Engine must be redis or valkey.")
    return cast("Engine", engine)


def _ripple(turn: Turn, user: User, before: list[Any]) -> None:
    _note_version(turn, user)
    groups = [turn.region.user_groups[group] for group in user.group_ids]
    caches = {turn.key(c): c for group in groups for c in turn.caches_of_group(group.id)}
    turn.later(
        "user.modified",
        turn.durations.user_modify,
        busy=[user, *groups, *caches.values()],
        holds=list(caches.values()),
        user=user.id,
        before=before,
    )


def _note_version(turn: Turn, user: User) -> None:
    user.minimum_engine_version = minimum_version(user.access_string)
    for group_id in user.group_ids:
        group = turn.region.user_groups[group_id]
        group.minimum_engine_version = highest_version(turn.region, group.user_ids)


def _access_string_sent(user: User, params: Params) -> str:
    if params.get("AccessString") and params.get("AppendAccessString"):
        raise bad_combination("AccessString and AppendAccessString can't be given together.")
    if params.get("AppendAccessString"):
        return f"{user.access_string} {params['AppendAccessString']}"
    return str(params.get("AccessString") or "")


def _check_sort(authentication: Authentication, user_id: str, name: str, engine: str) -> None:
    if authentication.sort == "iam" and user_id != name.lower():
        raise bad_combination("User Id and User name must be same for authentication type: iam")
    if engine == "valkey" and authentication.sort == "no-password":
        raise bad_combination(
            "Users of engine valkey need authentication: type password or iam is required."
        )


def _check_group_rests(group: UserGroup) -> None:
    if not group.at_rest:
        # ModifyUser declares no code for the state of a group.
        raise refusal("InvalidUserState", f"User group {group.id} has status {group.shown}.")


def _name(turn: Turn, name: str) -> str:
    most = turn.switches.user_name_max_length
    if len(name) > most:
        raise bad_value(f"The parameter UserName must contain at most {most} characters.")
    return name


def _longest(turn: Turn) -> int:
    return 40 if turn.switches.id_max_length_40 else 255
