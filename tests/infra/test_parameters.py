"""What is set is read, and what is read is set: by the template, and by docker-compose."""

import ast
import re

import pytest
import yaml

from core.settings import Settings
from functions.secret_store import SECRETS
from local.localstack import read_template
from tests.infra.readers import FIELDS, read_anywhere, read_by, sources, tree
from tests.infra.template import NAMES, Resources, environment, references, strings
from tests.infra.tools import ROOT

FUNCTIONS = (*NAMES, "Migrate")
# On AWS these settings have no parameter, and why. docs/configuration.md says so as well.
NO_PARAMETER = {
    "host": "API Gateway listens",
    "port": "API Gateway listens",
    "app_ports": "docker-compose's",
    "ping_seconds": "API Gateway keeps the sockets",
    "request_seconds": "API Gateway takes the requests",
    "half_open_per_address": "API Gateway takes the requests",
    "half_open_sockets": "API Gateway takes the requests",
    "trusted_proxies": "API Gateway says whose the address is; OriginSecret is for CloudFront",
    "nodes_secret": "IAM protects the callbacks",
    "callback_url": "it is each event's own API",
    "aws_region": "Lambda sets it",
    "sweep_seconds": "the schedule's rate",
    "data_dir": "there is no embedded database",
    "assistants_dir": "profiles are built into the package, in core/assistants",
    "watch_tasks": "for tests",
    "answers_at_once": "a container answers one chat; AnswersAtOnce bounds the containers",
    **dict.fromkeys(
        ("postgres_user", "postgres_password", "postgres_db", "postgres_host", "postgres_port"),
        "DatabaseUrl names all of it",
    ),
}
# The template sets these to what its other parts demand. No parameter changes them.
FIXED = {
    "ANSWER_SECONDS": "below the function's timeout, which is below the queue's",
    "DATABASE_CONNECTIONS": "a container handles one event at a time",
}
# The template sets it for all functions, and only those that see connections read it.
ONLY_SOME_READ = ("aws_url_suffix",)
# What a function could read, and is not given on purpose.
NOT_GIVEN = {
    # A socket that opens writes to the database anyway, and S3's client would make it start later.
    "Connect": {"published_bucket"},
}
# docker-compose does not hand these on, and why.
NOT_HANDED_ON = {
    **dict.fromkeys(("host", "port", "data_dir"), "the image's own"),
    **dict.fromkeys((f"{name}_arn" for name in SECRETS), "AWS's"),
    **dict.fromkeys(("aws_url_suffix", "ws_url", "manager_ws_url"), "AWS's"),
    "ring_queue_url": "LocalStack's queue",
    **dict.fromkeys(("timer_group", "timer_queue_arn", "timer_role_arn"), "AWS's"),
    "deliver_queue_url": "in memory",
    "published_bucket": "a file",
    "callback_url": "each container's own address",
    "assistants_dir": "a folder of the container; it needs a volume, too",
    "watch_tasks": "for tests",
}
# Read from the environment by code of ours that has no Settings.
READ_DIRECTLY = {"AWS_ENDPOINT_URL": "AWS's libraries read it in the same way"}


def given_to(resources: Resources, name: str) -> set[str]:
    """The settings of a function, by the template. A secret's name gives what it holds."""
    variables = {variable.lower() for variable in environment(resources, name)}
    return variables | {one for one in SECRETS if f"{one}_arn" in variables}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_reads_what_the_template_sets_for_it(name: str, resources: Resources) -> None:
    shared = read_template()["Globals"]["Function"]["Environment"]["Variables"]
    own = {variable.lower() for variable in environment(resources, name)} - {
        variable.lower() for variable in shared
    }
    assert own <= read_by(name.lower()), own - read_by(name.lower())


@pytest.mark.parametrize("name", NAMES)
def test_every_function_reads_what_the_template_sets_for_all(name: str) -> None:
    shared = read_template()["Globals"]["Function"]["Environment"]["Variables"]
    unread = {variable.lower() for variable in shared} - read_by(name.lower())
    assert unread <= {*ONLY_SOME_READ}
    assert {*ONLY_SOME_READ} <= set().union(*(read_by(one.lower()) for one in NAMES))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_given_what_it_reads(name: str, resources: Resources) -> None:
    missing = read_by(name.lower()) - given_to(resources, name) - {*NO_PARAMETER}
    assert missing == NOT_GIVEN.get(name, set())


def test_each_setting_is_a_parameter_or_said_to_be_none(resources: Resources) -> None:
    given = set().union(*(given_to(resources, name) for name in FUNCTIONS))
    assert given | {*NO_PARAMETER} == FIELDS
    assert not given & {*NO_PARAMETER}


def test_what_no_parameter_changes_is_said(resources: Resources) -> None:
    fixed = {
        variable
        for name in FUNCTIONS
        for variable, value in environment(resources, name).items()
        if not [*references(value)] and "${" not in "".join(strings(value))
    }
    assert fixed == {*FIXED}


def test_the_page_says_which_settings_have_no_parameter() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    said = page.partition("## On Lambda only")[2].partition("\n## ")[0]
    named = {word.lower() for word in re.findall(r"`([A-Z][A-Z_]+)`", said)}
    assert {*NO_PARAMETER} - {"postgres_user", "postgres_password"} <= named | {
        "postgres_db", "postgres_host", "postgres_port"
    }  # fmt: skip


def test_all_parameters_are_used() -> None:
    template = read_template()
    used = {*references({k: v for k, v in template.items() if k != "Parameters"})}
    used |= {name for text in strings(template) for name in re.findall(r"\$\{(\w+)\}", text)}
    assert {*template["Parameters"]} <= used


def test_every_setting_is_read_by_something() -> None:
    assert not FIELDS - read_anywhere()


def test_the_defaults_of_parameters_are_those_of_the_settings(resources: Resources) -> None:
    parameters = read_template()["Parameters"]
    for name in FUNCTIONS:
        for variable, value in environment(resources, name).items():
            parameter = parameters.get(value.get("Ref") if isinstance(value, dict) else None, {})
            default = Settings.model_fields[variable.lower()].default
            if isinstance(default, int | float) and not isinstance(default, bool):
                assert "Default" not in parameter or float(parameter["Default"]) == default, (
                    variable
                )


def test_the_environment_is_read_by_the_settings_alone() -> None:
    found = set()
    for file in sources("core", "functions", "local", "main.py"):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                found |= {*re.findall(r"""environ\S*?["'](\w+)["']""", file.read_text())}
    assert found == {*READ_DIRECTLY}


def test_docker_compose_hands_on_each_setting_or_it_is_said_to_be_none() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    handed_on = {name.lower() for name in compose["services"]["app"]["environment"]} & FIELDS
    assert handed_on | {*NOT_HANDED_ON} == FIELDS
    assert not handed_on & {*NOT_HANDED_ON}
