"""A memory in S3: nobody's change is lost, whoever writes in between."""

from __future__ import annotations

import hashlib
import io

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from inprocess import SteppedClock

from reconciler.aws.bucket import TRIES, BucketMemory
from reconciler.errors import CouldNotLook


class Bucket:
    """One object of S3 with conditional puts, and somebody else who may write in between."""

    def __init__(self, content=None):
        self.content = content
        self.in_between = lambda: None
        self.puts = 0

    def get_object(self, **_):
        if self.content is None:
            raise refused("NoSuchKey", 404, "GetObject")
        found = {"Body": io.BytesIO(self.content), "ETag": etag(self.content)}
        self.in_between()
        return found

    def put_object(self, **asked):
        self.puts += 1
        there = None if self.content is None else etag(self.content)
        wanted = asked.get("IfMatch")
        if (asked.get("IfNoneMatch") == "*" and there) or (wanted and wanted != there):
            raise refused("PreconditionFailed", 412, "PutObject")
        self.content = asked["Body"]


def etag(content):
    return f'"{hashlib.sha256(content).hexdigest()}"'


def refused(code, status, operation):
    error = {"Error": {"Code": code, "Message": code}}
    return ClientError({**error, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


def memory(bucket):
    return BucketMemory(bucket, "b", "k.json", SteppedClock())


def added(word):
    return lambda text: f"{text or ''}{word}"


def test_the_first_is_made_and_the_next_goes_on_from_it():
    bucket = Bucket()

    memory(bucket).update(added("a"))
    memory(bucket).update(added("b"))

    assert memory(bucket).read() == "ab"


def test_what_somebody_wrote_in_between_is_kept():
    bucket = Bucket(b"a")

    def once():
        bucket.in_between = lambda: None
        bucket.content = b"a, theirs"

    bucket.in_between = once
    memory(bucket).update(added(", ours"))

    assert bucket.content == b"a, theirs, ours"


def test_two_that_begin_at_once_both_stand():
    bucket = Bucket()
    other = memory(bucket)

    def ours(text):
        if bucket.content is None:
            other.update(added("theirs, "))
        return f"{text or ''}ours"

    memory(bucket).update(ours)

    assert bucket.content == b"theirs, ours"


def test_what_changes_nothing_is_not_written():
    bucket = Bucket(b"a")

    memory(bucket).update(lambda text: text)

    assert bucket.puts == 0


def test_one_that_is_always_overtaken_gives_up_and_says_so():
    bucket = Bucket(b"a")

    def always():
        bucket.content += b"."

    bucket.in_between = always

    with pytest.raises(CouldNotLook, match=r"s3://b/k\.json changes faster"):
        memory(bucket).update(added("ours"))
    assert bucket.puts == TRIES


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (refused("AccessDenied", 403, "GetObject"), "AccessDenied"),
        (refused("NoSuchBucket", 404, "GetObject"), "NoSuchBucket"),
        (ReadTimeoutError(endpoint_url="https://s3"), "s3 GetObject: no answer came in time"),
    ],
)
def test_what_can_not_be_read_is_said_and_never_taken_for_empty(broken, words):
    bucket = Bucket(b"a")

    def no(**_):
        raise broken

    bucket.get_object = no

    with pytest.raises(CouldNotLook, match=words):
        memory(bucket).update(added("ours"))
    assert bucket.content == b"a"
