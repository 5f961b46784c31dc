"""`/docs`: for managers where people sign in, and under a policy that allows no foreign script."""

from tests.access.people import call, people, signed
from tests.server import PoolOf, Serve


def rules(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in parts}


async def test_its_policy_differs_from_the_consoles_in_trusted_types_alone(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    _, tokens = await people(server, await pool_of(server))
    page = call(server, "GET", "/docs", tokens["agent"])
    console = call(server, "GET", "/manager")
    ours = rules(page.headers["content-security-policy"])
    strict = rules(console.headers["content-security-policy"])
    assert set(strict) - set(ours) == {"require-trusted-types-for", "trusted-types"}
    assert ours.pop("connect-src") == "'self'"
    assert ours.items() <= strict.items() and "'unsafe" not in str(ours)
    assert page.headers["x-frame-options"] == "DENY"
    # Nothing is left in the page that the policy would forbid.
    assert "<script>" not in page.text and "style=" not in page.text and "onload" not in page.text


def test_a_stranger_gets_the_description_and_not_the_page(shared: Serve) -> None:
    server = signed(shared)
    for path in ("/docs", "/docs/swagger-ui-bundle.js", "/docs/start.js"):
        refused = call(server, "GET", path)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert call(server, "GET", "/openapi.json").json()["info"]["title"] == "Switchboard"
    assert call(server, "GET", "/redoc").status_code == 404
