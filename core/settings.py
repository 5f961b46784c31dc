"""Every setting. A composition root reads them once, from the environment and `.env`."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core import urls
from core.errors import Misconfigured
from core.limits import Limits, Rate

NOBODY_ALLOWED = (
    "OIDC_ISSUER needs OIDC_ALLOWED_DOMAINS, OIDC_ALLOWED_GROUPS or OIDC_ALLOWED_SUBS:"
    " without one, everybody whom the issuer knows would be a manager"
)
# Each may cost as much as an answer.
TRIES_PER_MINUTE = 10


class Settings(BaseSettings):
    """The settings of one process. Nothing changes them after `read`."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str | None = None
    # The sockets' addresses, if they are not below `public_url`: on AWS each side has its own API.
    ws_url: str | None = None
    manager_ws_url: str | None = None
    callback_url: str | None = None
    # Signs calls between nodes. Unset, they share a key that the database keeps.
    nodes_secret: Annotated[str, Field(min_length=16)] | None = None
    log_level: str = "INFO"
    data_dir: Path = Path(".data")
    # The server sends a ping to each socket so often, in seconds. 0: never.
    ping_seconds: Annotated[float, Field(ge=0, le=3600)] = 50.0
    # The ports under which docker-compose publishes this one, for the addresses it prints.
    app_ports: str | None = None

    database_url: str | None = None
    postgres_user: str | None = None
    postgres_password: str | None = None
    postgres_db: str | None = None
    postgres_host: str | None = None
    postgres_port: Annotated[int, Field(ge=1, le=65535)] = 5432
    database_connections: Annotated[int, Field(ge=1, le=100)] = 10
    # Whether a pooler shares the connections. It is found out; true saves the attempt.
    database_proxy: bool = False
    # The authority of its certificate: PEM, or a file. Unset: those that the system trusts.
    database_ca: str | None = None
    # Who migrates, if not the role of `database_url`. That one then gets no more than it needs.
    database_owner_url: str | None = None

    openai_key: str | None = None
    # It stands before the address, which must fit it.
    openai_api: Literal["responses", "chat"] = "responses"
    openai_base_url: str | None = None
    # Instead of the model that the profile names.
    openai_model: Annotated[str, Field(max_length=200)] | None = None
    openai_stall_seconds: Annotated[float, Field(gt=0, le=60)] = 20.0
    assistant_id: str | None = None
    assistants_dir: Path | None = None
    echo_delay: Annotated[float, Field(ge=0, le=60)] = 1.0
    answer_seconds: Annotated[float, Field(gt=0, le=600)] = 120.0
    retry_seconds: Annotated[float, Field(ge=0, le=300)] = 60.0
    quiet_seconds: Annotated[float, Field(ge=0, le=10)] = 0.7

    ring_queue_url: str | None = None
    # On Lambda: the group of the one-time schedule for timers, which queue it calls, and as whom.
    timer_group: str | None = None
    timer_queue_arn: str | None = None
    timer_role_arn: str | None = None
    # The queue of what goes to places outside: a slow one delays no answer.
    deliver_queue_url: str | None = None
    published_bucket: str | None = None
    # Networks that hooks may reach although they are not public.
    outbound_allow: Annotated[tuple[str, ...], NoDecode] = ()
    # How mail leaves, and whom it is from. Unset, it stays in `data_dir`.
    mail_url: str | None = None
    mail_from: Annotated[str, Field(max_length=300)] | None = None
    # Where visitors' answers to mail go.
    mail_reply_to: Annotated[str, Field(max_length=300)] | None = None
    # The end of AWS's host names: another one in China, for example.
    aws_url_suffix: str = "amazonaws.com"
    aws_region: str = "us-east-1"
    # For tests: find leaked tasks, which a handler leaves running and Lambda would freeze.
    watch_tasks: bool = False
    sweep_seconds: Annotated[float, Field(gt=0)] = 30.0

    # On Lambda, the names of the secrets that hold these; see functions/secret_store.py.
    secret_key_arn: str | None = None
    database_url_arn: str | None = None
    database_ca_arn: str | None = None
    database_owner_url_arn: str | None = None
    openai_key_arn: str | None = None
    identity_key_arn: str | None = None
    mail_url_arn: str | None = None
    origin_secret_arn: str | None = None
    secret_key: Annotated[str, Field(min_length=32)] | None = None
    # Shared with the host site, which signs its people in with it.
    identity_key: Annotated[str, Field(min_length=32)] | None = None
    # The team's own login: the issuer of its tokens, and their audience.
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    # Whom of all that the issuer knows it may send. One of the three lists is required with it.
    oidc_allowed_domains: Annotated[tuple[str, ...], NoDecode] = ()
    oidc_allowed_groups: Annotated[tuple[str, ...], NoDecode] = ()
    oidc_allowed_subs: Annotated[tuple[str, ...], NoDecode] = ()
    oidc_groups_claim: str = "groups"
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    # The proxies whose `X-Forwarded-For` is believed: addresses and networks.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    # CloudFront's viewer address is believed only from a caller that knows this.
    origin_secret: Annotated[str, Field(min_length=16)] | None = None

    # Limits of one chat, one address and one day; 0 is no limit.
    messages_per_minute: Annotated[int, Field(ge=0)] = 60
    chats_per_hour: Annotated[int, Field(ge=0)] = 60
    # What one visitor may read. A manager may read twice as much at once.
    reads_per_minute: Annotated[int, Field(ge=0)] = 600
    # What one visitor may write in one chat and day, in bytes.
    bytes_per_chat: Annotated[int, Field(ge=0)] = 500_000
    sockets_per_chat: Annotated[int, Field(ge=0)] = 20
    sockets_per_address: Annotated[int, Field(ge=0)] = 100
    # How long a request or handshake may take to arrive, and how many may be on their way.
    request_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    half_open_per_address: Annotated[int, Field(ge=0)] = 100
    half_open_sockets: Annotated[int, Field(ge=0)] = 2000
    tokens_per_day: Annotated[int, Field(ge=0)] = 1_000_000
    tokens_per_chat: Annotated[int, Field(ge=0)] = 100_000
    # What the chats of one address may cost, in percent of `tokens_per_day`.
    address_share: Annotated[int, Field(ge=0, le=100)] = 20
    answers_at_once: Annotated[int, Field(ge=1, le=10_000)] = 1000

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("it must be text in UTF-8") from None
        return value

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(urls.origins(value.split(",")))
        return value

    @field_validator("trusted_proxies", "outbound_allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == "none":
            return ()
        named = [one.strip() for one in value.split(",") if one.strip()]
        try:
            for one in named:
                ipaddress.ip_network(one, strict=False)
        except ValueError:
            raise ValueError(
                f"number {named.index(one) + 1} is no address and no network, such as 10.0.0.0/8"
            ) from None
        return tuple(named)

    @field_validator(
        "oidc_allowed_domains", "oidc_allowed_groups", "oidc_allowed_subs", mode="before"
    )
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(one.strip() for one in value.split(",") if one.strip())
        return value

    @field_validator("oidc_allowed_domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        domains = tuple(one.removeprefix("@").lower() for one in value)
        for number, one in enumerate(domains, 1):
            if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", one):
                raise ValueError(f"number {number} is no domain, such as example.com")
        return domains

    @field_validator("public_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return value and urls.http_url(value)

    @field_validator("callback_url")
    @classmethod
    def _callback(cls, value: str | None) -> str | None:
        return value and urls.callback_url(value)

    @field_validator("openai_base_url")
    @classmethod
    def _provider(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value and urls.provider_url(value, info.data.get("openai_api", "responses"))

    @field_validator("mail_url")
    @classmethod
    def _mail(cls, value: str | None) -> str | None:
        return value and urls.mail_url(value)

    @field_validator("mail_from", "mail_reply_to")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(
            r"[^<>\n\r]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", value
        ):
            raise ValueError("it must look like Shop <chat@shop.example>")
        return value

    @field_validator("oidc_issuer", "ring_queue_url", "deliver_queue_url")
    @classmethod
    def _as_written(cls, value: str | None) -> str | None:
        # Tokens name an issuer letter by letter, and AWS names a queue so.
        if value:
            urls.http_url(value)
        return value

    @field_validator("ws_url", "manager_ws_url")
    @classmethod
    def _ws(cls, value: str | None) -> str | None:
        return value and urls.ws_url(value)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            raise ValueError("OIDC_ISSUER and OIDC_AUDIENCE need each other")
        allowed = self.oidc_allowed_domains + self.oidc_allowed_groups + self.oidc_allowed_subs
        if self.mail_url and not self.mail_from:
            raise ValueError("MAIL_URL needs MAIL_FROM")
        if self.oidc_issuer and not allowed:
            raise ValueError(NOBODY_ALLOWED)
        return self

    @property
    def limits(self) -> Limits:
        frames = Rate.per(self.messages_per_minute * 5, 60, at_once=5)
        reads = Rate.per(self.reads_per_minute, 60, at_once=5)
        return Limits(
            messages=Rate.per(self.messages_per_minute, 60, at_once=2),
            frames=frames,
            # A strict limit on messages leaves a page its pings.
            idle_frames=Rate(max(frames.burst, 60), max(frames.refill, 1.0))
            if frames.burst
            else frames,
            chats=Rate.per(self.chats_per_hour, 3600, at_once=3),
            reads=reads,
            manager_reads=Rate(reads.burst * 2, reads.refill),
            searches=Rate(-(-reads.burst // 2), reads.refill / 5),
            tries=Rate.per(min(TRIES_PER_MINUTE, self.messages_per_minute), 60, at_once=1),
            sockets_per_chat=self.sockets_per_chat,
            sockets_per_address=self.sockets_per_address,
            tokens_per_day=self.tokens_per_day,
            tokens_per_chat=self.tokens_per_chat,
            tokens_per_address=self.tokens_per_address,
            bytes_per_chat=self.bytes_per_chat,
        )

    @property
    def tokens_per_address(self) -> int:
        """What the chats of one address may cost a day; 0 is no limit."""
        share = self.tokens_per_day * self.address_share // 100
        return max(1, share) if self.tokens_per_day and self.address_share else 0

    @property
    def is_echo(self) -> bool:
        """Whether no assistant can be asked, and visitors get their own words back."""
        return not (self.openai_key or "").strip() and not self.openai_base_url

    @property
    def dsn(self) -> str | None:
        """The database's address, or None when neither `DATABASE_URL` nor `POSTGRES_*` is set."""
        if self.database_url:
            return self.database_url
        if not (self.postgres_host or self.postgres_user or self.postgres_db):
            return None
        user = quote(self.postgres_user or "postgres", safe="")
        password = f":{quote(self.postgres_password, safe='')}" if self.postgres_password else ""
        host, port = self.postgres_host or "localhost", self.postgres_port
        database = quote(self.postgres_db or self.postgres_user or "postgres", safe="")
        if host.startswith("/"):
            folder = urlencode({"host": host, "port": port})
            return f"postgresql://{user}{password}@/{database}?{folder}"
        host = f"[{host}]" if ":" in host else host
        return f"postgresql://{user}{password}@{host}:{port}/{database}"


def read(**overrides: object) -> Settings:
    """Read the environment. Raises `Misconfigured` naming each variable that is wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(filter(None, ("_".join(map(str, e["loc"])).upper(), e["msg"])))
            for e in error.errors()
        )
        raise Misconfigured(f"Please correct these settings. {wrong}") from None
