"""Users' rights on the caches they reach: who can, and what a change gives or takes."""

from reconciler.rights.change import RightsChange, widening
from reconciler.rights.expectation import check_expect
from reconciler.rights.holder import Holder, attached, holders, holdings, tables_of_user
from reconciler.rights.who import Answer, who_can

__all__ = [
    "Answer",
    "Holder",
    "RightsChange",
    "attached",
    "check_expect",
    "holders",
    "holdings",
    "tables_of_user",
    "who_can",
    "widening",
]
