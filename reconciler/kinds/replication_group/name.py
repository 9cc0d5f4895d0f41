"""The names under which a replication group is reached, and how TLS changes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.kind import Endpoint

# ElastiCache User Guide, "Finding connection endpoints": plain names and their TLS forms.
_FORMS = (
    (r"^(?P<id>[^.]+)-ro\.(?P<x>[^.]+)\.ng\.0001\.(?P<rest>.+)$", "replica.{id}.{x}.{rest}"),
    (r"^(?P<id>[^.]+)\.(?P<x>[^.]+)\.ng\.0001\.(?P<rest>.+)$", "master.{id}.{x}.{rest}"),
    (r"^(?P<id>[^.]+)\.(?P<x>[^.]+)\.clustercfg\.(?P<rest>.+)$", "clustercfg.{id}.{x}.{rest}"),
)
_SHOWN = frozenset({"primary", "reader", "configuration"})


def with_tls(host: str) -> str:
    """Give the name that a plain name gets with TLS; empty where the form is another."""
    for form, tls in _FORMS:
        if found := re.match(form, host):
            return tls.format(**found.groupdict())
    return ""


def without_tls(host: str) -> str:
    """Give the plain name that went with a TLS name; empty where the form is another."""
    found = re.match(
        r"^(?P<sort>master|replica|clustercfg)\.(?P<id>[^.]+)\.(?P<x>[^.]+)\.(?P<rest>.+)$", host
    )
    if not found:
        return ""
    ident, x, rest = found["id"], found["x"], found["rest"]
    return {
        "master": f"{ident}.{x}.ng.0001.{rest}",
        "replica": f"{ident}-ro.{x}.ng.0001.{rest}",
        "clustercfg": f"{ident}.{x}.clustercfg.{rest}",
    }[found["sort"]]


def appearing(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    """Give a line for each name that comes with TLS."""
    hosts = sorted(one.host for one in endpoints if one.role in _SHOWN)
    return tuple(f"+ {name}" for host in hosts if (name := with_tls(host)))


def going(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    """Give a line for each plain name that goes when TLS is required."""
    hosts = sorted(one.host for one in endpoints if one.role in _SHOWN)
    plain = (host if with_tls(host) else without_tls(host) for host in hosts)
    return tuple(f"- {name}" for name in plain if name)
