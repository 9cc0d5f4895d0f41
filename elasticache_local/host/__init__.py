"""HOST: the process that owns real engines and a front before every endpoint."""
