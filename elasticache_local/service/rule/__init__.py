"""Rules that more than one operation enforces, each named after what it says."""
