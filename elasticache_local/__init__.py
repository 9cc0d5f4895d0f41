"""A local ElastiCache: the service's control plane in process, real engines behind it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elasticache_local.session import Account, ElastiCacheLocal

__all__ = ["Account", "ElastiCacheLocal"]


def __getattr__(name: str) -> object:
    """Import the session when it is asked for: the child process and the plugin need none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from elasticache_local import session  # noqa: PLC0415 - lazy on purpose

    return getattr(session, name)
