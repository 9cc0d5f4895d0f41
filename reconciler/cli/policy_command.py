"""iam-policy: the least policy under which a command does its work for this spec. Offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli.command import File, command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.kind import Facts
    from reconciler.policy import Purpose
    from reconciler.spec.loaded import Spec

_EPILOG = """\b
Not in it, since only the account knows: kms:Decrypt on a customer's key of a secret, and what the
service asks of the caller besides (subnets and VPC endpoints for a serverless cache, a key's
grants). sts:GetCallerIdentity takes no permission. adopt needs apply's policy, forget also
elasticache:RemoveTagsFromResource."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "iam-policy", formats=("json",), default="json", epilog=_EPILOG)(iam_policy)


def iam_policy(
    screen: Screen,
    file: File = None,
    purpose: Annotated[
        str,
        typer.Option("--for", metavar="plan|apply|verify|drift|drill", help="What it is to allow."),
    ] = "plan",
    beside: Annotated[
        str,
        typer.Option(
            "--with",
            metavar="delete,forget,rotate,status,vpc-endpoints,who",
            help="Also for --prune and destroy; forget; rotate; who applies; new serverless "
            "caches; drift --who.",
        ),
    ] = "",
    memory: Annotated[
        str | None,
        typer.Option(
            "--memory",
            metavar="s3://BUCKET/KEY",
            help="With --for drift: also where findings are remembered.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        bool,
        typer.Option(
            "--split", help="A list of documents that each fit a managed policy of their own."
        ),
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="The role's trust policy instead.")
    ] = False,
) -> int:
    """Print the least IAM policy for this spec; a plain apply's deletes nothing."""
    from reconciler import policy, policy_size  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415

    meant: Purpose | None = next((one for one in policy.PURPOSES if one == purpose), None)
    if meant is None:
        raise UsageError(f"--for {purpose!r} is not one of {', '.join(policy.PURPOSES)}")
    more = frozenset(one.strip() for one in beside.split(",") if one.strip())
    if unknown := sorted(more - policy.BESIDE):
        known = ", ".join(sorted(policy.BESIDE))
        raise UsageError(f"--with {', '.join(unknown)}: it takes {known}")
    spec = load_one(None, file)
    facts = _facts(spec)
    if trust:
        screen.json(policy.trust(meant, facts))
        return 0
    lease = spec.estate.safety.lease
    found = policy.policy(meant, EVERY_KIND, facts, spec.secret_refs(), lease=lease, beside=more)
    if memory is not None:
        found["Statement"] += policy.remembering(_object(memory, purpose), facts.partition)
    screen.json(policy_size.parts(found) if split else found)
    _note(screen, spec, purpose)
    _note_size(screen, found, split=split)
    return 0


def _object(memory: str, purpose: str) -> str:
    """Give the object of S3 that is a memory of drift; UsageError for what is none."""
    if purpose != "drift":
        raise UsageError("--memory is for --for drift: nothing else remembers")
    bucket, _, key = memory.removeprefix("s3://").partition("/")
    if not memory.startswith("s3://") or not bucket or not key:
        raise UsageError(f"--memory {memory}: s3://BUCKET/KEY names one object; a file takes none")
    return memory


def _facts(spec: Spec) -> Facts:
    from reconciler.kind import Facts  # noqa: PLC0415

    estate = spec.estate
    return Facts(
        account_id=estate.aws.account_id,
        region=estate.aws.region,
        estate=estate.estate,
        desired=spec.resources,
        observed={},
        tag_prefix=estate.safety.tag_prefix,
    )


def _note(screen: Screen, spec: Spec, purpose: str) -> None:
    roles = spec.estate.aws.role_arn
    if purpose == "apply" and roles.read != roles.write:
        screen.say(
            "aws.role_arn names two roles: apply looks as the read role, which takes what "
            "--for plan prints; it writes and opens secret values as the write role, which takes "
            "this"
        )
    if purpose == "apply" and any(one.kind == "serverless_cache" for one in spec.resources):
        screen.say(
            "a serverless cache is made with VPC endpoints in the caller's name: a role that makes "
            "one needs --with vpc-endpoints too; to change one, this is enough"
        )


def _note_size(screen: Screen, found: Mapping[str, Any], *, split: bool) -> None:
    """Say how many managed policies it takes, where one does not hold it."""
    from reconciler.policy_size import LONGEST, MOST, parts, size  # noqa: PLC0415

    count = len(parts(found))
    if count == 1:
        return
    screen.say(
        f"{size(found):,} characters, and a managed policy takes {LONGEST:,}: {count} policies of "
        "one role" + ("" if split else "; --split prints them as a list")
    )
    if count > MOST:
        screen.say(f"a role takes {MOST} policies unless its account's quota was raised")
