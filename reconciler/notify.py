"""Telling people through Apprise: Slack, Teams, e-mail, a webhook, SNS, behind one form of URL."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from reconciler.errors import NotTold, UsageError

KEY = "Idempotency-Key"
"""The header by which a webhook can drop what it has seen."""

_WEBHOOKS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
_TYPES = {"high": "failure", "medium": "warning", "low": "info"}


class AppriseNotifier:
    """A ports.Notifier. The URL holds tokens: nothing of it but its scheme is ever shown."""

    def __init__(self, url: str) -> None:
        apprise = _apprise()
        # Apprise logs URLs and answers of receivers.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self._scheme = url.partition(":")[0].lower()
        self._apprise = apprise.Apprise()
        with warnings.catch_warnings():
            # It loads all its plugins here; some use what Python is about to drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            taken = "://" in url and self._apprise.add(url)
        if not taken:
            message = (
                "--notify takes a URL in Apprise's form (slack://..., msteams://..., "
                "mailtos://..., jsons://host/path, sns://...), or env:NAME or file:PATH that "
                "holds one; this is none"
            )
            raise UsageError(message)

    def send(self, title: str, body: str, severity: str, key: str) -> None:
        """Give it to the receiver, once; the key goes as a header where it is a webhook."""
        if self._scheme in _WEBHOOKS:
            for service in self._apprise:
                service.headers[KEY] = key
        try:
            # Said to be plain: else a receiver that knows Markdown or HTML reads it as that, and
            # what stands in a spec or a service would be markup there.
            taken = self._apprise.notify(
                body=body, title=title, notify_type=_TYPES[severity], body_format="text"
            )
        except Exception as error:  # noqa: BLE001 - plugins of a hundred services; none may end a round
            raise NotTold(f"the receiver ({self._scheme}) failed: {type(error).__name__}") from None
        if not taken:
            raise NotTold(f"the receiver ({self._scheme}) did not take the message")


def _apprise() -> Any:
    try:
        import apprise  # noqa: PLC0415 - 0.1 s that only those pay who are told
    except ImportError:
        raise UsageError("--notify needs Apprise: pip install 'reconcile[notify]'") from None
    return apprise
