"""What an application needs to connect, on the screen."""

from __future__ import annotations

from reconciler.kind import Endpoint
from reconciler.model import Address, SecretRef
from reconciler.output import Login, Output
from reconciler.report.output_report import output_text


def test_names_and_values_stand_in_two_columns_however_long_a_name_is():
    secret = SecretRef(store="ssm", id="/shop/app")
    long = Login("a-user-with-a-long-name", "a-user-with-a-long-name", "iam", ())
    cache = Output(
        Address("serverless_cache", "carts"),
        "available",
        "valkey 8.1",
        (Endpoint("serverless_reader", "carts.example", 6380, tls=True),),
        tls=True,
        auth="users",
        logins=(Login("app", "app", "password", (secret,)), long),
    )

    _, *rows = output_text([cache]).splitlines()

    assert rows == [
        "  serverless reader              carts.example:6380  TLS",
        "  login app                      {ssm: /shop/app}",
        "  login a-user-with-a-long-name  iam",
    ]
