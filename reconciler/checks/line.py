"""One connection: one login at one address. Answers are values: a check reads like a dialogue."""

from __future__ import annotations

import contextlib
from typing import Any

from redis.exceptions import RedisError, ResponseError

from reconciler.checks.answer import Answer, Sort, answered, failed, login_failed


class Line:
    """Asks one question after another over one connection, which is opened by the first.

    After the connection is ``lost`` every further question gets the answer that lost it. (Only
    after NOAUTH, where redis-py hangs up too, the next question connects again.) ``greeting`` is
    sent first of all.
    """

    def __init__(self, client: Any, greeting: tuple[str, ...] = ()) -> None:
        self._client, self._greeting = client, greeting
        self._connection: Any = None
        self.lost: Answer | None = None

    def ask(self, *words: str | int) -> Answer:
        """Send one command and give what came back."""
        if (trouble := self._open()) is not None:
            return trouble
        try:
            self._connection.send_command(*words, check_health=False)
            return answered(self._connection.read_response())
        except RedisError as error:
            answer = failed(error)
            if not answer.reached and answer.sort is not Sort.LOADING:
                self.lost = answer
            return answer

    def login(self) -> Answer:
        """Connect and log in; a reply when both went well."""
        return self._open() or answered("OK")

    def next(self) -> Answer:
        """Wait for one more reply (a message of a subscription)."""
        if (trouble := self._open()) is not None:
            return trouble
        try:
            return answered(self._connection.read_response(disconnect_on_error=False))
        except RedisError as error:
            return failed(error)

    def _open(self) -> Answer | None:
        if self.lost is None and self._connection is None:
            try:
                self._connection = self._client.connection_pool.get_connection()
                if self._greeting:
                    self._connection.send_command(*self._greeting, check_health=False)
                    # An engine before 6.0 knows no HELLO: no name, no harm.
                    with contextlib.suppress(ResponseError):
                        self._connection.read_response()
            except RedisError as error:
                self.lost = login_failed(error)
        return self.lost

    def hang_up(self) -> None:
        """Close the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.disconnect()
            # Kept, it would count for good against the most that redis-py's pool may open (100).
            self._client.connection_pool.release(self._connection)
            self._connection = None

    def close(self) -> None:
        """Hang up for good; harmless when it was never opened."""
        self.hang_up()
        self._client.close()


class Dead:
    """Stands for a line to an address that is known not to answer: costs nothing, says why."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def ask(self, *_words: str | int) -> Answer:
        """Give the answer that the address is known for."""
        return self._answer

    def login(self) -> Answer:
        """Give the answer that the address is known for."""
        return self._answer

    def next(self) -> Answer:
        """Give the answer that the address is known for."""
        return self._answer

    def hang_up(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
