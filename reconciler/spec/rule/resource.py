"""What holds for every resource: required fields, tags, ignore_changes, gates."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Form, Required, Resource, mark, sent_fields
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.shape import did_you_mean, written_fields

_TAGS_AT_MOST = 44
"""The service takes 50; six are ours."""
_KEY_LONGEST, _VALUE_LONGEST = 128, 256


def resources(draft: Draft) -> Iterator[Problem]:
    """Judge what every kind has."""
    for wish in draft.wishes.values():
        yield from _required(wish)
        yield from _tags(wish, draft.safety.tag_prefix)
        yield from _ignored(wish)
        yield from _gates(wish)


def _required(wish: Wish) -> Iterator[Problem]:
    noun = type(wish.resource)
    for name in _required_fields(noun):
        if not wish.at_default(name):
            continue
        form = mark(noun, name, Form)
        like = f"; the form is {form.text}" if form else ""
        if not wish.entry.given(name):
            yield wish.problem(f"this is missing and the service has no default for it{like}", name)
        else:
            yield wish.problem(f"null stands for a default, and there is none{like}", name)


@functools.cache
def _required_fields(noun: type[Resource]) -> tuple[str, ...]:
    return tuple(name for name in written_fields(noun) if mark(noun, name, Required))


def _tags(wish: Wish, prefix: str) -> Iterator[Problem]:
    tags = wish.resource.tags or {}
    if len(tags) > _TAGS_AT_MOST:
        message = f"{len(tags)} tags; the service takes 50 and the tool needs six of them"
        yield wish.problem(message, "tags", key=True)
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            yield wish.problem("keys that begin with aws: belong to AWS", "tags", key, key=True)
        elif key.startswith(f"{prefix}:"):
            message = f"keys that begin with {prefix}: are this tool's own (safety.tag_prefix)"
            yield wish.problem(message, "tags", key, key=True)
        elif not 1 <= len(key) <= _KEY_LONGEST:
            message = f"a tag's key has 1 to {_KEY_LONGEST} characters"
            yield wish.problem(message, "tags", key, key=True)
        if len(value) > _VALUE_LONGEST:
            message = (
                f"a tag's value has at most {_VALUE_LONGEST} characters, this one {len(value)}"
            )
            yield wish.problem(message, "tags", key)


def _ignored(wish: Wish) -> Iterator[Problem]:
    known = _comparable_fields(type(wish.resource))
    for index, name in enumerate(wish.resource.ignore_changes):
        if name not in known:
            message = f'there is no field "{name}"{did_you_mean(name, known)}'
            yield wish.problem(message, "ignore_changes", index)


@functools.cache
def _comparable_fields(noun: type[Resource]) -> tuple[str, ...]:
    written = written_fields(noun)
    return tuple(name for name in (*sent_fields(noun), "tags") if name in written)


def _gates(wish: Wish) -> Iterator[Problem]:
    known = type(wish.resource).gate_names
    for name in getattr(wish.resource, "gates", ()):
        if name not in known:
            message = f'there is no gate "{name}"{did_you_mean(name, known)}'
            yield wish.problem(message, "gates", name, key=True)
