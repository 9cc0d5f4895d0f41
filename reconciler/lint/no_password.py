"""A user without a password that some cache lets in."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View

ID = "no-password-in-reach"


def check(view: View) -> Iterator[Advice]:
    """Advise where anybody in the network may log in as a user that is on."""
    for user, _ in view.able():
        mode = user.authentication_mode
        places = view.holders.get(user.id, ())
        if mode is not None and mode.type == "no-password-required" and places:
            caches = ", ".join(sorted({str(one.cache.address) for one in places}))
            yield Advice(
                user.address,
                "authentication_mode",
                ID,
                "warning",
                f"anybody in the network may log in as it on {caches}",
                "give it a password or iam, or switch it off",
            )
