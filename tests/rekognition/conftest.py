"""What the service's own tests share."""

import pytest


@pytest.fixture
def client(rekognition_service):
    """A boto3 client of the service that does not retry."""
    return rekognition_service.client()
