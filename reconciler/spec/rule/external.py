"""Targets that are not ElastiCache's: enough to connect with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.spec.draft import Draft
from reconciler.spec.entry import Path, problem_at
from reconciler.spec.node import walk


def externals(draft: Draft) -> Iterator[Problem]:
    """Judge each external target."""
    for name, target in draft.external.items():

        def problem(message: str, path: Path, name: str = name) -> Problem:
            node = walk(draft.external_nodes[name], path)[1]
            return problem_at(node, f"external/{name}", path, message)

        if not target.addresses:
            yield problem("at least one host:port", ("addresses",))
        for index, address in enumerate(target.addresses):
            host, _, port = address.rpartition(":")
            if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
                message = f'"{address}" is no address; write it like 10.0.0.5:6379'
                yield problem(message, ("addresses", index))
        if target.ca_file is not None and not target.tls:
            yield problem("a CA is for TLS; write tls: true", ("ca_file",))
        if target.user is not None and target.password is None:
            yield problem("a user logs in with a password; give a reference", ("user",))
