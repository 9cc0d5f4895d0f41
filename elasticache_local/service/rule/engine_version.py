"""Engines and their versions: what may be asked for, what it is in full, which family it has."""

from __future__ import annotations

from dataclasses import dataclass

from elasticache_local.service.refusal import bad_combination, bad_value


@dataclass(frozen=True)
class EngineVersion:
    """A version in full, the name a client asks for it by, and its parameter family.

    Patch numbers are the ones seen in published answers where there are any; the service chooses
    them from 6.0 on.
    """

    engine: str
    asked: str
    full: str
    family: str

    @property
    def number(self) -> tuple[int, ...]:
        """The full version as a number to compare by."""
        return version_number(self.full)


VERSIONS: tuple[EngineVersion, ...] = (
    EngineVersion("memcached", "1.4.5", "1.4.5", "memcached1.4"),
    EngineVersion("memcached", "1.4.14", "1.4.14", "memcached1.4"),
    EngineVersion("memcached", "1.4.24", "1.4.24", "memcached1.4"),
    EngineVersion("memcached", "1.4.33", "1.4.33", "memcached1.4"),
    EngineVersion("memcached", "1.4.34", "1.4.34", "memcached1.4"),
    EngineVersion("memcached", "1.5.10", "1.5.10", "memcached1.5"),
    EngineVersion("memcached", "1.5.16", "1.5.16", "memcached1.5"),
    EngineVersion("memcached", "1.6.6", "1.6.6", "memcached1.6"),
    EngineVersion("memcached", "1.6.12", "1.6.12", "memcached1.6"),
    EngineVersion("memcached", "1.6.17", "1.6.17", "memcached1.6"),
    EngineVersion("memcached", "1.6.22", "1.6.22", "memcached1.6"),
    EngineVersion("redis", "4.0.10", "4.0.10", "redis4.0"),
    EngineVersion("redis", "5.0.6", "5.0.6", "redis5.0"),
    EngineVersion("redis", "6.0", "6.0.5", "redis6.x"),
    EngineVersion("redis", "6.2", "6.2.6", "redis6.x"),
    EngineVersion("redis", "7.0", "7.0.7", "redis7"),
    EngineVersion("redis", "7.1", "7.1.0", "redis7"),
    EngineVersion("valkey", "7.2", "7.2.6", "valkey7"),
    EngineVersion("valkey", "8.0", "8.0.1", "valkey8"),
    EngineVersion("valkey", "8.1", "8.1.0", "valkey8"),
    EngineVersion("valkey", "8.2", "8.2.0", "valkey8"),
    EngineVersion("valkey", "9.0", "9.0.0", "valkey9"),
)
DEFAULT_ASKED = {"memcached": "1.6.22", "redis": "7.1", "valkey": "8.0"}
FIRST_OF_FAMILY = {
    "memcached1.4": "1.4.5",
    "memcached1.5": "1.5.10",
    "memcached1.6": "1.6.6",
    "redis2.6": "2.6.13",
    "redis2.8": "2.8.6",
    "redis3.2": "3.2.4",
    "redis4.0": "4.0.10",
    "redis5.0": "5.0.0",
    "redis6.x": "6.0.5",
    "redis7": "7.0.4",
    "valkey7": "7.2.6",
    "valkey8": "8.0.1",
    "valkey9": "9.0.0",
}
"""Each family with the first version of it: where a parameter says no other, it is that one's."""
FAMILIES = tuple(FIRST_OF_FAMILY)
CLUSTERED_FAMILIES = FAMILIES[FAMILIES.index("redis3.2") :]


def version_number(version: str) -> tuple[int, ...]:
    """Give a version as a number to compare by; ``6.x`` counts as 6."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def find_version(engine: str, asked: str | None) -> EngineVersion:
    """Give the version that a request means, or refuse it.

    ``7.1`` and ``7.1.0`` are the same; ``6.x`` means the newest 6.
    """
    of_engine = [version for version in VERSIONS if version.engine == engine]
    if not of_engine:
        raise bad_value(f"Unsupported engine: {engine}.")
    wanted = asked or DEFAULT_ASKED[engine]
    for version in reversed(of_engine):
        if wanted in (version.asked, version.full):
            return version
    if wanted.endswith(".x"):
        for version in reversed(of_engine):
            if version.asked.startswith(wanted[:-1]):
                return version
    raise bad_value(
        f"Cannot find version {wanted} for {engine}. Specify a supported engine version."
    )


def check_move(before: tuple[str, str], after: EngineVersion, *, lowest_to_valkey: str) -> None:
    """Refuse a move that is no upgrade.

    Down is refused but for valkey 7.2 back to redis 7.1; redis goes to valkey from a version on.
    """
    engine, full = before
    if engine == after.engine:
        if after.number < version_number(full):
            raise bad_combination(
                f"Cannot downgrade engine version from {full} to {after.full}. "
                "Create a new cache or delete and recreate this one."
            )
        return
    if engine == "redis" and after.engine == "valkey":
        if version_number(full) < version_number(lowest_to_valkey):
            raise bad_combination(f"Cannot modify engine redis {full} to valkey.")
        return
    if (full.startswith("7.2"), after.asked) == (True, "7.1"):
        return
    raise bad_combination(f"Cannot modify engine {engine} {full} to {after.engine} {after.asked}.")


def family_engine(family: str) -> str:
    """Give the engine of a parameter family."""
    return family.rstrip("0123456789.x")
