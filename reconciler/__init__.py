"""reconcile: an ElastiCache estate as one YAML file, brought about, and proven on the wire."""

__version__ = "0.1.0"
