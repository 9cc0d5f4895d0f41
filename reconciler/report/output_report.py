"""Outputs as text, shell settings and JSON."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any

from reconciler.output import Output
from reconciler.report.lines import sides
from reconciler.report.plan_json import jsonable

FORMAT_VERSION = 1


def output_text(outputs: Iterable[Output]) -> str:
    """Give a block per cache."""
    lines: list[str] = []
    for one in outputs:
        lines += sides(f"{one.address}  {one.status}", one.engine)
        tls = "TLS" if one.tls else "plaintext"
        rows = [
            (end.role.replace("_", " "), f"{end.host}:{end.port}  {tls}") for end in one.endpoints
        ]
        if one.token:
            rows.append(("AUTH token", str(one.token)))
        for login in one.logins:
            how = ", ".join(map(str, login.secrets)) or login.sort
            rows.append((f"login {login.user_name}", how))
        width = max((len(label) for label, _ in rows), default=0)
        lines += [f"  {label:<{width}}  {value}" for label, value in rows]
        lines.append("")
    return "\n".join(lines[:-1] or ["no cache of this spec exists yet"]) + "\n"


def output_env(outputs: Iterable[Output]) -> str:
    """Give ``NAME=value`` lines for a shell or an env file: ORDERS_PRIMARY_HOST and so on."""
    lines = []
    for one in outputs:
        prefix = re.sub(r"[^A-Z0-9]", "_", one.address.id.upper())
        for endpoint in one.endpoints:
            role = endpoint.role.upper()
            lines.append(f"{prefix}_{role}_HOST={shlex.quote(endpoint.host)}")
            lines.append(f"{prefix}_{role}_PORT={endpoint.port}")
        lines.append(f"{prefix}_TLS={str(one.tls).lower()}")
        lines.append(f"{prefix}_AUTH={one.auth}")
        if one.logins:
            lines.append(f"{prefix}_USERS={shlex.quote(','.join(x.user_name for x in one.logins))}")
    return "\n".join(lines) + ("\n" if lines else "")


def output_json(outputs: Iterable[Output]) -> dict[str, Any]:
    """Give one object, caches by address."""
    return {
        "format_version": FORMAT_VERSION,
        "caches": {
            str(one.address): {
                "status": one.status,
                "engine": one.engine,
                "tls": one.tls,
                "auth": one.auth,
                "endpoints": {
                    endpoint.role: {"host": endpoint.host, "port": endpoint.port}
                    for endpoint in one.endpoints
                },
                "users": {
                    login.user_id: {
                        "user_name": login.user_name,
                        "type": login.sort,
                        "secrets": jsonable(login.secrets),
                    }
                    for login in one.logins
                },
                **({"auth_token": jsonable(one.token)} if one.token else {}),
            }
            for one in outputs
        },
    }
