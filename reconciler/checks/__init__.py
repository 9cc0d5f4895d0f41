"""One file per check; CHECKS is the whole list, in the order of a report.

A check says what it needs, where it applies, what it does and what it found; to add one, write its
file and its name here.
"""

from __future__ import annotations

from reconciler.checks.auth_token import AuthToken
from reconciler.checks.connections import Connections
from reconciler.checks.contract import Check
from reconciler.checks.data import Data
from reconciler.checks.default_user import DefaultUserOff
from reconciler.checks.engine import Engine
from reconciler.checks.iam import Iam
from reconciler.checks.login import LogsIn
from reconciler.checks.many_keys import ManyKeys
from reconciler.checks.memcached import Memcached
from reconciler.checks.plaintext import Plaintext
from reconciler.checks.pubsub import PubSub
from reconciler.checks.reach import Reach
from reconciler.checks.read_routing import ReadRouting
from reconciler.checks.replica_password import ReplicaPassword
from reconciler.checks.retired import Retired
from reconciler.checks.rights import RightsHold
from reconciler.checks.shards import Shards
from reconciler.checks.streams import Streams
from reconciler.checks.topology import Topology

CHECKS: tuple[Check, ...] = (
    Reach(),
    Plaintext(),
    LogsIn(),
    Retired(),
    DefaultUserOff(),
    AuthToken(),
    Iam(),
    RightsHold(),
    Engine(),
    Topology(),
    Shards(),
    ReadRouting(),
    Connections(),
    ReplicaPassword(),
    Data(),
    PubSub(),
    Streams(),
    ManyKeys(),
    Memcached(),
)
