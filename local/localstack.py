"""The queue on LocalStack. CloudFormation deploys the two queues of infra/template.yaml.

LocalStack may start later than this process, or die and come back empty. The queue's address is
always the same, and a poller that finds no queue deploys it again.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import structlog
import yaml

from core import urls
from core.errors import Misconfigured

log = structlog.get_logger()

TEMPLATE = Path(__file__).parent.parent / "infra" / "template.yaml"
STACK = "switchboard"
QUEUES = ("Rings", "DeadRings")
# LocalStack's account, unless another one is set.
ACCOUNT = "000000000000"
DEPLOY_SECONDS = 60.0
LOOK_SECONDS = 0.3
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_CLOUDFORMATION")


class CloudFormationLoader(yaml.SafeLoader):
    """Reads `!Ref x` and its like as `{"Ref": "x"}`, CloudFormation's long form."""

    def intrinsic(self, name: str, node: yaml.Node) -> dict[str, Any]:
        value: Any
        match node:
            case yaml.ScalarNode():
                value = self.construct_scalar(node)
            case yaml.MappingNode():
                value = self.construct_mapping(node, deep=True)
            case yaml.SequenceNode():
                value = self.construct_sequence(node, deep=True)
            case _:
                raise yaml.constructor.ConstructorError(None, None, f"!{name}", node.start_mark)
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


CloudFormationLoader.add_multi_constructor("!", CloudFormationLoader.intrinsic)


def read_template() -> dict[str, Any]:
    """The template for AWS."""
    with TEMPLATE.open(encoding="utf-8") as file:
        return dict(yaml.load(file, CloudFormationLoader))


def queue_template() -> str:
    """A template with the queue of the responder's jobs only, and that of its dead letters."""
    resources = read_template()["Resources"]
    queues = {name: resources[name] for name in QUEUES}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": queues})


def check_endpoints() -> None:
    """Check the addresses that AWS's libraries read. Raises `Misconfigured`.

    The libraries' own errors would show an address with its password.
    """
    for name in ENDPOINTS:
        try:
            urls.http_url(os.environ.get(name) or "http://localhost")
        except ValueError as error:
            raise Misconfigured(f"{name}: {error}.") from None


class LocalStack:
    """The LocalStack that `AWS_ENDPOINT_URL` names."""

    def __init__(self, endpoint: str, region: str, stack: str = STACK) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._region = region
        self._stack = stack
        self._deploying = asyncio.Lock()

    @classmethod
    def named(cls, region: str) -> "LocalStack | None":
        """From `AWS_ENDPOINT_URL`, which every AWS client reads. None if it is not set."""
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        return cls(endpoint, region) if endpoint else None

    @property
    def queue_url(self) -> str:
        """The template names the queue after its stack, so the address is known before."""
        return f"{self._endpoint}/{ACCOUNT}/{self._stack}-rings"

    async def deploy(self) -> bool:
        """Make the queue if there is none. Returns False after a failure, which it logs."""
        async with self._deploying:
            try:
                async with asyncio.timeout(DEPLOY_SECONDS):
                    await self._deploy(queue_template())
            except Exception as error:
                log.warning(
                    "localstack_unavailable",
                    endpoint=self._endpoint,
                    reason=type(error).__name__,
                    hint="Until it is back, jobs are kept in this process's memory.",
                )
                return False
        log.info("queue_deployed", stack=self._stack, endpoint=self._endpoint)
        return True

    async def _deploy(self, template: str) -> None:
        client = await asyncio.to_thread(self._client)
        if not await asyncio.to_thread(self._create, client, template):
            log.info("queue_found", stack=self._stack)
        while True:
            described = await asyncio.to_thread(client.describe_stacks, StackName=self._stack)
            status = str(described["Stacks"][0]["StackStatus"])
            if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                return
            if not status.endswith("_IN_PROGRESS"):
                raise RuntimeError(f"the stack {self._stack} is {status}")
            await asyncio.sleep(LOOK_SECONDS)

    def _client(self) -> Any:
        from botocore.config import Config
        from localstack_client.session import Session

        config = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})
        return Session(region_name=self._region).client("cloudformation", config=config)

    def _create(self, client: Any, template: str) -> bool:
        """Returns False if there is such a stack already."""
        try:
            client.create_stack(StackName=self._stack, TemplateBody=template)
        except client.exceptions.AlreadyExistsException:
            return False
        return True
