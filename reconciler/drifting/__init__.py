"""A plan read backwards, round after round: what moved, how serious, who is told."""
