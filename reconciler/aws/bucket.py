"""A memory in S3: read with its ETag, and put back only if nobody else did meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from reconciler.aws import fault
from reconciler.aws.endpoint import LocalEndpoint
from reconciler.errors import AwsError, CouldNotLook
from reconciler.ports import Clock

TRIES = 20
_OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_NONE = frozenset({"NoSuchKey", "404"})


class BucketMemory:
    """A ports.MemoryStore over one object (Amazon S3 User Guide, conditional writes).

    It needs s3:GetObject and s3:PutObject on the object, and s3:ListBucket to be told that there is
    none yet. ``client`` is boto3's.
    """

    def __init__(self, client: Any, bucket: str, key: str, clock: Clock) -> None:
        self._client, self._bucket, self._key, self._clock = client, bucket, key, clock

    @property
    def place(self) -> str:
        """Name the object."""
        return f"s3://{self._bucket}/{self._key}"

    def read(self) -> str | None:
        """Give the text, or nothing when there is no object."""
        return self._held()[0]

    def update(self, change: Callable[[str | None], str]) -> None:
        """Put what ``change`` makes of the text, or of the newer one where somebody was first."""
        for attempt in range(TRIES):
            before, etag = self._held()
            after = change(before)
            if after == before:
                return
            terms = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
            try:
                self._ask(
                    "put_object", Body=after.encode(), ContentType="application/json", **terms
                )
            except AwsError as refused:
                # A put whose answer was lost may have been done: then the ETag has moved, and the
                # change is made once more on what is there, which a change must bear.
                if refused.code not in _OVERTAKEN and refused.status != 412:
                    raise CouldNotLook(f"{self.place} can't be written: {refused}") from None
                self._clock.wait(random.uniform(0.02, 0.1) * (attempt + 1))  # noqa: S311 - jitter
            else:
                return
        raise CouldNotLook(
            f"{self.place} changes faster than it can be written; fewer runs at once"
        )

    def _held(self) -> tuple[str | None, str]:
        try:
            found = self._ask("get_object")
        except AwsError as refused:
            if refused.code in _NONE:
                return None, ""
            raise CouldNotLook(f"{self.place} can't be read: {refused}") from None
        return str(found["text"]), str(found["ETag"])

    def _ask(self, operation: str, **params: Any) -> Any:
        def ask() -> Any:
            call = getattr(self._client, operation)
            answer = call(Bucket=self._bucket, Key=self._key, **params)
            if operation == "get_object":
                # A body is read here, so that a line that breaks is told like any other silence.
                answer["text"] = answer["Body"].read().decode()
            return answer

        action = "GetObject" if operation == "get_object" else "PutObject"
        return fault.asked("s3", action, ask, reading=operation == "get_object")


def client_of(local: LocalEndpoint | None = None) -> Any:
    """Give a client with the credentials of whoever runs this: the bucket is no part of an estate.

    ``local`` is the local ElastiCache's, with the key of its own account.
    """

    def make() -> Any:
        import boto3  # noqa: PLC0415 - with everything of AWS's
        from botocore.config import Config  # noqa: PLC0415

        # A put is not resent by the client: it is looked at again, as after somebody else's.
        config = Config(retries={"total_max_attempts": 3, "mode": "standard"}, read_timeout=30)
        if local is None:
            return boto3.client("s3", config=config)
        return boto3.client(
            "s3",
            endpoint_url=local.url,
            config=config,
            region_name="us-east-1",
            aws_access_key_id=local.access_key_id,
            aws_secret_access_key=local.secret_access_key.get_secret_value(),
        )

    return fault.asked("s3", "client", make, reading=True)
