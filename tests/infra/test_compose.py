"""docker-compose.yml: both versions accept it, and it starts and keeps what is needed."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from core.settings import Settings
from tests.infra.tools import ROOT, tool


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


def test_the_first_version_accepts_the_file(compose: dict[str, Any]) -> None:
    folder = tool("compose").parent.parent
    (schema,) = folder.glob("lib/python*/site-packages/compose/config/compose_spec.json")
    rules = json.loads(schema.read_text())
    validator = jsonschema.Draft201909Validator(rules)
    validator.validate(compose)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"services": {"app": {"prots": ["8000"]}}})


def test_its_second_version_accepts_the_file(tmp_path: Path) -> None:
    assert second_version(ROOT / "docker-compose.yml").returncode == 0
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("ports:", "prots:"))
    assert "prots" in second_version(wrong).stderr


def test_the_nodes_secret_is_given_or_made_and_has_no_default(tmp_path: Path) -> None:
    assert app_environment("")["NODES_SECRET"] == ""
    given = tmp_path / "env"
    given.write_text("NODES_SECRET=given by the one who runs it\n")
    assert app_environment(given)["NODES_SECRET"] == "given by the one who runs it"


def app_environment(env_file: str | Path) -> dict[str, str]:
    """What the app's containers are started with, from `.env` of this content."""
    done = second_version(ROOT / "docker-compose.yml", env_file)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["services"]["app"]["environment"])


def second_version(file: Path, env_file: str | Path = "") -> subprocess.CompletedProcess[str]:
    """How the second version reads the file; no engine is needed."""
    program = tool("compose-v2", "docker-compose")
    return subprocess.run(
        [program, "--env-file", env_file or os.devnull, "--file", file, "config", "--format=json"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_everything_is_healthy_before_the_app_starts(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, wanted in services["app"]["depends_on"].items():
        assert wanted == {"condition": "service_healthy"}
        assert "healthcheck" in services[name]
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert services["localstack"]["image"] == "localstack/localstack:4.14.0"
    assert services["postgres"]["image"] == "postgres:18"


def test_nothing_but_the_app_is_published_and_that_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert list(published) == ["app"]
    assert all(port.startswith("127.0.0.1:") for port in published["app"])


def test_data_outlives_its_containers(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert volumes and set(volumes) <= set(compose["volumes"]), name


def test_the_app_gets_only_what_it_reads(compose: dict[str, Any]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    # botocore's own.
    aws = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(compose["services"]["app"]["environment"]) - aws <= known
    example = (ROOT / ".env.example").read_text().splitlines()
    named = {line.lstrip("#").split("=")[0] for line in example if "=" in line}
    handed_on = json.dumps(compose)
    assert all(f"${{{name}" in handed_on for name in named)
