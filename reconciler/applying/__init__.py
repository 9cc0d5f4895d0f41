"""The parts of an apply: a branch per change, a look after each step, a verdict; the journal."""
