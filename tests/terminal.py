"""Command lines as tutorials print them: through the AWS CLI, or the same calls by botocore."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

_PATIENCE_S = 60


class Refused(Exception):
    """The service said no; ``code`` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Terminal:
    """Says a command line to the service; gives the answer, or raises Refused."""

    def __init__(self, account: Any, endpoint_url: str, *, by_cli: bool) -> None:
        self._account, self._url = account, endpoint_url
        self._aws = shutil.which("aws") if by_cli else None

    def __call__(self, line: str) -> dict[str, Any]:
        words = shlex.split(line.replace("\\\n", " "))
        assert words[0] == "aws"
        return self._by_cli(words) if self._aws else self._by_botocore(words)

    def _by_cli(self, words: list[str]) -> dict[str, Any]:
        keys = {
            "AWS_ACCESS_KEY_ID": self._account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._account.secret_access_key,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": self._url,
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        told = subprocess.run(
            [str(self._aws), *words[1:], "--output", "json"],
            env=os.environ | keys,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        if told.returncode:
            assert "An error occurred (" in told.stderr, told.stderr
            raise Refused(told.stderr.partition("(")[2].partition(")")[0])
        answer: dict[str, Any] = json.loads(told.stdout or "{}")
        return answer

    def _by_botocore(self, words: list[str]) -> dict[str, Any]:
        _, service, command, *rest = words
        client = self._account.client(service)
        methods = {method.replace("_", "-"): method for method in dir(client)}
        shape = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[methods[command]]
        ).input_shape
        names = {xform_name(name, "-"): name for name in shape.members}
        params: dict[str, Any] = {}
        for option, given in _options(rest):
            if option.startswith("no-") and option[3:] in names:
                params[names[option[3:]]] = False
            else:
                params[names[option]] = _value(shape.members[names[option]], given)
        try:
            answer: dict[str, Any] = getattr(client, methods[command])(**params)
        except ClientError as refused:
            raise Refused(refused.response["Error"]["Code"]) from None
        return answer


def _options(words: list[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            found.append((word[2:], []))
        else:
            found[-1][1].append(word)
    return found


def _value(shape: Any, given: list[str]) -> Any:
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "integer":
        return int(given[0])
    if shape.type_name == "list":
        return given
    if shape.type_name == "structure":
        return dict(part.split("=", 1) for part in given[0].split(","))
    return given[0]
