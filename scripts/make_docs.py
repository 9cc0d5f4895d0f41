"""Write what is made from the models: docs/spec.md and specs/reconcile.schema.json.

python scripts/make_docs.py          write both
python scripts/make_docs.py --check  say what is out of date, exit 1
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from reconciler.model import SECTIONS, Estate, External, SecretRef
from reconciler.spec import schema
from reconciler.spec.explainer import SECTION_MEANINGS, field_facts
from reconciler.spec.meaning import summary
from reconciler.spec.shape import noun_in, written_fields

ROOT = Path(__file__).resolve().parent.parent

INTRODUCTION = """\
# The spec, field by field

Made from the models by `scripts/make_docs.py`; `reconcile explain FIELD` says the same on the
command line, and `reconcile schema` as a JSON schema.
A whole spec: [specs/prod.yaml](../specs/prod.yaml); small ones: [examples](../specs/examples).

- A field that is **left out** is the service's default at create, and not managed afterwards: never
  compared, never sent. `~` (null) means back to the service's default, or detached. A list or a map
  that is given is the whole value, except `tags`: listed keys only.
- **Sections** are the API's own nouns in the plural, one each: `cache_subnet_groups` as in
  *CreateCacheSubnetGroup*. The singular is the first half of an address: `cache_subnet_group/shop`.
- The **key** of an entry is its id and is not repeated inside. Ids are stored in lower case.
- **Defaults** are by kind, in the singular: `defaults: {replication_group: {engine: valkey}}`. An
  entry's own value replaces the default whole, tags are merged.
- **References** (`user_ids`, `user_group_ids`, `user_group_id`) name keys of this spec, or what
  `unmanaged` lists: things that others keep in the account. The account's own user `default` need
  not be listed. Subnet groups and parameter groups may be named without being listed: a name that
  this spec does not have is somebody else's or the service's own, unless it looks misspelt.
- **Secrets** are references: `{secretsmanager: id, key: k, stage: AWSCURRENT}`, `{ssm: name}`,
  `{env: NAME}`, `{file: path}`; `create: true` lets apply make a missing one, and `version` names
  one for good ([rotation.md](rotation.md)). A value in plain text is refused.
- YAML is 1.2: `on`, `yes` and `2026-12-31` are texts; numbers that are texts (`"7.10"`,
  `"123456789012"`) are quoted, and so is what has a colon within brackets:
  `{via: "lambda:shop-verify"}`. Aliases are allowed; merge keys, tags and duplicate keys are not.
"""


def reference() -> str:
    """Give docs/spec.md."""
    parts = [INTRODUCTION, *_noun("At the top", Estate, 2)]
    for name in ("defaults", "unmanaged", "include"):
        parts += [f"## {name}\n", SECTION_MEANINGS[name] + "\n"]
    for section, noun in {**SECTIONS, "external": External}.items():
        parts += _noun(section, noun, 2)
    return "\n".join(parts)


def _noun(title: str, noun: type[BaseModel], level: int) -> Iterator[str]:
    yield f"{'#' * level} {title}\n"
    yield f"{summary(noun)}\n"
    yield "| field | meaning | type | default | change |"
    yield "|---|---|---|---|---|"
    inside: list[tuple[str, type[BaseModel]]] = []
    for name in written_fields(noun):
        facts = dict(field_facts(noun, name))
        sort = "; ".join(facts[key] for key in ("type", "bounds", "form") if key in facts)
        change = facts.get("change", facts.get("sent", ""))
        if facts.get("impact", "none known") != "none known":
            change += f"; {facts['impact']}"
        cells = (f"`{name}`", " ".join(facts["meaning"].split()), sort, facts["default"], change)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        inner = noun_in(noun.model_fields[name].annotation)
        if inner is not None and inner is not SecretRef:
            inside.append((name, inner))
    yield ""
    for name, inner in inside:
        yield from _noun(f"{title}: {name}" if level < 3 else name, inner, min(level + 1, 4))


def main(*arguments: str) -> int:
    """Write the files, or with --check say which are out of date."""
    made = {
        ROOT / "docs" / "spec.md": reference(),
        ROOT / "specs" / "reconcile.schema.json": json.dumps(schema(), indent=2) + "\n",
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is out of date")
        if "--check" not in arguments:
            path.write_text(made[path])
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
