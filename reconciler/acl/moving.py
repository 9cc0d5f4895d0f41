"""What the same access string gains and loses when the engine version under it changes."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.acl.command import Table
from reconciler.acl.decision import Rights, read
from reconciler.acl.folding import commands_listed
from reconciler.acl.vocabulary import is_hidden


class Upgrade(NamedTuple):
    """Commands by name, as the newer version has them.

    ``gained`` and ``lost`` are on both versions and changed sides, because they moved between
    categories; ``brought`` are allowed and new. What ElastiCache hides is left out.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()

    def lines(self, old: Table, new: Table) -> tuple[str, ...]:
        """Say it in lines for a screen; what is lost is not among them."""
        lines = []
        if self.gained:
            names = commands_listed(self.gained)
            lines.append(f"{names}: allowed on {new.name}, not on {old.name}")
        if self.brought:
            names = commands_listed(self.brought)
            lines.append(f"{names}: new with {new.name}")
        return tuple(lines)


def upgrade(text: str, old: Table, new: Table) -> Upgrade:
    """Compare one access string on two engine versions; AccessStringError if one refuses it."""
    if old is new:
        return Upgrade()
    before = read(text, old)
    after = read(text, new)
    gained, lost, brought = [], [], []
    for name in new.named(new.executable & ~new.always):
        if is_hidden(name):
            continue
        now = name in after.commands
        if not _exists(name, old):
            if now:
                brought.append(name)
            continue
        then = _allowed(before, name)
        if now and not then:
            gained.append(name)
        elif then and not now:
            lost.append(name)
    return Upgrade(tuple(gained), tuple(lost), tuple(brought))


def _exists(name: str, table: Table) -> bool:
    """Before 7.0 a subcommand is an argument, so it is there when its command is."""
    if name in table.index:
        return True
    return not table.families and name.partition("|")[0] in table.index


def _allowed(found: Rights, name: str) -> bool:
    if name in found.table.index:
        return name in found.commands
    parent, _, argument = name.partition("|")
    return parent in found.commands or any(
        argument in one.first_args.get(parent, ()) for one in found.selectors
    )
