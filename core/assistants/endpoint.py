"""Where a provider is: the address in `OPENAI_BASE_URL`, taken apart."""

from urllib.parse import parse_qs, urlsplit

from core.value import value

OPENAI_URL = "https://api.openai.com/v1"
# Those that renamed an option for all their models.
OPENAIS = (".openai.com", ".azure.com")


@value
class Endpoint:
    """`api_version`: the date of Azure's older addresses, which take their key in `api-key`."""

    url: str
    api_version: str | None = None

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI itself, or Azure's."""
        host = urlsplit(self.url).hostname or ""
        return f".{host}".endswith(OPENAIS)

    @property
    def needs_deployment(self) -> bool:
        """Whether a path below Azure's address names the model."""
        return self.api_version is not None and self.url.endswith("/openai")


def read(address: str) -> Endpoint:
    """The endpoint of an address that the settings have checked."""
    parts = urlsplit(address)
    (version,) = parse_qs(parts.query).get("api-version", [None])
    return Endpoint(parts._replace(query="").geturl(), version)
