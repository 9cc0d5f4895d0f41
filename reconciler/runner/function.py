"""What Lambda calls: verify the part of an estate that it is asked for, or look for drift once.

It has no Writer. For verify it reads nothing of ElastiCache's control plane: what was observed
comes with the question, so a function in a VPC needs only its secrets and the caches. A round of
drift is asked for by a schedule, outside of any VPC, and keeps its memory in S3.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from reconciler.aws.bucket import BucketMemory, client_of
from reconciler.aws.gateway import AwsReader
from reconciler.aws.secret import ParameterStore, SecretsManager
from reconciler.aws.session import Session
from reconciler.aws.token import AwsTokenSource
from reconciler.checks.visit import Ports
from reconciler.clock import SystemClock
from reconciler.connect import RedisConnector
from reconciler.drifting.remember import Place
from reconciler.drifting.tell import Teller
from reconciler.drifting.watch import Watched
from reconciler.errors import NotTold, WrongAccount
from reconciler.model import Aws, External
from reconciler.report.drift_message import message_text
from reconciler.runner.event import Question, answered, understood
from reconciler.runner.round import VERSION, Eyes, Order, is_order, look, read_order
from reconciler.secrets import Secrets
from reconciler.verify import Finding, Report, targets, verify

logger = logging.getLogger(__name__)

_RESERVE_S = 3.0
"""Kept of the function's time for answering."""


class Context(Protocol):
    """What Lambda hands a handler, as far as it is looked at."""

    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Give the time that is left."""
        ...


def handle(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Verify, and answer with the report; what there was no time for is named in it.

    Asked by a schedule: look once, remember, tell.
    """
    if is_order(event):
        return _round(read_order(event), context)
    question = understood(event)
    _refuse_elsewhere(question.account_id, question.region, context.invoked_function_arn)
    caches = [one.address for one in targets(*_sides(question), question.wishes)]
    logging.getLogger().setLevel(logging.WARNING)
    run = _Run(question)
    worker = threading.Thread(target=run.go, name="verify", daemon=True)
    begun = time.monotonic()
    worker.start()
    worker.join(max(context.get_remaining_time_in_millis() / 1000 - _RESERVE_S, 0))
    if run.failed is not None:
        raise run.failed
    report = run.report
    if report is None:
        seconds = time.monotonic() - begun
        report = Report(tuple(run.findings), {}, seconds=seconds)
        return answered(report, unfinished=caches)
    # One line for the log tail; it names no key and no user.
    told = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items())
    number = f"{len(caches)} cache{'s' if len(caches) != 1 else ''}"
    sys.stdout.write(f"reconcile: {number}: {told} in {report.seconds:.1f} s\n")
    return answered(report)


def _sides(question: Question) -> tuple[Any, Any, Mapping[str, External]]:
    return question.desired, question.observed, question.external


class _Run:
    """One verification in a thread of its own, so that time running out leaves what was found."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self.findings: list[Finding] = []
        self.report: Report | None = None
        self.failed: Exception | None = None

    def go(self) -> None:
        """Verify to the end."""
        question = self._question
        try:
            self.report = verify(
                question.desired,
                question.observed,
                ports_of(question),
                external=_with_cas(question),
                wishes=question.wishes,
                on_finding=self.findings.append,
            )
        except Exception as error:  # noqa: BLE001 - raised again where Lambda sees it
            self.failed = error


def ports_of(question: Question) -> Ports:
    """Wire what verifying takes: secrets and tokens as the function's role, the CA as told."""
    # Its reads are tried once: without a way to the service each attempt would cost its time-out.
    session = Session(Aws(account_id=question.account_id, region=question.region), "write")
    secrets = Secrets(
        {"secretsmanager": SecretsManager(session), "ssm": ParameterStore(session)},
        environ={},
        stand_ins=question.stand_ins,
    )
    ca = _kept(question.ca) if question.ca else None
    return Ports(secrets, AwsTokenSource(session), RedisConnector(ca), SystemClock())


def _with_cas(question: Question) -> Mapping[str, External]:
    files = {path: _kept(pem) for path, pem in question.ca_files.items()}
    return {
        name: one.model_copy(update={"ca_file": files.get(one.ca_file or "", one.ca_file)})
        for name, one in question.external.items()
    }


def _kept(pem: str) -> str:
    """Give a file with this certificate: /tmp is all that a function may write to."""
    number, path = tempfile.mkstemp(prefix="reconcile-ca-", suffix=".pem")
    with os.fdopen(number, "w") as opened:
        opened.write(pem)
    return path


def _refuse_elsewhere(account_id: str, region: str, arn: str) -> None:
    """Refuse an estate of another account or region than the function's own."""
    place = arn.split(":")[3:5]
    if place != [region, account_id]:
        raise WrongAccount([f"{arn} was asked about account {account_id} in {region}"])


def _round(order: Order, context: Context) -> dict[str, Any]:
    """Look once, keep it in S3, tell what is new; what can't be kept or told fails loudly."""
    aws, clock = order.estate.aws, SystemClock()
    _refuse_elsewhere(aws.account_id, aws.region, context.invoked_function_arn)
    logging.getLogger().setLevel(logging.WARNING)
    session = Session(Aws(account_id=aws.account_id, region=aws.region), "read")
    secrets = Secrets(
        {"secretsmanager": SecretsManager(session), "ssm": ParameterStore(session)}, environ={}
    )
    bucket, _, key = order.memory.removeprefix("s3://").partition("/")
    watched = Watched(
        Place(aws.account_id, aws.region, order.estate.estate, order.spec),
        lambda: look(order, Eyes(AwsReader(session), secrets, clock)),
        BucketMemory(client_of(), bucket, key, clock),
        clock,
        _teller(order, secrets, context),
    )
    one, estate, _ = watched.round()
    telling = watched.tell()
    drifted = sum(not entry.acknowledged for entry in estate.open)
    sys.stdout.write(
        f"reconcile: {estate.estate}: {estate.state}, {drifted} drifted, told {telling.told}, "
        f"in {one.seconds:.1f} s\n"
    )
    if telling.error:
        raise NotTold(f"people were not told: {telling.error}; the next round tries again")
    return {
        "format_version": VERSION,
        "estate": estate.estate,
        "state": estate.state,
        "drifted": drifted,
        "told": telling.told,
    }


def _teller(order: Order, secrets: Secrets, context: Context) -> Teller | None:
    if order.notify is None:
        return None
    from reconciler.notify import AppriseNotifier  # noqa: PLC0415 - shipped where it is asked for

    url = secrets.open(order.notify).get_secret_value().strip()
    run = f"{context.invoked_function_arn}:{uuid.uuid4().hex[:6]}"
    return Teller(AppriseNotifier(url), message_text, run)
