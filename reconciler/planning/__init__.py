"""The parts of a plan: the other side of a change, what differs, in which steps and order."""
