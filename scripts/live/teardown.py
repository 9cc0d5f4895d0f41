"""Everything that a run made, deleted in the order that the service accepts; nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from live.world import KINDS, TAG, LiveFailed, World


def tear_down(world: World, say: Callable[[str], None], minutes: float = 120) -> list[str]:
    """Delete what carries this run's tag and wait until it is gone; give what is left, with why.

    Caches first, then the groups that they used, then users; nothing is touched whose tags don't
    say that this run made it, whatever the notes say.
    """
    noted = {*world.made, *_swept(world, say)}
    left: list[str] = []
    deadline = time.monotonic() + minutes * 60
    for kind in KINDS:
        asked = []
        for ident in sorted(ident for sort, ident in noted if sort == kind):
            refused = _kept_trying(
                lambda ident=ident, kind=kind: _delete(world, kind, ident, deadline)
            )
            if refused is None:
                say(f"deleting {kind} {ident}")
                asked.append(ident)
            elif refused:
                left.append(f"{kind} {ident}: {refused}")
        for ident in asked:
            rest = max(0, deadline - time.monotonic()) / 60
            if failed := _kept_trying(
                lambda ident=ident, kind=kind, rest=rest: world.gone(kind, ident, minutes=rest)
            ):
                left.append(f"{kind} {ident}: {failed}")
    return left


def _swept(world: World, say: Callable[[str], None]) -> list[tuple[str, str]]:
    try:
        return world.tagged()
    except (BotoCoreError, ClientError) as silent:
        say(f"the tagging API does not answer, so the notes must do: {silent}")
        return []


def _kept_trying(ask: Callable[[], str | None], tries: int = 3) -> str | None:
    """Ask again when no answer came; what fails for good is told instead of stopping the rest."""
    told = ""
    for _ in range(tries):
        try:
            return ask()
        except (LiveFailed, BotoCoreError, ClientError) as failed:
            told = str(failed)
    return told


def _delete(world: World, kind: str, ident: str, deadline: float) -> str | None:
    """Ask for the deletion: None when accepted, empty when there is nothing, else why not."""
    while True:
        found = world.find(kind, ident)
        if found is None:
            return ""
        if found.get("Status", "").lower() == "deleting":
            return None
        tags = world.tags(kind, ident)
        if tags is not None and tags.get(TAG) != world.run:
            return "it does not carry this run's tag, so it stays"
        if tags is not None:
            sort = KINDS[kind]
            told = world.call(sort.delete, **{sort.key: ident})
            if not told.code or "NotFound" in told.code:
                return None
            # Anything but a state that passes is for a person to judge.
            if "State" not in told.code:
                return told.brief
        if time.monotonic() > deadline:
            return "the service was busy with it until time ran out"
        time.sleep(world.pace_s)
