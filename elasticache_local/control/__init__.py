"""CONTROL: the process that owns truth; its surface for faults, clock, seeds and stopping."""
