"""A database's address as people paste it: Neon's, Supabase's, SQLAlchemy's, JDBC's, Prisma's."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from core.errors import Misconfigured

SHAPE = "DATABASE_URL must look like postgresql://user:password@host:5432/name."
ENCODE = (
    "DATABASE_URL cannot be read. Please percent-encode the password if it has one of @ : / ? # %,"
    " for example %2F for a slash."
)
SCHEMES = {"postgresql", "postgres"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# The values of `ssl` in other drivers, as values of `sslmode`.
SSL = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable"}
# Settings of other drivers and their pools. A server does not know them.
NOT_OURS = {
    *("channel_binding", "connect_timeout", "connection_limit", "pool_timeout", "pool_size"),
    *("max_overflow", "socket_timeout", "statement_cache_size", "prepared_statement_cache_size"),
    *("prepared_statements", "preparethreshold", "async_fallback", "sslcompression", "sslsni"),
    *("gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("tcp_user_timeout", "fallback_application_name", "sslidentity", "sslaccept", "sslfactory"),
    *("uselibpqcompat", "require_auth", "client_encoding", "ssl_min_protocol_version"),
    *("ssl_max_protocol_version", "sslnegotiation", "pool_mode", "workaround", "supa"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address that asyncpg reads. `pooled`: the address itself says that it is a pooler's."""

    dsn: str
    pooled: bool = False


def read(url: str) -> Address:
    """Raises `Misconfigured` with a sentence that shows no part of the password."""
    try:
        parts = urlsplit(url.strip().strip("\"'").removeprefix("jdbc:"))
    except ValueError:
        raise Misconfigured(ENCODE) from None
    # SQLAlchemy names the driver after a plus sign.
    if parts.scheme.partition("+")[0] not in SCHEMES:
        raise Misconfigured(SHAPE)
    given = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    hosts = parts.netloc.rpartition("@")[2]
    if not hosts and "host" not in given:
        raise Misconfigured(SHAPE)
    if parts.fragment or "@" in parts.path + "".join(given) or not _are_hosts(hosts):
        raise Misconfigured(ENCODE)
    if "@" in parts.query and "@" not in parts.netloc and "password" not in given:
        # The password had a question mark.
        raise Misconfigured(ENCODE)
    pooled = given.pop("pgbouncer", "").lower() in ("true", "1")
    query = urlencode(_options(given))
    dsn = f"postgresql://{parts.netloc}{parts.path}"
    return Address(f"{dsn}?{query}" if query else dsn, pooled)


def _are_hosts(hosts: str) -> bool:
    """`host:port`, or several with a comma between them."""
    for host in hosts.split(","):
        try:
            port = urlsplit(f"//{host}").port
        except ValueError:
            return False
        if port == 0:
            return False
    return True


def _options(given: dict[str, str]) -> dict[str, str]:
    options = {name: value for name, value in given.items() if name not in NOT_OURS}
    ssl, schema = options.pop("ssl", None), options.pop("schema", None)
    if ssl is not None:
        options.setdefault("sslmode", SSL.get(ssl.lower(), ssl.lower()))
    if options.get("sslmode", "prefer") not in SSL_MODES:
        raise Misconfigured(f"DATABASE_URL: sslmode is one of {', '.join(SSL_MODES)}.")
    # JDBC has a third name for it.
    schema = options.pop("currentschema", schema)
    if schema is not None:
        options.setdefault("search_path", schema)
    return options
