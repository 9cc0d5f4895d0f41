"""``make live``: what a sandbox account says beside what the local service says (docs/live.md)."""

from __future__ import annotations

import sys

from live.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
