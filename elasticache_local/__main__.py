"""``python -m elasticache_local``: one JSON line when ready, then it serves until it is stopped."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path

from elasticache_local.instance import InstanceError
from elasticache_local.log import log_lines
from elasticache_local.switch import BadSwitch, switches_of


def main(arguments: list[str] | None = None) -> int:
    """Run an instance; 2 when its folder or its port can't be had."""
    asked = _parser().parse_args(arguments)
    log_lines()
    from elasticache_local.control.options import Options  # noqa: PLC0415 - after --help
    from elasticache_local.control.process import serve  # noqa: PLC0415 - after --help

    options = Options(
        port=asked.port,
        data_dir=asked.data_dir,
        speed=asked.speed,
        engines=not asked.no_engines,
        idle_timeout_s=asked.idle_timeout,
        accept_unknown_keys=asked.accept_unknown_keys,
        until_eof=asked.until_eof,
        switches=switches_of(asked.switch),
    )
    try:
        return serve(options, ready=lambda line: print(line, flush=True))
    except InstanceError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m elasticache_local",
        description="A local ElastiCache. Prints one JSON line when it is ready, and serves until "
        "SIGTERM, SIGINT, POST /shutdown on its control surface, or --idle-timeout.",
    )
    option = parser.add_argument
    option("--port", type=_port, default=0, help="of the AWS endpoint; 0 takes a free one")
    option(
        "--data-dir", type=Path, help="keeps everything here over restarts; else nothing is kept"
    )
    option("--speed", type=_positive, default=1.0, help="how many times faster than the service")
    option("--no-engines", action="store_true", help="control plane only: nothing listens")
    option("--idle-timeout", type=_positive, metavar="S", help="stop after S seconds without use")
    option(
        "--accept-unknown-keys",
        action="store_true",
        help="take IAM tokens that are signed with keys that were not made here",
    )
    option("--until-eof", action="store_true", help="stop when standard input ends")
    option(
        "--switch",
        type=_switch,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="turn a fact that nobody knows of the service (switch.py lists them)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number between 0 and 65535")
    return int(text)


def _switch(text: str) -> str:
    try:
        switches_of([text])
    except BadSwitch as bad:
        raise argparse.ArgumentTypeError(str(bad)) from None
    return text


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (number := float(text)) < float("inf"):
            return number
    raise argparse.ArgumentTypeError("must be a number above 0")


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is stopped and written; taking moto's modules apart takes Python another second.
    os._exit(status)
