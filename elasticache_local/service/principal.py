"""Who calls: decides whose state is seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller as the shell authenticated it."""

    account_id: str
    region: str
    arn: str = ""
    access_key_id: str = ""

    @property
    def scope(self) -> str:
        """The key of the caller's region in State."""
        return f"{self.account_id}/{self.region}"
