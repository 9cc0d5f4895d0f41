"""Secrets Manager and Parameter Store as moto has them: seeded, kept with IAM over a restart."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from elasticache_local.seed import Seed, SeedSecret, random_value
from elasticache_local.shell import identity

Dumped = dict[str, Any]
_SECRET_FIELDS = ("arn", "description", "tags", "kms_key_id", "default_version_id", "versions")


def seed_secret(seed: Seed, secret: SeedSecret) -> bool:
    """Give a secret a random value where it has none; what is there is never overwritten."""
    if secret.store == "ssm":
        return _seed_parameter(seed, secret)
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415 - when needed

    backend = secretsmanager_backends[seed.account_id][seed.region]
    if secret.name not in backend.secrets:
        made = backend._add_secret(  # noqa: SLF001 - the call that gives the object
            secret.name, secret_string=_filled("", secret.keys), version_id=str(uuid4())
        )[0]
        if secret.id.startswith("arn:"):
            made.arn = secret.id
        return True
    found = backend.secrets[secret.name]
    current = found.versions.get(found.default_version_id, {}).get("secret_string", "")
    filled = _filled(current, secret.keys)
    if filled == current:
        return False
    version_id = str(uuid4())
    backend.put_secret_value(secret.name, filled, None, version_id, ["AWSCURRENT"])
    return True


@functools.cache
def follow_stages() -> None:
    """Once a process: let moto's default version follow AWSCURRENT where its stage is moved.

    Left behind, the next PutSecretValue would leave AWSCURRENT on two versions.
    """
    from moto.secretsmanager.models import SecretsManagerBackend  # noqa: PLC0415 - when needed

    moving = SecretsManagerBackend.update_secret_version_stage

    @functools.wraps(moving, assigned=())
    def moved(backend: Any, *given: Any, **named: Any) -> Any:
        told = moving(backend, *given, **named)
        for secret in dict.values(backend.secrets):
            for version, kept in getattr(secret, "versions", {}).items():
                if "AWSCURRENT" in kept["version_stages"]:
                    secret.default_version_id = version
        return told

    SecretsManagerBackend.update_secret_version_stage = moved


def dump() -> Dumped:
    """Give every secret, parameter and identity; in plain text, for a file that is ours alone."""
    return {
        "secrets": list(_dump_secrets()),
        "parameters": list(_dump_parameters()),
        "identities": identity.dump(),
    }


def load(dumped: Dumped) -> None:
    """Take back what dump gave."""
    for each in dumped.get("secrets", ()):
        _load_secret(each)
    for each in dumped.get("parameters", ()):
        _load_parameter(each)
    identity.load(dumped.get("identities", []))


def _filled(current: str, keys: tuple[str, ...]) -> str:
    """Give the value with each key in it; a text that is no JSON object stays as it is."""
    if not keys:
        return current or random_value()
    try:
        value = json.loads(current or "{}")
    except ValueError:
        return current
    if not isinstance(value, dict) or all(key in value for key in keys):
        return current
    return json.dumps({key: random_value() for key in keys} | value)


def _seed_parameter(seed: Seed, secret: SeedSecret) -> bool:
    from moto.ssm.models import ssm_backends  # noqa: PLC0415 - half a second

    backend = ssm_backends[seed.account_id][seed.region]
    found = backend._parameters.get(secret.name)  # noqa: SLF001 - its own reader counts versions
    current = found[-1].decrypt(found[-1].value) if found else ""
    filled = _filled(current, secret.keys)
    if filled == current:
        return False
    backend.put_parameter(
        name=secret.name,
        description="",
        value=filled,
        parameter_type="SecureString",
        allowed_pattern="",
        keyid="alias/aws/ssm",
        overwrite=bool(found),
        tags=[],
        data_type="text",
        tier=None,
        policies=None,
    )
    return True


def _backends(module: str, name: str) -> Iterator[tuple[str, str, Any]]:
    # Not imported, or being imported at this moment: then it holds nothing.
    backends = getattr(sys.modules.get(module), name, {})
    for account_id, account in list(backends.items()):
        for region, backend in list(account.items()):
            yield account_id, region, backend


def _dump_secrets() -> Iterator[Dumped]:
    for account_id, region, backend in _backends(
        "moto.secretsmanager.models", "secretsmanager_backends"
    ):
        for secret in list(dict.values(backend.secrets)):
            if secret.is_deleted() or not hasattr(secret, "secret_string"):
                continue
            kept = {name: getattr(secret, name) for name in _SECRET_FIELDS}
            yield {"account": account_id, "region": region, "name": secret.name} | kept


def _load_secret(dumped: Dumped) -> None:
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415 - when needed

    backend = secretsmanager_backends[dumped["account"]][dumped["region"]]
    secret, _ = backend._add_secret(dumped["name"])  # noqa: SLF001 - the call that gives the object
    for name in _SECRET_FIELDS:
        setattr(secret, name, dumped[name])


def _dump_parameters() -> Iterator[Dumped]:
    for account_id, region, backend in _backends("moto.ssm.models", "ssm_backends"):
        for name, versions in list(dict.items(backend._parameters)):  # noqa: SLF001 - all versions
            # What every account has from AWS is moto's own.
            for parameter in versions if not name.startswith("/aws/") else ():
                kept = vars(parameter) | {
                    "value": parameter.decrypt(parameter.value),
                    "last_modified_date": parameter.last_modified_date.isoformat(),
                }
                yield {"account": account_id, "region": region} | kept


def _load_parameter(dumped: Dumped) -> None:
    from moto.ssm.models import Parameter, ssm_backends  # noqa: PLC0415 - half a second

    given = {key: value for key, value in dumped.items() if key not in {"account", "region"}}
    given["last_modified_date"] = datetime.fromisoformat(given["last_modified_date"])
    backend = ssm_backends[dumped["account"]][dumped["region"]]
    backend._parameters[given["name"]].append(Parameter(**given))  # noqa: SLF001 - all versions
