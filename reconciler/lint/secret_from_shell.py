"""A secret from the environment: a schedule then depends on somebody's shell."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View
from reconciler.model import ReplicationGroup, Resource, SecretRef, User

ID = "secret-from-environment"


def check(view: View) -> Iterator[Advice]:
    """Advise to keep secrets in a store that every runner can reach."""
    for resource in view.resources.values():
        for field, ref in secrets(resource):
            if ref.store == "env":
                yield Advice(
                    resource.address,
                    field,
                    ID,
                    "notice",
                    f"{ref} stands in the shell of whoever runs this: a schedule has another one, "
                    "and only the newest value is known, so rotation can't be staged",
                    "keep it in secretsmanager or ssm",
                )


def secrets(resource: Resource) -> Iterator[tuple[str, SecretRef]]:
    """Give each secret reference of a resource with its field."""
    match resource:
        case User(authentication_mode=mode) if mode is not None:
            for index, ref in enumerate(mode.passwords or ()):
                yield f"authentication_mode.passwords[{index}]", ref
        case ReplicationGroup(auth_token=ref) if ref is not None:
            yield "auth_token", ref
        case _:
            pass
