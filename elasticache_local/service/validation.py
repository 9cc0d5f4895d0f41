"""Requests against the service's own model: required, type, enum, pattern, length.

The boto client checks types, required members and least lengths only; the service checks all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from elasticache_local.service.refusal import bad_value, refusal

Check = Callable[[Any, str], None]
_ENUM_WORDS = {
    "InputAuthenticationType": (
        "Input Authentication type: {value} is not in the allowed list: [{allowed}]"
    ),
}
_PYTHON = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime, str),
}


@functools.lru_cache(maxsize=1)
def service_model() -> ServiceModel:
    """Give botocore's model of the service, loaded once."""
    return ServiceModel(Loader().load_service_model("elasticache", "service-2"), "elasticache")


@functools.lru_cache(maxsize=256)
def checker(action: str) -> Check:
    """Give the check of one action's parameters; it raises Fault at the first thing wrong."""
    shape = service_model().operation_model(action).input_shape
    return _check(shape) if shape is not None else lambda _value, _where: None


def _check(shape: Shape) -> Check:
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(shape)
    return _scalar(shape)


def _structure(shape: StructureShape) -> Check:
    required = tuple(shape.required_members)
    members = {name: _check(member) for name, member in shape.members.items()}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _wrong_type(where, "structure")
        for name in required:
            if value.get(name) is None:
                raise refusal(
                    "MissingParameter", f"The request must contain the parameter {where}{name}."
                )
        for name, given in value.items():
            if given is not None and name in members:
                members[name](given, f"{where}{name}" if name in members else where)

    def nested(value: Any, where: str) -> None:
        check(value, f"{where}." if where else "")

    return nested


def _list(shape: ListShape) -> Check:
    each = _check(shape.member)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, where: str) -> None:
        if not isinstance(value, (list, tuple)):
            raise _wrong_type(where, "list")
        if least is not None and len(value) < least:
            raise bad_value(f"Parameter {where} must have length greater than or equal to {least}.")
        if most is not None and len(value) > most:
            raise bad_value(f"Parameter {where} must have length less than or equal to {most}.")
        for index, item in enumerate(value, 1):
            each(item, f"{where}.member.{index}")

    return check


def _scalar(shape: Shape) -> Check:
    facts = shape.metadata
    types = _PYTHON[shape.type_name]
    allowed = tuple(facts.get("enum", ()))
    pattern = re.compile(facts["pattern"], re.DOTALL) if facts.get("pattern") else None
    least, most = facts.get("min"), facts.get("max")
    enum_words = _ENUM_WORDS.get(
        shape.name, "Value {value} at {where} must satisfy enum value set: [{allowed}]"
    )

    def check(value: Any, where: str) -> None:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise _wrong_type(where, shape.type_name)
        if allowed and value not in allowed:
            raise bad_value(enum_words.format(value=value, where=where, allowed=",".join(allowed)))
        if pattern is not None and not pattern.fullmatch(value):
            raise bad_value(
                f"Value {value!r} at {where} must satisfy regular expression pattern: "
                f"{pattern.pattern}"
            )
        size = len(value) if isinstance(value, str) else value
        if least is not None and size < least:
            raise bad_value(f"Parameter {where} must have length greater than or equal to {least}.")
        if most is not None and size > most:
            raise bad_value(f"Parameter {where} must have length less than or equal to {most}.")

    return check


def _wrong_type(where: str, wanted: str) -> Exception:
    return bad_value(f"Parameter {where} is not a valid {wanted}.")
