"""One side, the account or the local service: calls, what was made there, and waiting for it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from live.recorder import Recorder

TAG = "reconcile-live-run"
_UNSEEN_S = 60


class LiveFailed(Exception):
    """The run can't go on; carries the sentence for the person."""


@dataclass(frozen=True)
class Kind:
    """How a kind is described and deleted, and which word it rests in."""

    operation: str
    key: str
    member: str
    rests: str
    delete: str
    arn: str


KINDS: Mapping[str, Kind] = {
    "serverless_cache": Kind(
        "describe_serverless_caches",
        "ServerlessCacheName",
        "ServerlessCaches",
        "available",
        "delete_serverless_cache",
        "serverlesscache",
    ),
    "replication_group": Kind(
        "describe_replication_groups",
        "ReplicationGroupId",
        "ReplicationGroups",
        "available",
        "delete_replication_group",
        "replicationgroup",
    ),
    "user_group": Kind(
        "describe_user_groups",
        "UserGroupId",
        "UserGroups",
        "active",
        "delete_user_group",
        "usergroup",
    ),
    "user": Kind("describe_users", "UserId", "Users", "active", "delete_user", "user"),
    "parameter_group": Kind(
        "describe_cache_parameter_groups",
        "CacheParameterGroupName",
        "CacheParameterGroups",
        "",
        "delete_cache_parameter_group",
        "parametergroup",
    ),
}
"""In the order in which the service lets them be deleted."""


@dataclass(frozen=True)
class Place:
    """Where to look, and what stands there already."""

    account_id: str
    region: str
    subnet_group: str
    security_group: str
    endpoint: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Credentials as the environment names them; none: as boto3 finds them."""


@dataclass(frozen=True)
class Told:
    """An answer, or a refusal in the service's own words."""

    answer: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""

    @property
    def brief(self) -> str:
        """Give ``accepted``, or code and words."""
        return f"{self.code}: {self.message}" if self.code else "accepted"


@dataclass(frozen=True)
class Waited:
    """How long something took to come to rest, and through which words."""

    after: str
    kind: str
    words: tuple[str, ...]
    seconds: float


class Made:
    """What a run asked for, noted before it was asked for: teardown works from this."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, kind: str, ident: str) -> None:
        """Remember before the call is sent, so that a lost answer loses nothing."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind, ident]) + "\n")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        if not self._path.exists():
            return
        seen = dict.fromkeys(self._path.read_text(encoding="utf-8").splitlines())
        yield from ((kind, ident) for kind, ident in map(json.loads, seen))


@dataclass(frozen=True)
class Run:
    """What both sides share: names, and the seed that passwords and tokens are made from."""

    id: str
    seed: str = field(repr=False)


class World:
    """One side of a run. ``pace_s`` is how often it looks while it waits."""

    def __init__(
        self, place: Place, run: Run, recorder: Recorder, made: Made, pace_s: float = 10
    ) -> None:
        self.place, self.recorder, self.made, self.pace_s = place, recorder, made, pace_s
        self.run, self._seed, self._secrets = run.id, run.seed, 0
        self.waits: list[Waited] = []
        source = botocore.session.get_session()
        if place.keys:
            source.set_credentials(
                place.keys["AWS_ACCESS_KEY_ID"], place.keys["AWS_SECRET_ACCESS_KEY"]
            )
        recorder.attach(source)
        session = boto3.session.Session(botocore_session=source, region_name=place.region)
        # A write is never sent twice by the client: after a lost answer it would happen twice.
        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=10)
        often = Config(retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=10)
        self._writing = session.client("elasticache", endpoint_url=place.endpoint, config=once)
        self._reading = session.client("elasticache", endpoint_url=place.endpoint, config=often)
        self._tagging = session.client("resourcegroupstaggingapi", endpoint_url=place.endpoint)
        self._sts = session.client("sts", endpoint_url=place.endpoint)

    @property
    def endpoint(self) -> str:
        """Tell where calls really go, whatever the environment says."""
        return str(self._writing.meta.endpoint_url)

    def id(self, name: str) -> str:
        """Give a name that only this run uses."""
        return f"rl-{self.run}-{name}"

    def secret(self) -> str:
        """Give a new password or token, kept out of every record; both sides get the same."""
        self._secrets += 1
        made = hashlib.sha256(f"{self._seed}/{self._secrets}".encode()).hexdigest()
        return self.recorder.keep_out(made[:40])

    def account(self) -> str:
        """Tell whose credentials these are."""
        return str(self._sts.get_caller_identity()["Account"])

    def call(self, operation: str, **params: Any) -> Told:
        """Send one call; a refusal is an answer too."""
        reads = operation.startswith(("describe", "list"))
        client = self._reading if reads else self._writing
        try:
            return Told(getattr(client, operation)(**params))
        except ClientError as refused:
            error = refused.response["Error"]
            return Told(code=error["Code"], message=error["Message"])

    def make(self, kind: str, name: str, operation: str, **params: Any) -> Told:
        """Create something that carries this run's tag; ``name`` without the run."""
        ident = self.id(name)
        self.made.note(kind, ident)
        tags = [{"Key": TAG, "Value": self.run}]
        return self.call(operation, **{KINDS[kind].key: ident, **params, "Tags": tags})

    def find(self, kind: str, ident: str) -> Mapping[str, Any] | None:
        """Describe one thing, or give None when it is not there."""
        sort = KINDS[kind]
        told = self.call(sort.operation, **{sort.key: ident})
        # An id that the service would not even look up can't be there.
        if "NotFound" in told.code or told.code == "InvalidParameterValue":
            return None
        if told.code:
            raise LiveFailed(f"{kind} {ident} could not be looked at: {told.brief}")
        return next(iter(told.answer[sort.member]), None)

    def settle(
        self, kind: str, ident: str, after: str = "", minutes: float = 90
    ) -> Mapping[str, Any]:
        """Wait until it rests, remember the words on the way, and describe it."""
        began, words = time.monotonic(), list[str]()
        while True:
            found = self.find(kind, ident)
            word = "" if found is None else found.get("Status", "")
            if found is not None and (not words or words[-1] != word):
                words.append(word)
            if found is None:
                # What was just created may not be visible at once.
                if words or time.monotonic() - began > _UNSEEN_S:
                    raise LiveFailed(f"{kind} {ident} is not there, after {after}")
            elif self._rests(kind, found):
                self._waited(after, kind, words, began)
                return found
            if word.lower().replace("_", "-") == "create-failed":
                raise LiveFailed(f"{kind} {ident} could not be created by the service")
            self._wait(began, minutes, f"{kind} {ident} after {after}: {' '.join(words)}")

    def gone(self, kind: str, ident: str, minutes: float = 90) -> None:
        """Wait until it is not there any more."""
        began, words = time.monotonic(), list[str]()
        while (found := self.find(kind, ident)) is not None:
            word = found.get("Status", "")
            if not words or words[-1] != word:
                words.append(word)
            self._wait(began, minutes, f"{kind} {ident} to be gone")
        self._waited(KINDS[kind].delete, kind, words, began)

    def _waited(self, after: str, kind: str, words: list[str], began: float) -> None:
        if not after:
            return
        seconds = round(time.monotonic() - began, 1)
        self.waits.append(Waited(after, kind, tuple(words), seconds))

    def _wait(self, began: float, minutes: float, what: str) -> None:
        if time.monotonic() - began > minutes * 60:
            raise LiveFailed(f"waited {minutes:g} minutes for {what}")
        time.sleep(self.pace_s)

    def _rests(self, kind: str, found: Mapping[str, Any]) -> bool:
        rests = KINDS[kind].rests
        shards = found.get("NodeGroups", ())
        words = [found.get("Status", ""), *(one.get("Status", rests) for one in shards)]
        return all(word.lower() == rests for word in words) and not found.get("PendingChanges")

    def arn(self, kind: str, ident: str) -> str:
        """Give the ARN of something here."""
        place = self.place
        partition = "aws-cn" if place.region.startswith("cn-") else "aws"
        owner = f"{place.region}:{place.account_id}"
        return f"arn:{partition}:elasticache:{owner}:{KINDS[kind].arn}:{ident}"

    def tags(self, kind: str, ident: str) -> Mapping[str, str] | None:
        """Give its tags; None while the service does not say (busy, or gone)."""
        told = self.call("list_tags_for_resource", ResourceName=self.arn(kind, ident))
        if told.code:
            return None
        return {one["Key"]: one["Value"] for one in told.answer["TagList"]}

    def tagged(self, key: str = TAG, value: str | None = None) -> list[tuple[str, str]]:
        """Give kind and id of what the tagging API shows with a tag: this run's, unless said."""
        kinds = {sort.arn: kind for kind, sort in KINDS.items()}
        pages = self._tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": key, "Values": [value or self.run]}],
            ResourceTypeFilters=[f"elasticache:{arn}" for arn in kinds],
        )
        arns = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
        return [(kinds[arn.split(":")[5]], arn.split(":", 6)[6]) for arn in arns]
