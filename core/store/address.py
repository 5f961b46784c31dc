"""A database's address as people paste it: Neon's, Supabase's, SQLAlchemy's, JDBC's, Prisma's."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from core.errors import Misconfigured

SHAPE = "DATABASE_URL must look like postgresql://user:password@host:5432/name."
ENCODE = (
    "DATABASE_URL cannot be read. Please percent-encode the password if it has one of @ : / ? # %,"
    " for example %2F for a slash."
)
SCHEMES = {"postgresql", "postgres"}
UNCHECKED = ("disable", "allow", "prefer", "require")
CHECKED = ("verify-ca", "verify-full")
SSL_MODES = UNCHECKED + CHECKED
# The values of `ssl` in other drivers, as values of `sslmode`.
SSL = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable"}
# Settings of other drivers and their pools. A server does not know them.
NOT_OURS = {
    *("channel_binding", "connect_timeout", "connection_limit", "pool_timeout", "pool_size"),
    *("max_overflow", "socket_timeout", "statement_cache_size", "prepared_statement_cache_size"),
    *("prepared_statements", "preparethreshold", "async_fallback", "sslcompression", "sslsni"),
    *("gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("tcp_user_timeout", "fallback_application_name", "sslidentity", "sslaccept", "sslfactory"),
    *("pgbouncer", "uselibpqcompat", "require_auth", "client_encoding", "ssl_min_protocol_version"),
    *("ssl_max_protocol_version", "sslnegotiation", "pool_mode", "workaround", "supa"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address that asyncpg reads. `pooled`: the address itself says that it is a pooler's.

    `verified`: the server must show a good certificate, for its name if `checks_name`. `ca`: the
    authority that the address names. `own`: the files of our certificate and its key.
    `unchecked`: the mode that the address itself has chosen.
    """

    dsn: str
    user: str = ""
    pooled: bool = False
    verified: bool = False
    checks_name: bool = True
    ca: str | None = None
    own: tuple[str, str | None] | None = None
    unchecked: str | None = None


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
    options = _options(given)
    mode, ca = options.get("sslmode"), options.get("sslrootcert")
    near = all(_is_near(host) for host in _names(hosts, options))
    own = None
    if verified := mode in CHECKED or (mode is None and not near):
        # Our own context does it.
        options.pop("sslmode", None)
        options.pop("sslrootcert", None)
        if cert := options.pop("sslcert", None):
            own = (cert, options.pop("sslkey", None))
    query = urlencode(options)
    dsn = f"postgresql://{parts.netloc}{parts.path}"
    return Address(
        f"{dsn}?{query}" if query else dsn,
        user=unquote(parts.username or "") or options.get("user", ""),
        pooled=given.get("pgbouncer", "").lower() in ("true", "1"),
        verified=verified,
        checks_name=mode != "verify-ca",
        ca=None if ca == "system" else ca,
        own=own,
        unchecked=None if verified or near else mode,
    )


def _names(hosts: str, options: dict[str, str]) -> list[str]:
    given = hosts if hosts else options.get("host", "")
    return [urlsplit(f"//{host}").hostname or "" for host in given.split(",")]


def _is_near(host: str) -> bool:
    """Whether no certificate is expected: a socket, this machine, or a name without a dot.

    docker-compose and Kubernetes give such names, and no authority signs them.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return unquote(host).startswith("/") or "." not in host


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
