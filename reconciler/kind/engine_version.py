"""Engine versions as the service writes them: precision, order, families, their own groups."""

from __future__ import annotations

_ANY_PATCH = 10**6


def parts(version: str) -> tuple[int, ...]:
    """Give ``7.1.0`` as (7, 1, 0); the wildcard of ``6.x`` ends what is said."""
    said: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        said.append(int(part))
    return tuple(said)


def satisfies(wished: str, runs: str, *, auto_minor: bool) -> bool:
    """Say whether what runs is what was written, in the precision written.

    A higher minor is fine where the service was asked to upgrade minors by itself.
    """
    asked, found = parts(wished), parts(runs)
    if found[: len(asked)] == asked:
        return True
    return auto_minor and found[:1] == asked[:1] and found > asked


def is_lower(wished: str, runs: str) -> bool:
    """Say whether this would be a downgrade, in the precision written."""
    asked = parts(wished)
    return asked < parts(runs)[: len(asked)]


def at_least(version: str, minimum: str) -> bool:
    """Say whether a version is this new; an unsaid patch is taken as the newest."""
    wanted = parts(minimum)
    found = parts(version)
    return found + (_ANY_PATCH,) * (len(wanted) - len(found)) >= wanted


def family(engine: str, version: str) -> str:
    """Give the parameter group family of an engine version: valkey8, redis6.x, memcached1.6."""
    said = parts(version)
    major = said[0] if said else 0
    if engine == "valkey" or major >= 7:
        return f"{engine}{major}"
    return f"{engine}6.x" if major == 6 else f"{engine}{'.'.join(map(str, said[:2]))}"


def is_default(name: str | None) -> bool:
    """Say whether a parameter group is the service's own."""
    return (name or "default.").startswith("default.")


def default_group(engine: str, version: str, *, clustered: bool) -> str:
    """Give the name of the service's own parameter group for an engine version."""
    return f"default.{family(engine, version)}{'.cluster.on' if clustered else ''}"
