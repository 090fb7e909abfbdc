"""Real servers that several tests share; each starts only when a test asks for it."""

from collections.abc import Iterator
from typing import Any

import botocore.loaders
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


class _Loader(botocore.loaders.Loader):
    """Reads boto3's descriptions of services once, where each client would read them anew.

    It has no part in what is sent or understood, and is half of the time of a small test.
    """

    _read: dict[Any, Any] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cache = self._read


@pytest.fixture(scope="session", autouse=True)
def _descriptions_of_services() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.loaders, "Loader", _Loader)
        yield


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has journeys go first, then what starts programs: a long test is never left for the end."""
    items.sort(key=_turn)


def _turn(test: pytest.Item) -> int:
    """When a test has its turn; those that use the database of the tests keep their order."""
    if any(test.iter_markers("browser")):
        return 0
    has_database = any(test.iter_markers("django_db")) or "db" in getattr(test, "fixturenames", ())
    return 1 if any(test.iter_markers("server")) and not has_database else 2


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"
