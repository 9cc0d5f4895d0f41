"""apply --probe: which caches are probed while the change happens, and with what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.checks.target import Tls
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.soak import Soaked

Probed = Callable[[], "tuple[Soaked, ...]"]


@contextmanager
def probing(wired: Wired, looked: Looked, *, wanted: bool) -> Iterator[Probed]:
    """Probe every cache of the spec that is there, if that is wanted, while the block runs."""
    if not wanted:
        yield tuple
        return
    from reconciler.checks.target import targets_of  # noqa: PLC0415
    from reconciler.checks.visit import Ports  # noqa: PLC0415
    from reconciler.model import ServerlessCache  # noqa: PLC0415
    from reconciler.soak import soaking  # noqa: PLC0415

    observed = looked.facts.observed
    targets = [one for one in targets_of(looked.facts.desired, observed, {}) if not one.absent]
    now: dict[Any, Tls] = {
        one.address: _tls_of(observed[one.address].resource)
        for one in targets
        if one.address.kind != ServerlessCache.kind
    }
    ports = Ports(wired.secrets, wired.tokens, wired.connector, wired.clock)
    from reconciler.report.lines import counted  # noqa: PLC0415

    wired.screen.say(f"probing {counted(len(targets), 'cache')} while it is applied")
    with soaking(targets, now, looked.plan, ports) as told:
        yield told


def _tls_of(resource: Any) -> Tls:
    if not resource.transit_encryption_enabled:
        return "off"
    mode: Tls = getattr(resource, "transit_encryption_mode", None) or "required"
    # Where both are taken, a client of before may still speak plaintext.
    return "off" if mode == "preferred" else mode


def show_probed(wired: Wired, probed: tuple[Soaked, ...]) -> None:
    """Show what was measured; with --format json it stands in the result instead."""
    from reconciler.report.soak_report import soak_text  # noqa: PLC0415

    if probed and wired.screen.format != "json":
        wired.screen.result(soak_text(probed))


def probed_json(probed: tuple[Soaked, ...]) -> dict[str, Any]:
    """Give what stands in the result; nothing where nothing was probed."""
    from reconciler.report.soak_report import soak_json  # noqa: PLC0415

    return {"probe": soak_json(probed)} if probed else {}
