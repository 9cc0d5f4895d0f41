"""The demo's scenario against a sandbox account, beside the same on the local service."""
