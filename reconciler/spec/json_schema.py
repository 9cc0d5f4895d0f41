"""The JSON schema of a spec, made from the models; editors check with it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter

from reconciler.model import (
    SECTIONS,
    CacheCluster,
    Estate,
    External,
    Form,
    Required,
    Resource,
    mark,
    sent_fields,
)
from reconciler.spec.explainer import SECTION_MEANINGS
from reconciler.spec.meaning import meaning, summary
from reconciler.spec.rule.cache_cluster import CLUSTER_ENGINES
from reconciler.spec.rule.identifier import LONGEST, LONGEST_OTHERS
from reconciler.spec.rule.user import ENGINES
from reconciler.spec.shape import is_hidden, noun_in, written_fields

_IDENT = "^[A-Za-z]([A-Za-z0-9]|-(?!-|$))*$"
_TEXT = {"type": "string", "minLength": 1}
_SECRET: dict[str, Any] = {
    "description": "Where a secret is kept; a value in plain text is refused.",
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "secretsmanager": _TEXT,
                "key": _TEXT,
                "stage": _TEXT,
                "version": _TEXT,
                "create": {"type": "boolean"},
            },
            "required": ["secretsmanager"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"ssm": _TEXT, "version": _TEXT, "create": {"type": "boolean"}},
            "required": ["ssm"],
            "additionalProperties": False,
        },
        *(
            {
                "type": "object",
                "properties": {store: _TEXT},
                "required": [store],
                "additionalProperties": False,
            }
            for store in ("env", "file")
        ),
    ],
}


def spec_schema() -> dict[str, Any]:
    """Give the schema; fragments find theirs under ``$defs/Fragment``."""
    nouns: tuple[type[BaseModel], ...] = (Estate, External, *SECTIONS.values())
    definitions: dict[str, Any] = {}
    for noun in nouns:
        made = TypeAdapter(noun).json_schema(ref_template="#/$defs/{model}")
        definitions |= made.pop("$defs", {})
        definitions[noun.__name__] = made
    for name, noun in _all_nouns(nouns).items():
        definitions[name] = _refined(noun, definitions[name])
    definitions["SecretRef"] = _SECRET
    head = definitions.pop("Estate")
    parts = _sections()
    definitions["Fragment"] = {
        "description": "What an included file may hold.",
        "type": "object",
        "properties": parts,
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A spec of reconcile",
        "type": "object",
        "properties": {**head["properties"], **parts},
        "required": head["required"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _sections() -> dict[str, Any]:
    made: dict[str, Any] = {
        name: {
            "type": "object",
            "propertyNames": {
                "pattern": _IDENT,
                "maxLength": LONGEST.get(noun.kind, LONGEST_OTHERS),
            },
            "additionalProperties": {"$ref": f"#/$defs/{noun.__name__}"},
        }
        for name, noun in SECTIONS.items()
    }
    made["defaults"] = {
        "type": "object",
        "properties": {
            noun.kind: {"$ref": f"#/$defs/{noun.__name__}"} for noun in SECTIONS.values()
        },
        "additionalProperties": False,
    }
    made["external"] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/External"}}
    kinds = "|".join(noun.kind for noun in SECTIONS.values())
    made["unmanaged"] = {
        "type": "array",
        "items": {"type": "string", "pattern": f"^({kinds})/.+$"},
    }
    files = {"type": "array", "items": {"type": "string"}}
    made["include"] = {"anyOf": [{"type": "string"}, files]}
    for name, text in SECTION_MEANINGS.items():
        made[name]["description"] = text
    return made


def _all_nouns(roots: tuple[type[BaseModel], ...]) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    waiting = list(roots)
    while waiting:
        noun = waiting.pop()
        if noun.__name__ in found or noun.__name__ == "SecretRef":
            continue
        found[noun.__name__] = noun
        for field in noun.model_fields.values():
            inner = noun_in(field.annotation)
            waiting += [inner] if inner else []
    return found


def _refined(noun: type[BaseModel], schema: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for name, found in schema["properties"].items():
        if is_hidden(noun, name):
            continue
        made = {key: value for key, value in found.items() if key not in {"title", "default"}}
        if mark(noun, name, Required):
            made = _without_null(made)
        properties[name] = {"description": _described(noun, name), **made}
    if "engine" in properties:
        engines = CLUSTER_ENGINES if noun is CacheCluster else ENGINES
        properties["engine"] |= {"enum": list(engines)}
    if issubclass(noun, Resource):
        if "gates" in properties:
            properties["gates"]["propertyNames"] = {"enum": list(noun.gate_names)}
        known = [name for name in (*sent_fields(noun), "tags") if name in written_fields(noun)]
        properties["ignore_changes"]["items"] = {"enum": known}
    made = {"type": "object", "description": summary(noun), "properties": properties}
    if required := [name for name in schema.get("required", ()) if name in properties]:
        made["required"] = required
    return {**made, "additionalProperties": False}


def _described(noun: type[BaseModel], name: str) -> str:
    text = " ".join(meaning(noun, name).split())
    form = mark(noun, name, Form)
    return f"{text} ({form.text})" if form else text


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kept = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kept) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **kept[0]}
