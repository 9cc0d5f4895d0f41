"""Facts about the service that no source states: each a switch with a stated default.

Tests run with both sides where it matters; whoever learns the truth changes a default here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Switches:
    """One field for each unknown; the default is the stricter or the likelier side."""

    redis_group_takes_valkey_users: bool = False
    """Whether a redis group accepts users of engine valkey; published sources conflict."""
    keeps_channels_sent: bool = True
    """Whether ``&*`` and ``resetchannels`` survive in the stored string when they were sent."""
    channel_pattern_replaces_default: bool = True
    """Whether ``&x`` without a reset before it stands in place of all channels, or is refused."""
    rewrites_strangely: bool = False
    """Whether a stored string ends with ``-keys``, as no engine would write it."""
    hidden_command_may_not_be_taken_away: bool = True
    """Whether ``-config`` is refused as ``+config`` is; the guide: such commands can't be named."""
    user_starts_creating: bool = False
    """Whether CreateUser answers ``creating`` first; seen answers say ``active``."""
    busy_group_refuses_user_change: bool = False
    """Whether ModifyUser is refused while a group of the user is modifying for another reason."""
    id_max_length_40: bool = True
    """Whether user and user group ids end at 40 characters (the model gives no maximum)."""
    serverless_name_max_length: int = 40
    """Longest name of a serverless cache; not published."""
    user_name_max_length: int = 120
    """Longest user name; not published."""
    user_filters: tuple[str, ...] = ("user-id", "userid", "user_id")
    """Names that DescribeUsers takes as a filter, lower-cased; one example is published."""
    rotate_deduplicates: bool = False
    """Whether ROTATE with the token that is already the newest keeps the older one alive."""
    set_needs_rotate: bool = True
    """Whether AUTH strategy SET is taken only for a token that a ROTATE brought in."""
    remove_only_group_without_flag: bool = False
    """Whether UserGroupIdsToRemove may take the only group off without RemoveUserGroups."""
    parameter_group_waits_for_window: bool = False
    """Whether a new parameter group waits for the window when ApplyImmediately is false."""
    redis_version_to_valkey: str = "5.0.6"
    """Lowest redis version that may move to valkey in place."""
    reuses_member_ids: bool = True
    """Whether a node added later takes the lowest free number of its shard, or always a new one."""
    tls_may_go_back: bool = False
    """Whether required -> preferred -> off is accepted."""
    tag_write_makes_busy: bool = True
    """Whether a tag write makes a replication group modifying for a moment."""
    durability_may_be_turned: bool = True
    """Whether a standing group may be made durable, or plain again: the guide differs."""
    memcached_scales_in_place: bool = True
    """Whether memcached's node type changes in place: a newer page of the guide, no API text."""
    user_quota: int = 1000
    """Users per region: 1000 in the 2023 guide, 2000 in later second-hand lists."""
    user_group_quota: int = 100
    """User groups per region: 100 in the 2023 guide, 200 in later second-hand lists."""
    memcached_node_quota: int = 40
    """Nodes of one memcached cluster: 40 in the guide, 60 in later lists."""
    serverless_quota: int = 40
    """Serverless caches per region (second-hand)."""
    failovers_per_day: int = 15
    """Shards that TestFailover takes per rolling 24 hours: 15 in the model, 5 in the 2023 guide."""
    tagging_lag_s: float = 0.0
    """How long the tagging API trails tag writes when no fault says otherwise."""
    keeps_cache_without_final_snapshot: bool = True
    """Whether a cache stays when the final snapshot that was asked for can't be taken."""
    tells_unknown_events: bool = True
    """Whether events with our own words are told where the service's words are not known."""


class BadSwitch(ValueError):
    """A switch that is not there, or a value that it can't have; carries the sentence."""


def switches_of(settings: Iterable[str]) -> Switches:
    """Give the switches with some turned: ``name=value``, lists with commas; or BadSwitch."""
    defaults = {each.name: each.default for each in fields(Switches)}
    turned: dict[str, Any] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in defaults:
            raise BadSwitch(f"there is no switch {name!r}; they are {', '.join(sorted(defaults))}")
        try:
            turned[name] = _READ[type(defaults[name])](value)
        except (ValueError, KeyError):
            raise BadSwitch(f"{value!r} is no value of the switch {name}") from None
    return Switches(**turned)


_READ: Mapping[type, Callable[[str], object]] = {
    bool: {"true": True, "false": False}.__getitem__,
    int: int,
    float: float,
    str: str,
    tuple: lambda text: tuple(text.split(",")),
}
