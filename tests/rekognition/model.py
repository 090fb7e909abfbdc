"""What botocore knows of Rekognition: its operations, their shapes and their errors."""

import botocore.session
from botocore.model import OperationModel, StructureShape

_MODEL = botocore.session.get_session().get_service_model("rekognition")

TARGET_PREFIX: str = _MODEL.metadata["targetPrefix"]
CONTENT_TYPE = f"application/x-amz-json-{_MODEL.metadata['jsonVersion']}"

OPERATIONS: dict[str, OperationModel] = {
    name: _MODEL.operation_model(name)
    for name in (
        "DetectLabels",
        "DetectFaces",
        "DetectModerationLabels",
        "DetectText",
        "RecognizeCelebrities",
        "DetectCustomLabels",
    )
}
"""The operations that the service answers, and no others."""


def input_shape(operation: str) -> StructureShape:
    shape = OPERATIONS[operation].input_shape
    assert isinstance(shape, StructureShape)
    return shape


def output_shape(operation: str) -> StructureShape:
    shape = OPERATIONS[operation].output_shape
    assert isinstance(shape, StructureShape)
    return shape


def modelled_errors() -> set[str]:
    """The names of Rekognition's own errors."""
    shapes = [_MODEL.shape_for(name) for name in _MODEL.shape_names]
    return {shape.name for shape in shapes if shape.metadata.get("exception")}
