"""What --memory names: a file, an object in S3; without it one that ends with the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.ports import MemoryStore


class PassingMemory:
    """A ports.MemoryStore."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Say that it is nowhere."""
        return "no --memory"

    def read(self) -> str | None:
        """Give the text."""
        return self._text

    def update(self, change: Callable[[str | None], str]) -> None:
        """Replace the text."""
        with self._lock:
            self._text = change(self._text)


def store_of(memory: str | None, *, local: bool) -> MemoryStore:
    """Open a memory: a file, an object in S3, or one that ends with this process."""
    if memory is None:
        return PassingMemory()
    if not memory.startswith("s3://"):
        from reconciler.memory_file import MemoryFile  # noqa: PLC0415

        if Path(memory).is_dir():
            raise UsageError(f"--memory {memory}: is a folder; name a file in it")
        return MemoryFile(memory)
    from reconciler.aws.bucket import BucketMemory, client_of  # noqa: PLC0415
    from reconciler.clock import SystemClock  # noqa: PLC0415

    bucket, _, key = memory.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise UsageError(f"--memory {memory}: s3://BUCKET/KEY names one object")
    endpoint = None
    if local:
        from pydantic import SecretStr  # noqa: PLC0415

        from reconciler.aws.endpoint import LocalEndpoint  # noqa: PLC0415
        from reconciler.cli import local_service  # noqa: PLC0415

        running = local_service.find() or local_service.start()
        secret = SecretStr(running.secret_access_key)
        endpoint = LocalEndpoint(running.endpoint_url, running.access_key_id, secret)
    return BucketMemory(client_of(endpoint), bucket, key, SystemClock())
