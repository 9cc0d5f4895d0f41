"""What holds for every test: no network but loopback, no settings of this machine."""

from __future__ import annotations

import logging
import os
import socket

import pytest
import summed


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden screens again")


def pytest_terminal_summary(terminalreporter):
    """Print what tests counted: how often applies were killed, and what random pairs covered."""
    told = [
        pair
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for pair in getattr(report, "user_properties", ())
    ]
    for line in summed.lines(told):
        terminalreporter.write_line(line)


_CONNECT = socket.socket.connect


def _loopback_only(self, address):
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {address}")
    return _CONNECT(self, address)


@pytest.fixture(autouse=True, scope="session")
def _no_network():
    """Let nothing in this process leave the machine."""
    socket.socket.connect = _loopback_only
    yield
    socket.socket.connect = _CONNECT


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """Hide the AWS settings and the spec of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name in ("RECONCILE_SPEC", "RECONCILE_CA_FILE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(autouse=True)
def _no_logging_left():
    """Put the logger back that a command line in this process has set up."""
    logger = logging.getLogger("reconciler")
    kept = logger.handlers[:], logger.propagate, logger.level
    yield
    logger.handlers[:], logger.propagate = kept[:2]
    logger.setLevel(kept[2])
