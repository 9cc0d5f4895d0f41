"""Change something on the local ElastiCache without the tool, as a console click would.

    python scripts/behind_the_back.py ModifyUser UserId=orders-app 'AccessString=on ~* +@all'

Speaks to the local ElastiCache of this folder only; prints what the service answered.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import boto3


def main(action: str, *pairs: str) -> int:
    """Make one ElastiCache call; ``true``, numbers and [lists] become themselves."""
    ready = json.loads(Path(".reconcile/local/ready.json").read_text())
    parameters = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        parameters[name] = (
            json.loads(value) if re.fullmatch(r"true|false|\d+|\[.*\]", value) else value
        )
    client = boto3.client(
        "elasticache",
        endpoint_url=ready["endpoint_url"],
        region_name="eu-west-1",
        aws_access_key_id=ready["access_key_id"],
        aws_secret_access_key=ready["secret_access_key"],
    )
    answer = getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())(**parameters)
    answer.pop("ResponseMetadata")
    print(json.dumps(answer, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
