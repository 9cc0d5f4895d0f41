"""Null for the parameters of a group is no name of one."""

from __future__ import annotations

import build

from reconciler.kind import Unreachable
from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.spec.derived import with_derived


def test_a_parameter_group_without_parameters_names_no_group():
    wish = build.parameter_group(parameters=None)

    derived, _ = with_derived({wish.address: wish}, publishes=False)

    assert derived == {wish.address: wish}
    assert "cache_parameter_group_name" not in derived[wish.address].model_fields_set


def test_null_for_parameters_of_which_one_can_not_go_is_refused_by_its_name():
    held = build.shown_parameter_group(parameters={"cluster-enabled": "yes", "timeout": "60"})
    cache = build.shown_group(cluster_mode="enabled", cache_parameter_group_name=held.id)
    wish = build.CacheParameterGroup(id=held.id, parameters=None)

    [planned] = make_plan(KINDS, build.facts([wish], [held, cache])).changes

    assert isinstance(planned.stop, Unreachable)
    assert planned.stop.fields == ("parameters.cluster-enabled",)
