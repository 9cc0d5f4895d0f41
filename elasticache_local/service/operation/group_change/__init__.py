"""ModifyReplicationGroup in parts: each reads its own parameters and gives what would change.

A part gives a dict of ReplicationGroup fields (and ``tokens``, ``primary``), empty when nothing of
it would change, or refuses.
"""
