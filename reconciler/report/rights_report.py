"""Rights as text and JSON; the JSON is documented in docs/rights.md and stable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler import acl
from reconciler.report.lines import wrapped
from reconciler.rights import Answer

FORMAT_VERSION = 1


def rights_json(found: acl.Rights, lines: Sequence[str], asked: str) -> dict[str, Any]:
    """Give the rights of one access string on the engine version that was asked for."""
    return {
        "format_version": FORMAT_VERSION,
        "asked": asked,
        "table": found.table.name,
        "channel_default": found.channel_default,
        "on": found.on,
        "canonical": acl.canonical(found.text, found.table, service=found.service),
        "selectors": [_selector_json(one) for one in found.selectors],
        "can": [
            {"command": one.command, "allowed": one.allowed, "hidden": one.hidden, "why": one.why}
            for one in decisions(found, lines)
        ],
    }


def _selector_json(one: acl.Granted) -> dict[str, Any]:
    return {
        "commands": list(one.table.named(one.commands)),
        "first_args": [f"{name}|{arg}" for name, args in one.first_args.items() for arg in args],
        "read": sorted(one.patterns(acl.READ)),
        "write": sorted(one.patterns(acl.WRITE)),
        "channels": sorted(one.channels),
    }


def decisions(found: acl.Rights, lines: Iterable[str]) -> list[acl.Decision]:
    """Decide each command line."""
    return [acl.decide(found, line) for line in lines]


def rights_text(found: acl.Rights, lines: Sequence[str], asked: str) -> str:
    """Give the rights of one access string on one engine version, and a line for each question.

    ``asked`` is the version that was asked for; which table judges is said where it is another.
    """
    judged = "" if _is_of(asked, found.table) else f", judged by {found.table.name}"
    unsaid = any(one.state.all_channels is None for one in found.selectors)
    assumed = f"channels that are not named: {found.channel_default}" if unsaid else ""
    written = [
        f"on {asked}{judged}{f'; {assumed}' if assumed else ''}",
        *_row("login", "on" if found.on else "off: it can't log in"),
        *_row("canonical", acl.canonical(found.text, found.table, service=found.service)),
    ]
    for at, one in enumerate(found.selectors):
        if at:
            written.append(f"  selector {at}")
        written += _selector_text(one)
    for decision in decisions(found, lines):
        answer = "yes" if decision.allowed else "no "
        written += wrapped(f"{answer}  {decision.command}: {decision.why}", " " * 7, first="  ")
    return _printable("\n".join(written) + "\n")


def user_text(found: Iterable[tuple[str, str, acl.Rights]], lines: Sequence[str]) -> str:
    """Give a user's rights by cache (empty: none lets it in); versions that agree come together."""
    places: dict[tuple[str, str], list[str]] = {}
    for where, asked, rights in found:
        head, _, body = rights_text(rights, lines, asked).partition("\n")
        places.setdefault((where, body), []).append(head)
    written = []
    for (where, body), heads in places.items():
        written += [where or "no cache of this spec lets it in", *dict.fromkeys(heads), body]
    return "\n".join(written)


def _printable(text: str) -> str:
    """Show bytes that are no text, which a pattern may hold, by their numbers."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_of(asked: str, table: acl.Table) -> bool:
    """Say whether a version is of this table's minor: ``valkey 8.1.0`` of ``valkey 8.1``."""
    return f"{asked}.".startswith(f"{table.name}.")


def _selector_text(one: acl.Granted) -> list[str]:
    table, mask = one.table, one.commands & ~one.table.always
    words = acl.folded(mask, table) if mask else "none"
    written = _row("commands", f"{mask.bit_count()}: {words}")
    if one.first_args:
        names = [f"{name}|{arg}" for name, args in one.first_args.items() for arg in args]
        written += _row("", f"by first argument: {' '.join(names)}")
    written += _row("reads keys", " ".join(sorted(one.patterns(acl.READ))) or "none")
    written += _row("writes keys", " ".join(sorted(one.patterns(acl.WRITE))) or "none")
    written += _row("channels", " ".join(sorted(one.channels)) or "none")
    if wide := [name for name in acl.EVERYWHERE if mask & table.mask([name])]:
        written += _row("every key", f"{acl.commands_listed(sorted(wide))}: no pattern holds these")
    return written


def _row(name: str, text: str) -> list[str]:
    return list(wrapped(text, " " * 15, first=f"  {name:<13}"))


def who_json(answers: Iterable[Answer]) -> dict[str, Any]:
    """Give every user's answer, by cache and engine version."""
    return {
        "format_version": FORMAT_VERSION,
        "answers": [
            {
                "cache": str(one.cache),
                "user": one.user or None,
                "table": one.table.name,
                "can": one.can,
                "allowed": one.decision.allowed,
                "on": one.on,
                "why": one.decision.why,
            }
            for one in answers
        ],
    }


def who_text(line: str, answers: Sequence[Answer]) -> str:
    """Give those who can, and how many can't."""
    if answers and not any(one.decision.is_command for one in answers):
        whys = sorted({one.decision.why for one in answers})
        return "".join(f"{line}: {why}\n" for why in whys)
    can = [one for one in answers if one.can]
    versions: dict[str, list[str]] = {}
    for one in can:
        said = f"{one.cache}  {_who(one)}  {one.decision.why}"
        versions.setdefault(said, []).append(one.table.name)
    written = [
        text
        for said, names in versions.items()
        for text in wrapped(f"{said} ({', '.join(dict.fromkeys(names))})", "    ", first="")
    ]
    refused = len({one.user for one in answers if one.user} - {one.user for one in can})
    total = f"{refused} user{'' if refused == 1 else 's'} can't"
    if refused or not can:
        written.append(f"{f'nobody can {line}; ' if not can else ''}{total}")
    return "\n".join(written) + "\n"


def _who(one: Answer) -> str:
    return f"user/{one.user}" if one.user else "anybody"


def diff_json(diff: acl.RightsDiff, smaller: str | None) -> dict[str, Any]:
    """Give what changes, in words and by engine version."""
    return {
        "format_version": FORMAT_VERSION,
        "widens": diff.widens,
        "narrows": diff.narrows,
        "gains": list(diff.gained_lines()),
        "loses": list(diff.lost_lines()),
        "smaller": smaller,
        "versions": {
            "gains": {one.table.name: _share_json(one) for one in diff.gains},
            "loses": {one.table.name: _share_json(one) for one in diff.loses},
        },
    }


def _share_json(share: acl.Share) -> dict[str, Any]:
    reach = share.extra.reach
    return {
        "commands": list(share.commands),
        "further": list(share.wider),
        "first_args": list(share.extra.first_args),
        "everywhere": list(share.everywhere),
        "read": sorted(reach.read),
        "write": sorted(reach.write),
        "channels": sorted(reach.channels),
        "future": share.extra.future,
    }


def diff_text(diff: acl.RightsDiff, smaller: str | None) -> str:
    """Give gains and losses as a plan shows them."""
    written: list[str] = []
    for word, facts in (
        ("GAINS" if diff.widens else "gains", diff.gained_lines()),
        ("loses", diff.lost_lines()),
    ):
        first, *rest = facts or ("nothing",)
        written += wrapped(first, " " * 9, first=f"{word}    ")
        for fact in rest:
            written += wrapped(fact, " " * 9)
    if smaller:
        written += wrapped(smaller, " " * 9, first="smaller  ")
    return "\n".join(written) + "\n"
