"""The template as CloudFormation gets it, and what no linter says about it."""

import json
import subprocess

import pytest

from core.app import App
from functions.http import create_api
from infra import migrations
from local.localstack import queue_template, read_template
from tests.infra.template import NAMES, Resources, environment, properties, references
from tests.infra.tools import ROOT, tool


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


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("Connect", "ConnectsAtOnce"),
        ("Message", "MessagesAtOnce"),
        ("Disconnect", "DisconnectsAtOnce"),
        ("Http", "CallsAtOnce"),
    ],
)
def test_concurrency_is_reserved_only_where_a_number_is_given(
    name: str, parameter: str, resources: Resources
) -> None:
    given = properties(resources, f"{name}Function")["ReservedConcurrentExecutions"]
    condition, number, none = given["Fn::If"]
    assert (number, none) == ({"Ref": parameter}, {"Ref": "AWS::NoValue"})
    template = read_template()
    assert template["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]
    }
    assert template["Parameters"][parameter]["Default"] == ""


def test_calls_that_cost_have_throttles_of_their_own(resources: Resources) -> None:
    stage = properties(resources, "HttpStage")
    rates = {k: v["ThrottlingRateLimit"]["Ref"] for k, v in stage["RouteSettings"].items()}
    assert rates == {
        "POST /chats": "ChatsPerSecond",
        "POST /tickets": "TicketsPerSecond",
        "POST /manager/session": "SignInsPerSecond",
        "ANY /manager/{proxy+}": "RequestsPerSecond",
    }
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    routes = {
        name: r["Properties"]["RouteKey"]
        for name, r in resources.items()
        if r["Type"] == "AWS::ApiGatewayV2::Route"
        and r["Properties"]["ApiId"] == {"Ref": "HttpApi"}
    }
    # A stage refuses the settings of a route that is not there.
    assert set(rates) == {routes[name] for name in resources["HttpStage"]["DependsOn"]}
    assert set(routes.values()) == {*rates, "$default"}
    # A path that the API does not have would guard nothing.
    served = {
        f"{method.upper()} {path}"
        for path, methods in create_api(no_app).openapi()["paths"].items()
        for method in methods
    }
    assert set(rates) - served == {"ANY /manager/{proxy+}"}


async def no_app() -> App:
    raise NotImplementedError


def test_the_http_apis_own_address_can_be_closed(resources: Resources) -> None:
    closed = properties(resources, "HttpApi")["DisableExecuteApiEndpoint"]
    assert closed == {"Ref": "DisableExecuteApiEndpoint"}
    template = read_template()
    assert template["Parameters"]["DisableExecuteApiEndpoint"]["Default"] == "false"
    # Without another address nobody would reach it.
    assert {*references(template["Rules"]["OwnAddress"])} == {
        "DisableExecuteApiEndpoint",
        "PublicUrl",
    }


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


def test_notices_have_a_queue_and_a_function_of_their_own(resources: Resources) -> None:
    mapping = properties(resources, "DeliveriesToDeliver")
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Deliveries", "Arn"]}
    assert mapping["FunctionName"] == {"Ref": "DeliverFunction"}
    assert (mapping["BatchSize"], mapping["ScalingConfig"]["MaximumConcurrency"]) == (1, 8)
    queue, function = properties(resources, "Deliveries"), properties(resources, "DeliverFunction")
    assert function["Timeout"] < queue["VisibilityTimeout"]
    alarm = properties(resources, "DeadDeliveriesAlarm")
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["DeadDeliveries", "QueueName"]}


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
    # A sign of life gets no answer, and calls the same function.
    (keep,) = (
        r["Properties"]
        for r in resources.values()
        if r["Type"] == "AWS::ApiGatewayV2::Route"
        and r["Properties"]["ApiId"] == {"Ref": api}
        and r["Properties"]["RouteKey"] == "keep"
    )
    assert "RouteResponseSelectionExpression" not in keep
    (target,) = set(references(keep["Target"])) - {api}
    assert "MessageFunction" in set(references(properties(resources, target)))
    answers = [
        r["Properties"]
        for r in resources.values()
        if r["Type"] == "AWS::ApiGatewayV2::RouteResponse"
        and r["Properties"]["ApiId"] == {"Ref": api}
    ]
    route_id = {"Ref": f"{api}DefaultRoute"}
    assert [(a["RouteId"], a["RouteResponseKey"]) for a in answers] == [(route_id, "$default")]


def test_only_the_echo_lets_a_message_wait_in_the_queue(resources: Resources) -> None:
    for name in NAMES:
        assert environment(resources, name)["ECHO_DELAY"] == {
            "Fn::If": ["Echoes", {"Ref": "EchoDelay"}, 0]
        }


def test_what_waits_has_little_memory(resources: Resources) -> None:
    sizes = {name: properties(resources, f"{name}Function")["MemorySize"] for name in NAMES}
    assert sizes == {name: 256 if name == "Responder" else 512 for name in NAMES}


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
    for name in (*NAMES, "Migrate"):
        function = properties(resources, f"{name}Function")
        assert function["Runtime"] == "python3.13" and function["Architectures"] == ["arm64"]
        assert function["Handler"] == f"functions.{name.lower()}.handler"
        assert function["LoggingConfig"] == {
            "LogGroup": {"Ref": "FunctionLogs"}, "LogFormat": "JSON", "SystemLogLevel": "WARN"
        }  # fmt: skip
        assert function["Timeout"] <= 29 or name in ("Migrate", "Sweep", "Responder", "Deliver")


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
