"""AWS: where boto3 lives. Only the CLI imports these modules, and only when a command needs AWS."""
