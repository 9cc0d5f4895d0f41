"""One file per family of operations; each function is pure on the state of its turn."""
