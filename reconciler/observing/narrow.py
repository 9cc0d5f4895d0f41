"""A few resources read one by one, where reading all of their kind would take more calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.errors import AwsError
from reconciler.fate import GONE
from reconciler.ports import Params, Reader

BY_ID: Mapping[str, tuple[str, str]] = {
    "user": ("describe_users", "UserId"),
    "user_group": ("describe_user_groups", "UserGroupId"),
    "cache_parameter_group": ("describe_cache_parameter_groups", "CacheParameterGroupName"),
    "cache_subnet_group": ("describe_cache_subnet_groups", "CacheSubnetGroupName"),
    "replication_group": ("describe_replication_groups", "ReplicationGroupId"),
    "serverless_cache": ("describe_serverless_caches", "ServerlessCacheName"),
    "cache_cluster": ("describe_cache_clusters", "CacheClusterId"),
}
"""A kind's own describe, and the parameter by which it takes one id."""


DETAILS = frozenset({"describe_cache_parameters"})
"""What a kind asks of each of its own; it counts as that kind's own describe."""


class Narrowed:
    """A ports.Reader through which a kind sees only ``ids`` of its own (None: everything).

    ``own_calls`` counts what the kind's own describe took.
    """

    def __init__(self, reader: Reader, kind: str, ids: frozenset[str] | None = None) -> None:
        self._reader, self._kind, self._ids = reader, kind, ids
        self._operation, self._parameter = BY_ID.get(kind, ("", ""))
        self.own_calls = 0

    def read(self, service: str, operation: str, params: Params | None = None) -> Mapping[str, Any]:
        """Give the answer of one call, as it is."""
        return self._reader.read(service, operation, params)

    def pages(
        self, service: str, operation: str, key: str, params: Params | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Give the items under ``key``; of the kind's own describe those with the ids."""
        before = self._reader.calls
        if operation != self._operation or self._ids is None:
            yield from self._reader.pages(service, operation, key, params)
        else:
            for ident in sorted(self._ids):
                asked = {**(params or {}), self._parameter: ident}
                try:
                    yield from self._reader.pages(service, operation, key, asked)
                except AwsError as refused:
                    if refused.code not in GONE:
                        raise
        if operation == self._operation or operation in DETAILS:
            self.own_calls += self._reader.calls - before

    def fresh(self) -> Reader:
        """Give the same view through a Reader that remembers nothing."""
        return Narrowed(self._reader.fresh(), self._kind, self._ids)

    @property
    def calls(self) -> int:
        """How many requests were really made."""
        return self._reader.calls
