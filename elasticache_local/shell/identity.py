"""IAM's users, groups, roles and customer policies as moto has them, kept over a restart.

Temporary credentials are not: whoever has some asks for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.iam.models import AccessKey, IAMBackend, ManagedPolicy, PolicyVersion, iam_backends

Dumped = dict[str, Any]
_OWN = ("id", "path", "policies")
_OF_ROLE = ("description", "permissions_boundary_arn", "max_session_duration", "tags")


def dump() -> list[Dumped]:
    """Give every account's identities; keys in plain text, for a file that is ours alone."""
    return [
        {
            "account": account_id,
            "partition": partition,
            "policies": [_policy(p) for p in list(_customers(backend))],
            "users": [_user(backend, user) for user in list(backend.users.values())],
            "groups": [
                _owner(group) | {"users": [user.name for user in group.users]}
                for group in list(backend.groups.values())
            ],
            "roles": [_role(role) for role in list(backend.roles.values())],
        }
        for account_id, account in list(iam_backends.items())
        for partition, backend in list(account.items())
    ]


def load(dumped: list[Dumped]) -> None:
    """Take back what dump gave."""
    for each in dumped:
        backend = iam_backends[each["account"]][each["partition"]]
        for policy in each["policies"]:
            _load_policy(backend, policy)
        for user in each["users"]:
            _load_user(backend, user)
        for group in each["groups"]:
            _load_group(backend, group)
        for role in each["roles"]:
            _load_role(backend, role)


def _customers(backend: IAMBackend) -> Iterator[ManagedPolicy]:
    for arn, policy in list(backend.managed_policies.items()):
        if ":iam::aws:" not in arn:
            yield policy


def _policy(policy: ManagedPolicy) -> Dumped:
    return {
        "name": policy.name,
        "id": policy.id,
        "path": policy.path,
        "description": policy.description,
        "tags": policy.tags,
        "created": policy.create_date.isoformat(),
        "default": policy.default_version_id,
        "next": policy.next_version_num,
        "versions": [[v.version_id, v.document, v.is_default] for v in policy.versions],
    }


def _owner(owner: Any) -> Dumped:
    return {
        "name": owner.name,
        "created": owner.create_date.isoformat(),
        "attached": list(owner.managed_policies),
        **{name: getattr(owner, name) for name in _OWN},
    }


def _user(backend: IAMBackend, user: Any) -> Dumped:
    keys = [
        [k.access_key_id, k.secret_access_key, k.status, k.create_date.isoformat()]
        for k in user.access_keys
    ]
    tags = backend.tagger.list_tags_for_resource(user.arn)["Tags"]
    return _owner(user) | {"keys": keys, "tags": tags, "region": user.region_name}


def _role(role: Any) -> Dumped:
    return {
        **_owner(role),
        **{name: getattr(role, name) for name in _OF_ROLE},
        "trust": role.assume_role_policy_document,
    }


def _load_policy(backend: IAMBackend, dumped: Dumped) -> None:
    policy = ManagedPolicy(
        dumped["name"],
        account_id=backend.account_id,
        region=backend.region_name,
        description=dumped["description"],
        path=dumped["path"],
        create_date=datetime.fromisoformat(dumped["created"]),
        tags=dumped["tags"],
    )
    policy.id = dumped["id"]
    policy.versions = [
        PolicyVersion(policy.arn, text, is_default, name)
        for name, text, is_default in dumped["versions"]
    ]
    policy.default_version_id, policy.next_version_num = dumped["default"], dumped["next"]
    backend.managed_policies[policy.arn] = policy


def _take_back(owner: Any, dumped: Dumped) -> None:
    owner.create_date = datetime.fromisoformat(dumped["created"])
    for name in _OWN:
        setattr(owner, name, dumped[name])


def _load_user(backend: IAMBackend, dumped: Dumped) -> None:
    user = backend.create_user(dumped["region"], dumped["name"], dumped["path"], dumped["tags"])
    _take_back(user, dumped)
    for key_id, secret, status, created in dumped["keys"]:
        key = AccessKey(user.name, prefix="AKIA", account_id=backend.account_id, status=status)
        key.access_key_id, key.secret_access_key = key_id, secret
        key.create_date = datetime.fromisoformat(created)
        user.access_keys.append(key)
        backend.access_keys[key_id] = key
    for arn in dumped["attached"]:
        backend.attach_user_policy(arn, user.name)


def _load_group(backend: IAMBackend, dumped: Dumped) -> None:
    group = backend.create_group(dumped["name"], dumped["path"])
    _take_back(group, dumped)
    group.users = [backend.users[name] for name in dumped["users"]]
    for arn in dumped["attached"]:
        backend.attach_group_policy(arn, group.name)


def _load_role(backend: IAMBackend, dumped: Dumped) -> None:
    role = backend.create_role(
        dumped["name"],
        dumped["trust"],
        dumped["path"],
        dumped["permissions_boundary_arn"],
        dumped["description"],
        [],
        dumped["max_session_duration"],
    )
    del backend.roles[role.id]
    _take_back(role, dumped)
    role.tags = dumped["tags"]
    backend.roles[role.id] = role
    for arn in dumped["attached"]:
        backend.attach_role_policy(arn, role.name)
