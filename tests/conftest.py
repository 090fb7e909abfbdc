"""Real servers that several tests share; each starts only when a test asks for it."""

from collections.abc import Iterator

import pytest
from django.db import connection

from config.broker import PrivateBroker
from search.index import index
from tests.programs import dropping_databases
from tests.rekognition.service import RekognitionService
from tests.s3 import S3Server


@pytest.fixture(scope="session", autouse=True)
def _databases_of_the_session() -> Iterator[None]:
    with dropping_databases():
        yield


@pytest.fixture(autouse=True)
def _databases_of_the_test() -> Iterator[None]:
    with dropping_databases():
        yield


@pytest.fixture(autouse=True)
def _index_of_the_test() -> Iterator[None]:
    """Has what is in memory of one test's library not be taken for the next one's."""
    index.forget()
    yield
    index.forget()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Valkey."""
    with PrivateBroker(tmp_path_factory.mktemp("valkey")).running() as url:
        yield url


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server with an empty bucket."""
    with S3Server(tmp_path_factory.mktemp("s3")).running() as server:
        yield server


@pytest.fixture(scope="session")
def rekognition_server() -> Iterator[RekognitionService]:
    """The one server behind `rekognition_service`."""
    with RekognitionService().running() as service:
        yield service


@pytest.fixture
def rekognition_service(rekognition_server: RekognitionService) -> Iterator[RekognitionService]:
    """Rekognition on loopback, as new to each test; it reads no S3 object."""
    rekognition_server.reset()
    try:
        yield rekognition_server
        rekognition_server.check_answers()
    finally:
        rekognition_server.reset()


@pytest.fixture
def rekognition_with_s3(
    rekognition_service: RekognitionService, s3_server: S3Server
) -> RekognitionService:
    """Rekognition that reads what it is referred to from the real S3 server."""
    rekognition_service.s3 = s3_server.client()
    return rekognition_service


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"
