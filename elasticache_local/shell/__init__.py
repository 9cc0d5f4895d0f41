"""moto as the HTTP shell: it parses, dispatches, serialises; the service behind it is ours.

moto keeps its backends per process, and so does this room: one shell a process.
"""
