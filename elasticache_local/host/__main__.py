"""``python -m elasticache_local.host``: started by CONTROL, which holds the other end of fd 3."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
from pathlib import Path

from elasticache_local.host import left_over
from elasticache_local.host.child import Child
from elasticache_local.host.orders import Orders
from elasticache_local.log import log_lines


def main() -> None:
    """Serve the CONTROL whose socket is the first argument; ``--again`` after HOST has died."""
    control = socket.socket(fileno=int(sys.argv[1]))
    orders = Orders(**json.loads(sys.argv[2]))
    run = Path(orders.data_dir) / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    left_over.follow(run)
    left_over.sweep(run)
    if not orders.keep_data and "--again" not in sys.argv:
        shutil.rmtree(run)
        run.mkdir(mode=0o700)
    # Unix socket paths have little room: everything below is named relative to here.
    os.chdir(run)
    log_lines("host.log")
    asyncio.run(_serve(orders, control))


async def _serve(orders: Orders, control: socket.socket) -> None:
    await Child(orders, control).serve()


if __name__ == "__main__":
    main()
