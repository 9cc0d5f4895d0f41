"""Advice on a spec that is right as it stands: one rule a file, in the order of RULES.

Advice never stops anything. ``silence`` in the spec takes a rule back, everywhere or for one
address, with a reason; a silence that matches nothing is advice in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler.lint import (
    channels_unsaid,
    dangerous_granted,
    default_on,
    everything_allowed,
    lonely_group,
    lonely_user,
    no_password,
    open_cache,
    open_keys,
    secret_from_shell,
    whole_keyspace,
)
from reconciler.lint.advice import Advice, Severity, View
from reconciler.model import Address, Resource, Silence

if TYPE_CHECKING:
    from reconciler.spec.loaded import Spec

__all__ = ["RULES", "Advice", "Severity", "View", "advise", "lint"]

RULES: Mapping[str, Callable[[View], Iterator[Advice]]] = {
    everything_allowed.ID: everything_allowed.check,
    open_cache.ID: open_cache.check,
    no_password.ID: no_password.check,
    default_on.ID: default_on.check,
    dangerous_granted.ID: dangerous_granted.check,
    whole_keyspace.ID: whole_keyspace.check,
    open_keys.ID: open_keys.check,
    channels_unsaid.ID: channels_unsaid.check,
    secret_from_shell.ID: secret_from_shell.check,
    lonely_user.ID: lonely_user.check,
    lonely_group.ID: lonely_group.check,
}

UNUSED = "silence-of-nothing"


def lint(spec: Spec) -> tuple[Advice, ...]:
    """Give the advice on a spec, in file order of the resources; silenced advice is left out."""
    order = {address: at for at, address in enumerate(spec.resources)}
    found = advise(spec.resources, spec.estate.silence)
    return tuple(sorted(found, key=lambda one: order.get(one.address, -1)))


def advise(
    resources: Mapping[Address, Resource], silences: Iterable[Silence] = ()
) -> Iterator[Advice]:
    """Give the advice on these resources, rule by rule."""
    view = View(resources)
    found = [advice for check in RULES.values() for advice in check(view)]
    silences = tuple(silences)
    for index, silence in enumerate(silences):
        if not any(_covers(silence, advice) for advice in found):
            yield _unused(index, silence)
    for advice in found:
        if not any(_covers(silence, advice) for silence in silences):
            yield advice


def _covers(silence: Silence, advice: Advice) -> bool:
    return silence.rule == advice.id and silence.address.lower() in {"", str(advice.address)}


def _unused(index: int, silence: Silence) -> Advice:
    known = silence.rule in RULES
    what = f"{silence.rule} has nothing to say" if known else f"there is no rule {silence.rule}"
    where = f" of {silence.address}" if silence.address and known else ""
    return Advice(
        Address("silence", str(index)),
        f"silence[{index}]",
        UNUSED,
        "notice",
        f"{what}{where}",
        "remove it" if known else f"rules are {', '.join(RULES)}",
    )
