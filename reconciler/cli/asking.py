"""What is asked for once, as it is typed: --now, --prune, --destroy, consents to make anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

Now = Annotated[
    list[str] | None,
    typer.Option(
        "--now",
        metavar="ADDRESS",
        help="Bring forward what waits there for its maintenance window.",
        show_default=False,
    ),
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Delete what is ours and no longer in the spec.")
]
NoFinalSnapshot = Annotated[
    bool, typer.Option("--no-final-snapshot", help="Keep nothing of a cache that is deleted.")
]


@dataclass(frozen=True)
class Ask:
    """The words of the command line; nothing by default. A plan file carries them."""

    targets: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    prune: bool = False
    destroy: bool = False
    final_snapshot: bool = True

    def written(self) -> dict[str, Any]:
        """Give it for a plan file; consents are given where it is applied."""
        kept = sorted(one for one in self.allow if one.startswith("replace:"))
        return {**dataclasses.asdict(self), "allow": kept}

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Ask:
        """Read what ``written`` gave."""
        return cls(
            targets=tuple(map(str, found.get("targets", ()))),
            now=tuple(map(str, found.get("now", ()))),
            allow=frozenset(map(str, found.get("allow", ()))),
            prune=bool(found.get("prune", False)),
            destroy=bool(found.get("destroy", False)),
            final_snapshot=bool(found.get("final_snapshot", True)),
        )
