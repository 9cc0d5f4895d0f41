"""What a person asks for once, on the command line, beside what the spec says."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import Address


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that ends something, makes it anew or brings it forward; nothing by default."""

    now: frozenset[Address] = frozenset()
    """Where what waits for a maintenance window is brought forward."""
    replace: frozenset[Address] = frozenset()
    """What may be deleted and made anew, where no call changes it in place."""
    prune: bool = False
    """Whether what is ours and no longer in the spec is deleted."""
    destroy: bool = False
    """Whether all that is ours is deleted, whatever the spec says."""
    only: frozenset[Address] | None = None
    """What deleting is limited to."""
    final_snapshot: bool = True
    """Whether a cache that is deleted is kept in a last snapshot."""

    def ends(self, address: Address, *, wished: bool) -> bool:
        """Say whether this is to be deleted if it is ours; ``wished``: the spec has it."""
        if self.only is not None and address not in self.only:
            return False
        return self.destroy or (self.prune and not wished)

    @property
    def deletes(self) -> bool:
        """Whether anything may be deleted."""
        return self.prune or self.destroy
