"""The service as a program: prints its address as its first line, and serves until it is ended.

Benchmarks and tests of programs start it, and change it by `tests.rekognition.control.Control`.
"""

import argparse
import signal
import sys
import threading

import boto3
from botocore.config import Config

from tests.rekognition.service import BrokenAnswerError, RekognitionService


def main() -> int:
    options = _parser().parse_args()
    s3 = None
    if options.s3:
        s3 = boto3.client(
            "s3",
            endpoint_url=options.s3,
            aws_access_key_id=options.key,
            aws_secret_access_key=options.secret,
            region_name=options.region,
            config=Config(retries={"total_max_attempts": 1}),
        )
    service = RekognitionService(
        s3=s3,
        look=options.look,
        key=options.key,
        secret=options.secret,
        region=options.region,
        port=options.port,
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with service.running():
            sys.stdout.write(f"{service.url}\n")
            sys.stdout.flush()
            ended.wait()
    except BrokenAnswerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.rekognition", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--s3", metavar="URL", help="where references are read, by the same key")
    parser.add_argument("--key", default="test-key", help="(default: test-key)")
    parser.add_argument("--secret", default="test-secret", help="(default: test-secret)")
    parser.add_argument("--region", default="us-east-1", help="(default: us-east-1)")
    parser.add_argument(
        "--no-look",
        dest="look",
        action="store_false",
        help="decodes no image and opens no S3 object: fast, for benchmarks",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
