"""A local ElastiCache: the service's control plane in process, real engines behind it."""
