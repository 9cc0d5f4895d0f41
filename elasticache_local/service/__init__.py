"""The transport-free service: one function takes a call and gives the answer or the refusal."""

from elasticache_local.service.dispatch import Service
from elasticache_local.service.duration import Durations
from elasticache_local.service.faults import FaultPlan, PlannedFault
from elasticache_local.service.principal import Principal
from elasticache_local.service.state import State

__all__ = ["Durations", "FaultPlan", "PlannedFault", "Principal", "Service", "State"]
