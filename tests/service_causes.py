"""What brings a refusal about: states to arrange, and the check that each code is the right one."""

from __future__ import annotations

TLS = {"TransitEncryptionEnabled": True}
STATUS = {"CacheSubnetGroupNotFoundFault": 400}


def nothing(aws):
    pass


def quota(name, limit, arrange=nothing):
    def lower(aws):
        arrange(aws)
        aws.service.faults.add({"sort": "quota", "quota": name, "limit": limit})

    return lower


def tags(count):
    return [{"Key": f"k{number}", "Value": "v"} for number in range(count)]


def busy_user(aws):
    aws.user()
    aws("ModifyUser", UserId="app", AccessString="off")


def new_group(**given):
    return {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d"} | given


def creating(aws):
    aws("CreateReplicationGroup", **new_group())


def creating_user_group(aws):
    aws.user("d", UserName="default")
    aws("CreateUserGroup", UserGroupId="soon", Engine="redis", UserIds=["d"])


def standalone(aws, engine="redis", cluster_id="solo", **given):
    aws("CreateCacheCluster", CacheClusterId=cluster_id, Engine=engine, **given)
    aws.settle()


def check_cause(aws, action, arrange, params, code):
    """Arrange, call, and compare the refusal's code and HTTP status."""
    arrange(aws)

    fault = aws.refusal(action, **params)

    assert fault.code == code, fault.message
    assert fault.status == STATUS.get(code, 404 if "NotFound" in code else 400)
