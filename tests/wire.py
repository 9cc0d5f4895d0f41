"""A loopback server that answers what a test tells it, and the words of AWS's query protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.model import Aws, RoleArn

ACCOUNT = "123456789012"


@dataclass
class Wire:
    """What was asked, and what is answered: ``(status, body)`` in turn, or None to hang up."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, str] | None] = field(default_factory=list)
    always: Callable[[str], tuple[int, str] | None] | None = None

    def answer(self, body: str) -> tuple[int, str] | None:
        self.asked.append(body)
        if self.answers:
            return self.answers.pop(0)
        return self.always(body) if self.always else (500, "")


def aws(read: str | None = None, write: str | None = None) -> Aws:
    return Aws(account_id=ACCOUNT, region="eu-west-1", role_arn=RoleArn(read=read, write=write))


def identity(account: str = ACCOUNT, arn: str = "") -> tuple[int, str]:
    arn = arn or f"arn:aws:sts::{account}:assumed-role/reconcile-read/ann"
    return 200, (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>U</UserId><Account>{account}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


def refusal(code: str, message: str, status: int = 400) -> tuple[int, str]:
    return status, (
        '<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>req-1</RequestId></ErrorResponse>"
    )


def users(*ids: str, marker: str = "") -> tuple[int, str]:
    members = "".join(f"<member><UserId>{one}</UserId></member>" for one in ids)
    more = f"<Marker>{marker}</Marker>" if marker else ""
    return 200, (
        '<DescribeUsersResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">'
        f"<DescribeUsersResult><Users>{members}</Users>{more}</DescribeUsersResult>"
        "</DescribeUsersResponse>"
    )
