"""Null for the parameters of a group is no name of one."""

from __future__ import annotations

import build

from reconciler.spec.derived import with_derived


def test_a_parameter_group_without_parameters_names_no_group():
    wish = build.parameter_group(parameters=None)

    derived, _ = with_derived({wish.address: wish}, publishes=False)

    assert derived == {wish.address: wish}
    assert "cache_parameter_group_name" not in derived[wish.address].model_fields_set
