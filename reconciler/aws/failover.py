"""TestFailover, and no other call: what a drill is handed in place of a Writer."""

from __future__ import annotations

from reconciler.aws import fault
from reconciler.aws.session import Session


class AwsFailover:
    """A ports.FailoverStarter over boto3: sent once, never again by itself."""

    def __init__(self, session: Session) -> None:
        self._client = session.client("elasticache")

    def test_failover(self, group: str, shard: str) -> None:
        """Promote a replica of this shard; AwsError if it was not accepted."""

        def ask() -> object:
            return self._client.test_failover(ReplicationGroupId=group, NodeGroupId=shard)

        fault.asked("elasticache", "TestFailover", ask)
