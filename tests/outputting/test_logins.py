"""output names who may log in, and only those."""

from __future__ import annotations

import build
import pytest

from reconciler.output import outputs


@pytest.mark.parametrize(
    ("access_string", "named"),
    [
        pytest.param("on ~app:* -@all +@read", ["app"], id="on"),
        pytest.param("off +get ~keys*", [], id="shut off"),
        pytest.param("~keys* +get", [], id="never switched on"),
        pytest.param("off ~keys* +get on", ["app"], id="the last one decides"),
    ],
)
def test_only_a_user_who_is_on_is_a_login(access_string, named):
    user = build.user(access_string=access_string)
    cache = build.replication_group(user_group_ids=("people",))
    live = build.live(build.shown_group(user_group_ids=("people",)))
    desired = {one.address: one for one in (user, build.user_group(), cache)}

    [told] = outputs(desired, {cache.address: live})

    assert [login.user_id for login in told.logins] == named
