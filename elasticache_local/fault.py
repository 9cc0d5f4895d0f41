"""A refusal in the service's own wire code."""

from __future__ import annotations


class Fault(Exception):
    """What the service answers instead of a result.

    ``code`` is the wire code (``UserNotFound``), ``status`` its HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(f"{code}: {message}")


class LostResponse(Exception):
    """The work was done and the answer is lost: the shell closes the connection."""
