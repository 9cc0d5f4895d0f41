# Five commands: check, test, demo, live, docs. Everything lands in .venv and .reconcile of this folder.
