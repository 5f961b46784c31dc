"""The template as CloudFormation gets it, and what no linter says about it."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from core.settings import Settings
from infra import migrations
from local.localstack import queue_template, read_template
from tests.infra.tools import ROOT, tool

Resources = dict[str, Any]
NAMES = ("Connect", "Message", "Disconnect", "Http", "Sweep", "Responder")
ALL = {
    *("LOG_LEVEL", "CONNECTIONS_ARN", "DATABASE_PROXY", "DATABASE_CONNECTIONS", "AWS_URL_SUFFIX"),
}
SIX = ALL | {"SECRET_KEY_ARN", "RING_QUEUE_URL"}
ENVIRONMENTS = {
    "Migrate": ALL,
    "Connect": SIX | {"PUBLIC_URL", "ALLOWED_ORIGINS"},
    "Message": SIX,
    "Disconnect": SIX,
    "Http": SIX
    | {"PUBLIC_URL", "ALLOWED_ORIGINS", "WS_URL", "MANAGER_WS_URL"}
    | {"TOKENS_PER_DAY", "ADDRESS_SHARE"},
    "Sweep": SIX,
    "Responder": SIX
    | {"ASSISTANT_ID", "ANSWER_SECONDS", "TOKENS_PER_DAY", "ADDRESS_SHARE"}
    | {"OPENAI_BASE_URL", "OPENAI_API", "OPENAI_MODEL"},
}
BASIC = {"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"}
MAY = {
    "Migrate": set(),
    "Connect": {"ReadSecrets", "Push"},
    "Message": {"ReadSecrets", "Push", "Ring"},
    "Disconnect": {"ReadSecrets", "Push"},
    "Http": {"ReadSecrets", "Push", "Ring"},
    "Sweep": {"ReadSecrets", "Push", "Ring"},
    "Responder": {"ReadSecrets", "Push", "Ring"},
}


def properties(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def environment(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(resources, f"{name}Function")["Environment"]["Variables"]
    return found


def strings(value: object) -> Iterator[str]:
    """Every text in a tree."""
    match value:
        case str():
            yield value
        case dict():
            for key, held in value.items():
                yield from strings(key)
                yield from strings(held)
        case list():
            for held in value:
                yield from strings(held)


def references(value: object) -> Iterator[str]:
    """Every logical id that a tree names."""
    if isinstance(value, list):
        for held in value:
            yield from references(held)
    if isinstance(value, dict):
        for key, held in value.items():
            if key == "Ref":
                yield held
            elif key == "Fn::GetAtt":
                yield (held if isinstance(held, list) else held.split("."))[0]
            else:
                yield from references(held)


def test_cfn_lint_finds_nothing() -> None:
    done = subprocess.run(
        [tool("sam", "cfn-lint"), ROOT / "infra" / "template.yaml"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_reference_leads_to_a_resource(resources: Resources) -> None:
    known = {*resources, *read_template()["Parameters"]}
    named = {name for name in references(resources) if not name.startswith("AWS::")}
    named |= {r["DependsOn"] for r in resources.values() if isinstance(r.get("DependsOn"), str)}
    assert named <= known, named - known


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_functions_environment_holds_what_its_settings_read(
    name: str, resources: Resources
) -> None:
    given = environment(resources, name)
    assert set(given) == ENVIRONMENTS[name]
    assert {variable.lower() for variable in given} <= set(Settings.model_fields)


def test_no_secret_stands_in_plain_text(resources: Resources) -> None:
    held = properties(resources, "Connections")["SecretString"]
    for name, resource in resources.items():
        if name != "Connections":
            for text in strings(resource):
                assert "DatabaseUrl" not in text and "OpenAiKey" not in text, name
    assert "${DatabaseUrl}" in held["Fn::Sub"] and "${OpenAiKey}" in held["Fn::Sub"]
    parameters = read_template()["Parameters"]
    for secret in ("DatabaseUrl", "OpenAiKey"):
        assert parameters[secret]["NoEcho"] and '"' in parameters[secret]["AllowedPattern"]
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
    inline = role.get("Policies", [])
    statements = [s for policy in inline for s in policy["PolicyDocument"]["Statement"]]
    actions = {action for statement in statements for action in statement["Action"]}
    assert all(s["Resource"] != "*" for s in statements)
    match name:
        case "Responder":
            assert actions and all(action.startswith("sqs:") for action in actions)
        case "Migrate":
            assert actions == {"secretsmanager:GetSecretValue"}
        case _:
            assert not actions


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
    for name in ("Push", "Ring", "ReadSecrets"):
        for held in properties(resources, name)["PolicyDocument"]["Statement"]:
            assert held["Resource"] != "*"


def test_an_answer_ends_before_its_function_and_that_before_its_job_comes_back(
    resources: Resources,
) -> None:
    answer = float(environment(resources, "Responder")["ANSWER_SECONDS"])
    function = properties(resources, "ResponderFunction")["Timeout"]
    visibility = properties(resources, "Rings")["VisibilityTimeout"]
    assert answer < function < visibility


def test_jobs_are_taken_one_by_one_and_fail_one_by_one(resources: Resources) -> None:
    mapping = properties(resources, "RingsToResponder")
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "AnswersAtOnce"}}
    queue, dead = properties(resources, "Rings"), properties(resources, "DeadRings")
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert "FifoQueue" not in queue and "FifoQueue" not in dead
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_localstack_gets_the_very_same_queues(resources: Resources) -> None:
    queues = json.loads(queue_template())["Resources"]
    assert set(queues) == {"Rings", "DeadRings"}
    for name, queue in queues.items():
        assert queue["Properties"] == properties(resources, name)


@pytest.mark.parametrize(("api", "stage"), [("UserApi", "ws"), ("ManagerApi", "manager")])
def test_each_side_has_its_stage_and_answers_on_its_default_route(
    api: str, stage: str, resources: Resources
) -> None:
    held = properties(resources, f"{api}{stage}Stage")
    assert held["StageName"] == stage and held["AutoDeploy"] is True
    settings = held["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert properties(resources, api)["RouteSelectionExpression"] == "$request.body.action"
    for route in ("Connect", "Default", "Disconnect"):
        found = properties(resources, f"{api}{route}Route")
        assert found["RouteKey"] == f"${route.lower()}"
        two_way = found.get("RouteResponseSelectionExpression") == "$default"
        assert two_way is (route == "Default")
    answers = [
        r["Properties"]
        for r in resources.values()
        if r["Type"] == "AWS::ApiGatewayV2::RouteResponse"
        and r["Properties"]["ApiId"] == {"Ref": api}
    ]
    route_id = {"Ref": f"{api}DefaultRoute"}
    assert [(a["RouteId"], a["RouteResponseKey"]) for a in answers] == [(route_id, "$default")]


def test_every_function_waits_for_the_migration_which_waits_for_none(
    resources: Resources,
) -> None:
    for name in NAMES:
        assert resources[f"{name}Function"]["DependsOn"] == "Migration"
    assert "DependsOn" not in resources["MigrateFunction"]
    migration = properties(resources, "Migration")
    assert migration["ServiceToken"] == {"Fn::GetAtt": ["MigrateFunction", "Arn"]}
    timeout = properties(resources, "MigrateFunction")["Timeout"]
    assert timeout < int(migration["ServiceTimeout"])


def test_the_migrations_hash_is_that_of_the_files(resources: Resources) -> None:
    said = "run: python3 infra/migrations.py"
    assert properties(resources, "Migration")["Hash"] == migrations.digest(), said


def test_all_functions_run_alike(resources: Resources) -> None:
    for name in ENVIRONMENTS:
        function = properties(resources, f"{name}Function")
        assert function["Runtime"] == "python3.13" and function["Architectures"] == ["arm64"]
        assert function["Handler"] == f"functions.{name.lower()}.handler"
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionLogs"}}
        assert function["Timeout"] <= 29 or name in ("Migrate", "Sweep", "Responder")


def test_access_logs_hold_no_query_strings(resources: Resources) -> None:
    stages = [r["Properties"] for r in resources.values() if r["Type"].endswith("V2::Stage")]
    assert len(stages) == 3
    for stage in stages:
        variables = json.loads(stage["AccessLogSettings"]["Format"]).values()
        for secret in ("query", "authorizer", "header", "$context.requestOverride"):
            assert not any(secret in variable for variable in variables)
    for name in ("FunctionLogs", "AccessLogs"):
        assert properties(resources, name)["RetentionInDays"] == {"Ref": "LogDays"}


def test_dead_letters_waiting_jobs_and_errors_raise_an_alarm(resources: Resources) -> None:
    dead = properties(resources, "DeadLettersAlarm")
    assert dead["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["DeadRings", "QueueName"]}
    oldest = properties(resources, "OldestRingAlarm")
    assert oldest["Threshold"] > properties(resources, "Rings")["VisibilityTimeout"]
    metrics = properties(resources, "ErrorsAlarm")["Metrics"]
    watched = {
        metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"]
        for metric in metrics
        if "MetricStat" in metric
    }
    assert watched == {f"{name}Function" for name in NAMES}
