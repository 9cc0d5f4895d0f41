"""Records as the service shows them: every member that the real answer has."""
