"""Somebody else's AWS: ministack, with API Gateway, Lambda, SQS and CloudFormation in a process.

Version 1.5.33 lacks four things that the template has, and `fitting` does without them:
- it has no resource type AWS::ApiGatewayV2::RouteResponse, and sends every route's answer;
- it has no group of schedules, so what is due later waits for the sweep;
- it takes no `Metrics` in an alarm;
- a `MaximumConcurrency` that refers to a parameter stays text, on which its poller fails.
It knows no permissions (AUTH=true checks users, not the functions' roles), no throttles, no
timeout of a message's route, and gives the status of a refused handshake as 403.
"""

import json
import os
import platform
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.infra.tools import tool, wait_until_healthy

START_SECONDS = 120.0
DEPLOY_SECONDS = 240.0
STACK = "chat"
BUCKET = "code"
TEMPLATE = "template.json"


class MiniStackServer:
    """`url` is what AWS_ENDPOINT_URL is set to. It holds nothing after a stop."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = STACK

    def start(self) -> None:
        """Start it and wait until it serves."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            # It unpacks the functions there.
            "TMPDIR": str(self._folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            # A function inherits this environment. AWS's own names for APIs lead elsewhere.
            "CALLBACK_URL": f"{self.url}/_aws/execute-api/{{api_id}}/{{stage}}",
        }
        with (self._folder / "ministack.log").open("ab") as log:
            self._process = subprocess.Popen(
                [tool("ministack", "ministack")],
                env=environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                # A group of its own: its functions' processes must end with it.
                start_new_session=True,
            )
        wait_until_healthy(self.url, self._folder / "ministack.log", START_SECONDS)

    def stop(self) -> None:
        """Kill it, its functions, and all it held."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    @property
    def log(self) -> str:
        return (self._folder / "ministack.log").read_text()

    def client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(read_timeout=DEPLOY_SECONDS, retries={"total_max_attempts": 1}),
        )

    def upload(self, packages: dict[str, Path]) -> None:
        """Put each function's zip where its `Code` names it."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for name, package in packages.items():
            s3.put_object(Bucket=BUCKET, Key=name, Body=package.read_bytes())

    def deploy(self, template: dict[str, Any], parameters: dict[str, str]) -> "Deployed":
        """Make the stack and wait for it."""
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        # As `sam deploy` does: what is given with the call may have 51,200 bytes.
        self.client("s3").put_object(Bucket=BUCKET, Key=TEMPLATE, Body=json.dumps(template))
        where = f"{self.url}/{BUCKET}/{TEMPLATE}"
        call = {"StackName": STACK, "TemplateURL": where, "Parameters": given}
        formation = self.client("cloudformation")
        self._stack = formation.create_stack(**call, Capabilities=["CAPABILITY_IAM"])["StackId"]
        return Deployed(self, self._settled("CREATE_COMPLETE"))

    def delete(self) -> None:
        """Delete the stack, as `sam delete` does, and wait for that."""
        self.client("cloudformation").delete_stack(StackName=STACK)
        self._settled("DELETE_COMPLETE")

    def _settled(self, wanted: str) -> dict[str, Any]:
        formation = self.client("cloudformation")
        deadline = time.monotonic() + DEPLOY_SECONDS
        while time.monotonic() < deadline:
            found = formation.describe_stacks(StackName=self._stack)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(0.2)
        events = formation.describe_stack_events(StackName=self._stack)["StackEvents"]
        reasons = [e.get("ResourceStatusReason") for e in events]
        assert found["StackStatus"] == wanted, (found, [r for r in reasons if r], self.log[-3000:])
        return dict(found)


class Deployed:
    """A stack that stands. `socket_url` is where a client connects, by the address it was given."""

    def __init__(self, server: MiniStackServer, stack: dict[str, Any]) -> None:
        self.server = server
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def id_of(self, resource: str) -> str:
        """A resource's physical id."""
        formation = self.server.client("cloudformation")
        found = formation.describe_stack_resource(StackName=STACK, LogicalResourceId=resource)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    @property
    def http_url(self) -> str:
        """The HTTP API, below a path: nobody here resolves its own name."""
        return f"{self.server.url}/_aws/execute-api/{self.id_of('HttpApi')}/$default"

    def socket_url(self, address: str) -> str:
        """Where the API of an address on AWS is served here."""
        parts = urlsplit(address)
        api, _, rest = str(parts.hostname).partition(".")
        assert (parts.scheme, rest) == ("wss", "execute-api.us-east-1.amazonaws.com")
        here = self.server.url.replace("http", "ws", 1)
        return f"{here}/_aws/execute-api/{api}{parts.path}?{parts.query}"

    def invoke(self, function: str, event: object) -> dict[str, Any]:
        """Call a function, as its schedule does."""
        answer = self.server.client("lambda").invoke(
            FunctionName=self.id_of(function), Payload=json.dumps(event).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return dict(json.loads(answer["Payload"].read()))


def fitting(template: dict[str, Any]) -> dict[str, Any]:
    """The transformed template for this machine and without what ministack lacks."""
    whole = json.dumps(template).replace('{"Ref": "Timers"}', '""').replace("${Timers}", "timers")
    fitted: dict[str, Any] = json.loads(whole)
    resources = fitted["Resources"]
    assert resources.pop("Timers")["Type"] == "AWS::Scheduler::ScheduleGroup"
    for name in ("UserAnswers", "ManagerAnswers"):
        assert resources.pop(name)["Type"] == "AWS::ApiGatewayV2::RouteResponse"
    alarm = resources["ErrorsAlarm"]["Properties"]
    metric = next(m["MetricStat"] for m in alarm.pop("Metrics") if "MetricStat" in m)
    alarm |= {**metric["Metric"], "Period": metric["Period"], "Statistic": metric["Stat"]}
    scaling = resources["RingsToResponder"]["Properties"]["ScalingConfig"]
    given = fitted["Parameters"][scaling["MaximumConcurrency"]["Ref"]]
    scaling["MaximumConcurrency"] = int(given["Default"])
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"S3Bucket": BUCKET, "S3Key": name}
            resource["Properties"]["Architectures"] = [architecture()]
    return fitted


def architecture() -> str:
    """This machine's, as Lambda names it."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
