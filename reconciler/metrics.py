"""Rounds as Prometheus metrics: on a port of this machine, or as a file for node_exporter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_GAUGES = {
    "drifted": "Findings that are open and not acknowledged.",
    "acknowledged": "Findings that are open and acknowledged.",
    "high": "Findings of severity high that are open and not acknowledged.",
    "ahead": "Changes of the spec that are not applied yet.",
    "pending": "Changes that the service has accepted and not finished.",
    "could_look": "1 when the last round could look at the estate, else 0.",
    "last_round_timestamp_seconds": "When the last round ended.",
    "last_success_timestamp_seconds": "When the estate was last looked at.",
    "round_duration_seconds": "How long the last round took.",
    "untold_messages": "Messages that no receiver has taken yet.",
}
_PORT = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<host>[A-Za-z0-9.-]*)):(?P<port>\d{1,5})")


class Metrics:
    """Gauges per estate, and how many rounds failed; ``place`` is ``[HOST]:PORT`` or a file."""

    def __init__(self, place: str) -> None:
        client = _client()
        self._client, self._file = client, ""
        self._registry = client.CollectorRegistry()
        labels = ("estate", "account_id", "region")
        self._gauges = {
            name: client.Gauge(f"reconcile_{name}", words, labels, registry=self._registry)
            for name, words in _GAUGES.items()
        }
        self._errors = client.Counter(
            "reconcile_round_errors", "Rounds that could not look.", labels, registry=self._registry
        )
        self._server: Any = None
        found = _PORT.fullmatch(place)
        if found is None:
            if not place.endswith(".prom"):
                raise UsageError(f"--metrics {place}: give :PORT, HOST:PORT or a file *.prom")
            if not Path(place).parent.is_dir():
                raise UsageError(f"--metrics {place}: there is no such folder")
            self._file = place
            return
        host = found["six"] or found["host"] or "127.0.0.1"
        try:
            self._server = client.start_http_server(
                int(found["port"]), addr=host, registry=self._registry
            )
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "no such port"
            raise UsageError(f"--metrics {place}: {why}") from None

    @property
    def port(self) -> int:
        """Give the port that is listened on; 0 for a file."""
        return int(self._server[0].server_port) if self._server else 0

    def note(self, labels: Mapping[str, str], values: Mapping[str, float]) -> None:
        """Take the figures of one estate's round, by the names above."""
        for name, value in values.items():
            self._gauges[name].labels(**labels).set(value)
        self._errors.labels(**labels).inc(0 if values.get("could_look", 1) else 1)
        if self._file:
            try:
                self._client.write_to_textfile(self._file, self._registry)
            except OSError as error:
                raise UsageError(f"--metrics {self._file}: {error.strerror}") from None

    def close(self) -> None:
        """Stop listening."""
        if self._server:
            server, thread = self._server
            server.shutdown()
            server.server_close()
            thread.join()


def _client() -> Any:
    try:
        import prometheus_client  # noqa: PLC0415 - only those who measure pay for it
    except ImportError:
        raise UsageError("--metrics needs its library: pip install 'reconcile[watch]'") from None
    return prometheus_client
