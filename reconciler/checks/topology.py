"""One primary and the replicas that were asked for, each following; the reader reads from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.hello import hello
from reconciler.checks.target import Target, name_of
from reconciler.checks.visit import Visit, nobody_may
from reconciler.kind import Endpoint

# Replication reports once a second; this many seconds without a word is a link that hangs.
_LAG_S = 10


class Topology(Check):
    """Roles by HELLO, which needs no rights; whether replicas follow by INFO, which does."""

    name = "topology"
    proves = "roles at every endpoint, the number of replicas, and that each follows its primary"

    def applies(self, target: Target) -> bool:
        """Say whether it is one primary with replicas (shards are the check shards')."""
        return not target.absent and not target.clustered and target.replicas is not None

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Look at the roles, then at the replication."""
        target = visit.target
        roles = {endpoint: hello(visit, endpoint) for endpoint in target.endpoints}
        known = {
            endpoint: found if isinstance(found, str) else found.role
            for endpoint, found in roles.items()
        }
        silent = {endpoint for endpoint, found in roles.items() if isinstance(found, str)}
        for role, expected in (("primary", "master"), ("reader", self._reader(target))):
            for endpoint in target.of_role(role):
                verdict = _verdict(known[endpoint] == expected, looked=endpoint not in silent)
                yield self.say(
                    visit,
                    f"role of {name_of(endpoint)}",
                    verdict,
                    expected,
                    known[endpoint],
                    at=endpoint,
                )
        if nodes := target.of_role("node"):
            yield from self._nodes(visit, nodes, known, silent)
        yield from self._follows(visit, known)

    @staticmethod
    def _reader(target: Target) -> str:
        return "replica" if target.replicas else "master"

    def _nodes(
        self,
        visit: Visit,
        nodes: tuple[Endpoint, ...],
        roles: dict[Endpoint, str],
        silent: set[Endpoint],
    ) -> Iterator[Finding]:
        target = visit.target
        replicas = target.replicas or 0
        expected = f"1 master, {replicas} replica"
        count = Counter(roles[node] for node in nodes)
        got = ", ".join(f"{count[role]} {role}" for role in sorted(count))
        if count["master"] > 1:
            got += f": {', '.join(node.node for node in nodes if roles[node] == 'master')} lead"
        right = count["master"] == 1 and count["replica"] == replicas
        looked = not silent.intersection(nodes)
        yield self.say(visit, "nodes", _verdict(right, looked=looked), expected, got)
        said = {node.id: node.role for node in target.nodes if node.role}
        for node in nodes:
            wanted = {"primary": "master", "replica": "replica"}.get(said.get(node.node, ""))
            if wanted and node not in silent and roles[node] != wanted:
                yield self.say(
                    visit,
                    f"role of {name_of(node)}",
                    "refuted",
                    f"{wanted}, as the service says",
                    roles[node],
                    at=node,
                )

    def _follows(self, visit: Visit, known: dict[Endpoint, str]) -> Iterator[Finding]:
        target = visit.target
        nodes = target.of_role("node")
        # Of an external target only the nodes themselves say who leads.
        led_by = [node for node in nodes if known[node] == "master"]
        for primary in target.of_role("primary") or led_by[:1]:
            verdict, got = followed(visit, primary, target.replicas or 0)
            if verdict == "refuted":
                got += "".join(_alone(visit, node) for node in nodes if known[node] == "replica")
            expected = f"{target.replicas} replicas that follow"
            yield self.say(visit, "replication", verdict, expected, got, at=primary)


def followed(visit: Visit, primary: Endpoint, expected: int) -> tuple[Verdict, str]:
    """Ask a primary whether so many replicas follow it."""
    answer = visit.asked(primary, "INFO", "replication")
    if answer is None or not isinstance(answer.value, str):
        return "not proven", nobody_may("INFO") if answer is None else answer.text
    following, behind = following_in(answer.value)
    got = f"{following} that follow" + (f", {', '.join(behind)}" if behind else "")
    return _verdict(following == expected and not behind, looked=True), got


def _alone(visit: Visit, node: Endpoint) -> str:
    """Say of a replica that its link is down; nothing where it is up, or nobody may ask."""
    answer = visit.asked(node, "INFO", "replication")
    said = answer.value if answer is not None and isinstance(answer.value, str) else ""
    return f"; {name_of(node)}: its link is down" if "master_link_status:down" in said else ""


def following_in(info: str) -> tuple[int, list[str]]:
    """Read INFO replication: how many replicas are online, and in words those that are not."""
    following, behind = 0, []
    for line in info.splitlines():
        name, _, value = line.partition(":")
        if not (name.startswith("slave") and name[5:].isdigit()):
            continue
        replica = dict(part.partition("=")[::2] for part in value.split(","))
        where = f"{replica.get('ip')}:{replica.get('port')}"
        lag = int(replica.get("lag", "0"))
        if replica.get("state") != "online":
            behind.append(f"{where} is {replica.get('state')}")
        elif lag > _LAG_S:
            behind.append(f"{where} has said nothing for {lag} s")
        else:
            following += 1
    return following, behind


def _verdict(right: bool, *, looked: bool) -> Verdict:
    if not looked:
        return "not proven"
    return "proven" if right else "refuted"
