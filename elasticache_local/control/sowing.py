"""Seeds made true: keys for an account, subnets and their groups, secrets with random values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from elasticache_local.fault import Fault
from elasticache_local.seed import Seed
from elasticache_local.service import Principal, Service
from elasticache_local.shell.accounts import Accounts
from elasticache_local.shell.server import Shell


class Sower:
    """Makes what is not there; what is there stays as it is."""

    def __init__(
        self, service: Service, accounts: Accounts, shell: Shell, changed: Callable[[], None]
    ) -> None:
        self._service, self._accounts, self._shell = service, accounts, shell
        self._changed = changed

    def sow(self, seed: Seed) -> dict[str, Any]:
        """Make everything that a seed names, and say what was not there before."""
        principal = Principal(seed.account_id, seed.region)
        pair = self._accounts.root(seed.account_id)
        self._service.declare_subnets(principal, seed.subnet_ids)
        self._service.declare(principal, seed.security_group_ids, seed.kms_key_ids)
        made = [*self._subnet_groups(seed, principal), *self._shell.seed_secrets(seed)]
        self._changed()
        return {
            "access_key_id": pair.access_key_id,
            "secret_access_key": pair.secret_access_key,
            "made": made,
        }

    def _subnet_groups(self, seed: Seed, principal: Principal) -> Iterator[str]:
        for name in seed.cache_subnet_groups:
            subnets = [_subnet_id(seed, name, zone) for zone in "ab"]
            self._service.declare_subnets(principal, subnets)
            params = {
                "CacheSubnetGroupName": name,
                "CacheSubnetGroupDescription": "made for a spec",
                "SubnetIds": subnets,
            }
            try:
                self._service.call("CreateCacheSubnetGroup", params, principal)
            except Fault as fault:
                # "default" may not be created, and is always there.
                if fault.code != "CacheSubnetGroupAlreadyExists" and name != "default":
                    raise
            else:
                yield f"cache_subnet_group/{name}"


def _subnet_id(seed: Seed, name: str, zone: str) -> str:
    digest = hashlib.sha256(f"{seed.account_id}/{seed.region}/{name}/{zone}".encode())
    return f"subnet-{digest.hexdigest()[:17]}"
