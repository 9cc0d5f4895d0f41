"""A cluster covers every slot, has the shards asked for, and announces what clients can reach."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.announced import Announced
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint


class Shards(Check):
    """The classic fault: nodes announce an address that only they can reach."""

    name = "shards"
    proves = (
        "every slot is covered, shards and replicas are as declared, announced addresses answer"
    )

    def applies(self, target: Target) -> bool:
        """Say whether it speaks the cluster protocol."""
        return not target.absent and target.clustered

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Ask CLUSTER SLOTS and follow it."""
        announced = visit.announced()
        main = visit.target.main
        if isinstance(announced, str):
            yield self.say(visit, "slots", "not proven", "all 16384 covered", announced, at=main)
            return
        missing = announced.uncovered
        got = f"{missing} of 16384 uncovered" if missing else "all 16384 covered"
        yield self.say(
            visit, "slots", "refuted" if missing else "proven", "all 16384 covered", got, at=main
        )
        yield from self._counts(visit, announced)
        tls = visit.target.tls != "off"
        places = tuple(member.endpoint(tls=tls) for member in announced.members)

        def probe(place: Endpoint) -> tuple[Verdict, str]:
            answer = visit.dial(place)
            return ("proven" if answer.reached else "refuted"), answer.text

        yield from self.everywhere(visit, "announced addresses", "answers", places, probe)

    def _counts(self, visit: Visit, announced: Announced) -> Iterator[Finding]:
        target, shards = visit.target, announced.shards
        if target.shards is not None:
            verdict: Verdict = "proven" if len(shards) == target.shards else "refuted"
            yield self.say(visit, "shards", verdict, str(target.shards), str(len(shards)))
        if target.replicas is not None:
            wrong = [
                f"{primary.host}:{primary.port} has {len(replicas)}"
                for primary, replicas in sorted(shards.items())
                if len(replicas) != target.replicas
            ]
            yield self.say(
                visit,
                "replicas of each shard",
                "refuted" if wrong else "proven",
                str(target.replicas),
                ", ".join(wrong) or str(target.replicas),
            )
