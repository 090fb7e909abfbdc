"""A real S3 server for tests: SeaweedFS from its wheel, on loopback."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

START_SECONDS = 60
_WEED = Path(sys.executable).with_name("weed")
_PORTS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
    "filer.port.grpc", "s3.port", "s3.port.grpc", "metricsPort",
)  # fmt: skip


class S3Server:
    """What a program needs to know of the server to use it."""

    bucket = "bromo-tests"
    key, secret = "test-key", "test-secret"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self.url = f"http://127.0.0.1:{self._ports['s3.port']}"
        self.metrics_url = f"http://127.0.0.1:{self._ports['metricsPort']}/metrics"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which Bromo, and boto3 within it, find the server."""
        return {
            "BROMO_S3_BUCKET": self.bucket,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    @contextmanager
    def running(self) -> Iterator["S3Server"]:
        """Runs the server for the length of the block, with an empty bucket in it."""
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        try:
            self._make_bucket(process)
            yield self
        finally:
            process.kill()  # nothing in it is worth an orderly stop, which takes ten seconds
            process.wait()

    def _command(self) -> list[str]:
        data, users = self.folder / "data", self.folder / "s3.json"
        data.mkdir()
        users.write_text(json.dumps(_only_user(self.key, self.secret)))
        return [
            str(_WEED), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}", "-s3",
            f"-s3.config={users}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64",
            "-volume.max=100",  # each bucket takes seven
            "-s3.port.iceberg=0", "-s3.port.lance=0",
            f"-filer.localSocket={self.folder / 'filer.sock'}",
            f"-s3.localSocket={self.folder / 's3.sock'}",
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]  # fmt: skip

    def _make_bucket(self, process: "subprocess.Popen[bytes]") -> None:
        client = self.client()
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(BotoCoreError, ClientError):
                client.create_bucket(Bucket=self.bucket)
                # The first object may have to wait for a volume.
                client.put_object(Bucket=self.bucket, Key="ready", Body=b"yes")
                return
            if process.poll() is not None or time.monotonic() > deadline:
                told = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"SeaweedFS did not start:\n{told}")
            time.sleep(0.2)


def bucket_storages(bucket: str, prefix: str) -> dict[str, dict[str, Any]]:
    """The part of settings.STORAGES that keeps originals and renditions in a bucket."""

    def kept(kind: str, folder: str) -> dict[str, Any]:
        options = {"bucket_name": bucket, "location": f"{prefix}/{folder}"}
        options |= {"file_overwrite": folder == "renditions"}
        return {"BACKEND": f"dam.s3_storages.{kind}", "OPTIONS": options}

    return {
        "originals": kept("VerifiedS3Storage", "originals"),
        "renditions": kept("PatientS3Storage", "renditions"),
    }


def _only_user(key: str, secret: str) -> dict[str, Any]:
    return {
        "identities": [
            {
                "name": "tests",
                "credentials": [{"accessKey": key, "secretKey": secret}],
                "actions": ["Admin", "Read", "List", "Tagging", "Write"],
            }
        ]
    }


def _free_ports(number: int) -> list[int]:
    """Ports that are free together: all are held until the last one is known."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
