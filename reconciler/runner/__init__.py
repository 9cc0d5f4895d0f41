"""Verifying from inside a VPC: the function's package, what it is asked, and what it answers."""
