"""A real LocalStack without Docker, in a process of its own, that a test may kill and start."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.infra.tools import tool, wait_until_healthy

START_SECONDS = 240.0


class LocalStackServer:
    """`url` is what AWS_ENDPOINT_URL is set to. It holds nothing after a stop."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process's AWS clients talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "for-tests-only",
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start it and wait until it serves."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "GATEWAY_LISTEN": f"127.0.0.1:{self._port}",
            "SERVICES": "sqs,cloudformation,secretsmanager",
            "EAGER_SERVICE_LOADING": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
            "FILESYSTEM_ROOT": str(self._folder),
        }
        with (self._folder / "localstack.log").open("ab") as log:
            self._process = subprocess.Popen(
                [tool("localstack"), "-m", "localstack.runtime.main"],
                env=environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        wait_until_healthy(self.url, self._folder / "localstack.log", START_SECONDS)

    def stop(self) -> None:
        """Kill it, with all it held."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="for-tests-only",
            config=Config(connect_timeout=2, retries={"total_max_attempts": 2}),
        )

    def secret(self, name: str, value: str | dict[str, str]) -> str:
        """Keep a secret; return its ARN."""
        text = value if isinstance(value, str) else json.dumps(value)
        made = self.client("secretsmanager").create_secret(Name=name, SecretString=text)
        return str(made["ARN"])

    def _log(self) -> str:
        return (self._folder / "localstack.log").read_text()[-2000:]
