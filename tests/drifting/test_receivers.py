"""What receivers of different sorts get through the notifier: the text as it is."""

from __future__ import annotations

import email
import email.policy
import socket
import threading

import pytest

from reconciler.errors import NotTold
from reconciler.notify import AppriseNotifier

pytestmark = pytest.mark.slow

BODY = "live on ~<b>* &amp; *bold* _x_\n    gained 1 command\n"


@pytest.fixture
def mailbox():
    """A mail server on loopback (RFC 5321) that takes one letter."""
    letters: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        peer, _ = listening.accept()
        with peer, peer.makefile("rwb", buffering=0) as line:
            line.write(b"220 here\r\n")
            while word := line.readline().decode().strip():
                if word.upper() == "DATA":
                    line.write(b"354 go on\r\n")
                    lines = iter(lambda: line.readline().decode(), ".\r\n")
                    letters.append("".join(lines))
                line.write(b"221 bye\r\n" if word.upper() == "QUIT" else b"250 ok\r\n")
                if word.upper() == "QUIT":
                    break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], letters
    listening.close()
    thread.join(timeout=10)


def test_a_letter_is_plain_text_and_no_markup(mailbox):
    port, letters = mailbox
    url = f"mailto://127.0.0.1:{port}?from=drift@example.com&to=ops@example.com"

    AppriseNotifier(url).send("high: shop", BODY, "high", "key")

    letter = email.message_from_string(letters[0], policy=email.policy.default)
    assert [one.get_content_type() for one in letter.walk()] == ["text/plain"]
    assert letter.get_content().replace("\r\n", "\n").strip() == BODY.strip()


def test_a_webhook_gets_the_text_as_it_is_and_the_key(webhook):
    AppriseNotifier(webhook.url).send("high: shop", BODY, "high", "key")

    [(key, told)] = webhook.heard
    assert (key, told["message"].strip()) == ("key", BODY.strip())


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_what_is_not_taken_is_said_without_the_address(webhook, status):
    webhook.status = status

    with pytest.raises(NotTold) as caught:
        AppriseNotifier(webhook.url).send("high: shop", BODY, "high", "key")

    assert "token-in-the-path" not in str(caught.value)


def test_where_nobody_listens_it_is_not_taken():
    with pytest.raises(NotTold, match=r"the receiver \(json\) did not take the message"):
        AppriseNotifier("json://127.0.0.1:9/token").send("high: shop", BODY, "high", "key")
