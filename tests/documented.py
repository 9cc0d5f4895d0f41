"""Access strings that people publish: guides, engine documents, modules and examples.

Passwords and ElastiCache's refused words are left out, as the guide tells those who migrate.
"""

DOCUMENTED = (
    # ElastiCache user guide and API reference: RBAC, IAM authentication, disabling a user.
    "on ~* +@all",
    "on ~* &* +@all",
    "off ~* -@all",
    "on ~app::* -@all +@read",
    "off +get ~keys*",
    "on ~keys* -@all +get",
    "off ~objects:* ~items:* ~public:* -@all",
    "~objects:* ~items:* ~public:*",
    "on ~objects:* ~items:* ~public:* resetchannels -@all +@read",
    # Terraform provider, Pulumi, CDK, Crossplane and modules that use them.
    (
        "on ~app::* -@all +@read +@hash +@bitmap +@geo -setbit -bitfield -hset -hsetnx -hmset "
        "-hincrby -hincrbyfloat -hdel -bitop -geoadd -georadius -georadiusbymember"
    ),
    "on ~* -@all +@read",
    "on ~* +@read",
    "on ~* -@all",
    (
        "on ~* &* -@all +@read +info +cluster +command +sadd +hset +copy +rename +select +del +set "
        "+expire +hdel +ping"
    ),
    "on ~session:* +GET +SET +DEL +EXPIRE",
    "on ~orders:* ~invoices:* +get +set +exists -@all",
    "on ~app:* +get +mget +hget +hgetall -@write",
    "on ~app:* ~cache:* +@all -@dangerous",
    "on ~* &* -@all +@read +@connection +info",
    "on ~* &* -@all +@read +@write +@keyspace +@connection",
    "on ~app-a:* &* -@all +@read +@write +@string +@hash",
    "on ~app:* %R~config:* &events:* -@all +@read +set",
    (
        "on resetkeys resetchannels ~catalog:* ~{catalog}:* &catalog:cache:invalidate "
        "&__redis__:invalidate &__keyspace@0__:catalog:cache:data:* -@all +@read +@write +@set "
        "+@scripting +@pubsub +@connection -@dangerous +info +client|setname +client|list "
        "+client|tracking +client|trackinginfo"
    ),
    "on -@all +@read +@write +@string +@hash +@keyspace +@connection +eval +evalsha +script",
    "on ~* &* +@all -@dangerous +info +keys",
    "on ~* +@all -@admin -@dangerous",
    "on ~bull:* +@all -@dangerous +info +eval +evalsha",
    # Redis documentation: ACL, ACL SETUSER, Sentinel, cluster and replica users.
    "on ~cached:* +get",
    "on ~cached:* +get +@sortedset -zadd",
    "on +@all ~* -@slow",
    "on allkeys +@string +@set -SADD",
    "on +@all -@all +get",
    "on -@all +@all -get",
    "on +client -client|setname -client|getname",
    "on -@all +select|0",
    "on +@all -select +select|0 ~*",
    "on ~* resetchannels &chat:* +@pubsub",
    "on %RW~app1:* (%R~app2:* %W~app3:* +get)",
    "on +@all ~app1:* (%RW~app2:* +get)",
    "on %R~app1:* %W~app2:* +copy",
    "on %RW~key1 (%R~key2 +get) clearselectors",
    "on +GET ~key1 (+SET ~key2)",
    "on +@read (~%* -@all +get)",
    (
        "on allchannels +multi +slowlog +ping +exec +subscribe +role +publish +info "
        "+client|setname +client|kill +script|kill"
    ),
    "on +psubscribe &__keyevent@*__:expired",
    "on nocommands allkeys allchannels +@pubsub",
    "on +@fast -@all",
    "on ~jobs:* &jobs:* -@all +@list +@transaction",
    # Valkey documentation.
    "on %W~log:* -@all +xadd",
    "on ~* &* -@all +@connection +cluster|slots +cluster|shards +cluster|nodes +readonly",
    "on ~* +@all -keys -flushall -flushdb",
)
