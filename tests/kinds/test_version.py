"""Engine versions: order, precision and families."""

from __future__ import annotations

import pytest

from reconciler.kind.engine_version import (
    at_least,
    default_group,
    family,
    is_lower,
    parts,
)


@pytest.mark.parametrize(
    ("version", "minimum", "new_enough"),
    [
        ("7.0.5", "7.0.5", True),
        ("7.0.4", "7.0.5", False),
        pytest.param("7.0", "7.0.5", True, id="an unsaid patch is the newest"),
        pytest.param("7", "7.0.5", True, id="so is an unsaid minor"),
        ("6.2.6", "7.0.5", False),
        ("8.0.1", "7.0.5", True),
        pytest.param("7.10", "7.2", True, id="numbers, not digits"),
    ],
)
def test_a_version_is_new_enough_or_not(version, minimum, new_enough):
    assert at_least(version, minimum) is new_enough


@pytest.mark.parametrize(
    ("wished", "runs", "lower"),
    [
        ("8.0", "8.1.0", True),
        ("8.1", "8.1.3", False),
        pytest.param("8", "8.1.3", False, id="a major alone asks for no minor"),
        pytest.param("7.9", "7.10.1", True, id="numbers, not digits"),
        ("9.0", "8.1.0", False),
    ],
)
def test_a_downgrade_is_told_in_the_precision_written(wished, runs, lower):
    assert is_lower(wished, runs) is lower


@pytest.mark.parametrize(
    ("engine", "version", "name"),
    [
        ("redis", "5.0.6", "redis5.0"),
        ("redis", "6.2", "redis6.x"),
        ("redis", "6.x", "redis6.x"),
        ("redis", "7.1", "redis7"),
        ("valkey", "7.2", "valkey7"),
        ("valkey", "8", "valkey8"),
    ],
)
def test_a_version_has_a_family(engine, version, name):
    assert family(engine, version) == name


def test_the_services_own_parameter_groups_are_named_after_the_family():
    assert default_group("valkey", "8.1", clustered=False) == "default.valkey8"
    assert default_group("redis", "7.1", clustered=True) == "default.redis7.cluster.on"


def test_the_wildcard_ends_what_is_said():
    assert parts("6.x") == (6,)
    assert parts("7.1.0") == (7, 1, 0)
