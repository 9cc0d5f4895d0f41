"""Channel rights left to a default: the parameter acl-pubsub-default decides, and may change."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import acl
from reconciler.lint.advice import Advice, View
from reconciler.lint.everything_allowed import allows_everything

ID = "channels-left-to-default"


def check(view: View) -> Iterator[Advice]:
    """Advise to say which channels a user may use, where it may publish or subscribe."""
    for user, rights in view.able():
        if leaves_channels_open(rights) and not allows_everything(rights):
            yield Advice(
                user.address,
                "access_string",
                ID,
                "notice",
                "it may publish or subscribe and says nothing of channels, so acl-pubsub-default "
                "decides: every channel by ElastiCache's default",
                "name its channels (&app:*), or end with resetchannels",
            )


def leaves_channels_open(rights: acl.Rights) -> bool:
    """Whether some selector allows pub/sub commands and says nothing of channels."""
    return any(
        one.state.all_channels is None and one.commands & acl.touching_channels(rights.table)
        for one in rights.selectors
    )
