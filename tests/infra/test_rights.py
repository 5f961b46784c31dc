"""What each function of the template is told, may do and may read: its own part, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.settings import Settings
from functions.secret_store import SECRETS
from local.localstack import read_template
from tests.infra.template import Resources, environment, properties, references, strings

# Their limits are one another's: each function counts what it sees.
LIMITS = {
    *("MESSAGES_PER_MINUTE", "CHATS_PER_HOUR", "SOCKETS_PER_CHAT", "SOCKETS_PER_ADDRESS"),
    *("TOKENS_PER_DAY", "TOKENS_PER_CHAT", "ADDRESS_SHARE", "READS_PER_MINUTE", "BYTES_PER_CHAT"),
}
ALL = LIMITS | {
    *("LOG_LEVEL", "DATABASE_URL_ARN", "DATABASE_CA_ARN", "DATABASE_PROXY"),
    *("DATABASE_CONNECTIONS", "AWS_URL_SUFFIX", "ECHO_DELAY"),
    *("TIMER_GROUP", "TIMER_QUEUE_ARN", "TIMER_ROLE_ARN"),
}
SIX = ALL | {"RING_QUEUE_URL", "DELIVER_QUEUE_URL"}
SIGNS = {"SECRET_KEY_ARN", "ORIGIN_SECRET_ARN", "PUBLIC_URL", "ALLOWED_ORIGINS"}
OIDC = {
    *("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_GROUPS_CLAIM"),
    *("OIDC_ALLOWED_DOMAINS", "OIDC_ALLOWED_GROUPS", "OIDC_ALLOWED_SUBS"),
}
ENVIRONMENTS = {
    "Migrate": ALL | {"DATABASE_OWNER_URL_ARN"},
    "Connect": SIX | SIGNS,
    "Message": SIX,
    "Disconnect": SIX,
    "Http": SIX
    | SIGNS
    | OIDC
    | {"IDENTITY_KEY_ARN", "WS_URL", "MANAGER_WS_URL", "PUBLISHED_BUCKET"}
    | {"ASSISTANT_ID", "OPENAI_KEY_ARN"}
    | {"OPENAI_BASE_URL", "OPENAI_API", "OPENAI_MODEL", "OPENAI_STALL_SECONDS"}
    | {"MAIL_FROM"},
    "Sweep": SIX,
    "Responder": SIX
    | {"ASSISTANT_ID", "ANSWER_SECONDS", "OPENAI_KEY_ARN"}
    | {"OPENAI_BASE_URL", "OPENAI_API", "OPENAI_MODEL", "OPENAI_STALL_SECONDS"}
    | {"RETRY_SECONDS", "QUIET_SECONDS"},
    "Deliver": SIX
    | {"SECRET_KEY_ARN", "PUBLIC_URL", "ALLOWED_ORIGINS"}
    | {"OUTBOUND_ALLOW", "MAIL_URL_ARN", "MAIL_FROM", "MAIL_REPLY_TO"},
}
BASIC = {"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"}
MAY = {
    "Migrate": {"ReadDatabase"},
    **{
        name: {"ReadDatabase", "Push", "Ring", "SetTimers", "Deliver"}
        for name in ("Connect", "Message", "Disconnect", "Sweep", "Responder")
    },
    "Http": {"ReadDatabase", "Push", "Ring", "SetTimers", "Deliver", "Publish"},
    "Deliver": {"ReadDatabase", "Deliver"},
}
# Of the secrets, beside the database's address and authority.
READS = {
    "Migrate": {"DatabaseOwner"},
    "Connect": {"SecretKey", "CloudFrontSecret"},
    "Message": set(),
    "Disconnect": set(),
    "Http": {"SecretKey", "CloudFrontSecret", "IdentitySecret", "OpenAiSecret"},
    "Sweep": set(),
    "Responder": {"OpenAiSecret"},
    "Deliver": {"SecretKey", "MailSecret"},
}
# Each secret holds one parameter, as it is.
HOLDS = {
    "DatabaseAddress": "DatabaseUrl",
    "DatabaseOwner": "DatabaseOwnerUrl",
    "DatabaseAuthority": "DatabaseCa",
    "OpenAiSecret": "OpenAiKey",
    "IdentitySecret": "IdentityKey",
    "CloudFrontSecret": "OriginSecret",
    "MailSecret": "MailUrl",
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_functions_environment_holds_what_its_settings_read(
    name: str, resources: Resources
) -> None:
    given = environment(resources, name)
    assert set(given) == ENVIRONMENTS[name]
    assert {variable.lower() for variable in given} <= set(Settings.model_fields)


def test_no_secret_stands_in_plain_text(resources: Resources) -> None:
    secrets = {n for n, r in resources.items() if r["Type"] == "AWS::SecretsManager::Secret"}
    assert secrets == {*HOLDS, "SecretKey"}
    for name, parameter in HOLDS.items():
        assert properties(resources, name)["SecretString"] == {"Ref": parameter}
    for name, resource in resources.items():
        if name not in HOLDS:
            assert not {*references(resource)} & {*HOLDS.values()}, name
            texts = [*strings(resource)]
            assert not any(f"${{{one}}}" in text for one in HOLDS.values() for text in texts), name
    parameters = read_template()["Parameters"]
    for secret in set(HOLDS.values()) - {"DatabaseCa"}:
        assert parameters[secret]["NoEcho"], secret
    generated = properties(resources, "SecretKey")
    assert generated["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in generated


@pytest.mark.parametrize("name", MAY)
def test_a_function_may_do_what_it_does_and_no_more(name: str, resources: Resources) -> None:
    role = properties(resources, f"{name}FunctionRole")
    given = {p["Ref"] for p in role["ManagedPolicyArns"] if isinstance(p, dict) and "Ref" in p}
    named = {p.rsplit("/", 1)[-1] for p in role["ManagedPolicyArns"] if isinstance(p, str)}
    assert given == MAY[name]
    assert named <= BASIC
    statements = [*inline(role)]
    assert all(s["Resource"] != "*" for s in statements)
    secrets = [s for s in statements if actions(s) == {"secretsmanager:GetSecretValue"}]
    assert {one for s in secrets for one in references(s["Resource"])} - {"AWS::NoValue"} == READS[
        name
    ]
    others = [s for s in statements if s not in secrets]
    if name in ("Responder", "Deliver"):
        sends = {"ses:SendEmail", "ses:SendRawEmail"} if name == "Deliver" else set()
        done = {a for s in others for a in actions(s)} - sends
        assert done and all(a.startswith("sqs:") for a in done)
    else:
        assert not others


@pytest.mark.parametrize("name", MAY)
def test_a_function_is_told_of_the_secrets_that_it_may_read(
    name: str, resources: Resources
) -> None:
    arns = {f"{one}_ARN".upper() for one in SECRETS}
    told = {k: v for k, v in environment(resources, name).items() if k in arns}
    shared = {"DatabaseAddress", "DatabaseAuthority"}
    assert {one for value in told.values() for one in references(value)} == READS[name] | shared


def inline(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a role's own policies, also of those that depend on a condition."""
    for policy in role.get("Policies", []):
        held = policy["Fn::If"][1] if "Fn::If" in policy else policy
        yield from held["PolicyDocument"]["Statement"]


def actions(statement: dict[str, Any]) -> set[str]:
    given = statement["Action"]
    return {given} if isinstance(given, str) else set(given)


def test_all_read_the_database_and_no_other_secret_by_it(resources: Resources) -> None:
    (statement,) = properties(resources, "ReadDatabase")["PolicyDocument"]["Statement"]
    assert {*references(statement)} - {"AWS::NoValue"} == {"DatabaseAddress", "DatabaseAuthority"}
    assert statement["Action"] == "secretsmanager:GetSecretValue"


def test_what_is_not_given_costs_no_secret(resources: Resources) -> None:
    conditions = read_template()["Conditions"]
    for name in set(HOLDS) - {"DatabaseAddress"}:
        condition = conditions[resources[name]["Condition"]]
        assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": HOLDS[name]}, ""]}]}


def test_pushing_reaches_these_two_apis_and_no_other(resources: Resources) -> None:
    (statement,) = properties(resources, "Push")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:ManageConnections"
    paths = {arn["Fn::Sub"].rsplit(":", 1)[1] for arn in statement["Resource"]}
    assert paths == {
        "${UserApi}/ws/POST/@connections/*",
        "${UserApi}/ws/DELETE/@connections/*",
        "${ManagerApi}/manager/POST/@connections/*",
        "${ManagerApi}/manager/DELETE/@connections/*",
    }
    for name in ("Push", "Ring", "Deliver", "ReadDatabase"):
        for held in properties(resources, name)["PolicyDocument"]["Statement"]:
            assert held["Resource"] != "*"
