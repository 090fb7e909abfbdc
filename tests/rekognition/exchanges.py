"""One request and the way to its answer."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.rekognition import asking
from tests.rekognition.boxes import Answer
from tests.rekognition.contents import Content, check_size, check_source, read_content
from tests.rekognition.errors import ServiceError
from tests.rekognition.faults import Fault, FaultKind
from tests.rekognition.looking import Seen, look
from tests.rekognition.model import (
    CONTENT_TYPE,
    OPERATIONS,
    TARGET_PREFIX,
    input_shape,
    output_shape,
)
from tests.rekognition.pictures import decoded
from tests.rekognition.recorded import recorded
from tests.rekognition.shapes import MistypedError, from_wire, violations
from tests.rekognition.signing import RawRequest, verify

if TYPE_CHECKING:
    from tests.rekognition.service import RekognitionService


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire; without a status nothing does."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_reset: bool = False
    """Whether the connection breaks, rather than ends."""


class Exchange:
    """Follows a request through the service; `known` is what there is to record of it."""

    def __init__(self, service: "RekognitionService", raw: RawRequest, moment: float) -> None:
        self.service, self.raw, self.moment = service, raw, moment
        self.operation = raw.headers.get("x-amz-target", "").removeprefix(f"{TARGET_PREFIX}.")
        self.known: dict[str, Any] = {"operation": self.operation}

    def reply(self) -> Reply:
        """Does what was asked, unless something is in the way."""
        fault = None
        try:
            parameters = self._parsed()
            fault = self._meet_fault()
            if fault and fault.kind is FaultKind.RESET:
                self.known["error"] = fault.kind.value
                return Reply(0, is_reset=True)
            answer = self._checked(parameters)
        except ServiceError as error:
            body = {"__type": error.name, "message": error.message}
            self.known |= {"status": error.status, "error": error.name}
            return _reply(error.status, body)
        self.known["is_billed"] = True
        if fault and fault.kind is FaultKind.CLOSE:
            self.known["error"] = fault.kind.value
            return Reply(0)
        self.known["status"] = 200
        if fault and fault.kind is FaultKind.GARBLE:
            self.known["error"] = fault.kind.value
            return Reply(200, fault.body.encode(), {"Content-Type": CONTENT_TYPE})
        return _reply(200, answer)

    def _parsed(self) -> dict[str, Any]:
        """The parameters of a request that is signed and can be read."""
        verify(self.raw, self.service.signer)
        is_typed = self.raw.headers.get("content-type") == CONTENT_TYPE
        if self.operation not in OPERATIONS or self.raw.path != "/" or not is_typed:
            raise ServiceError("UnknownOperationException")
        try:
            wire = json.loads(self.raw.body)
            parameters = from_wire(input_shape(self.operation), wire)
        except (MistypedError, ValueError) as error:
            raise ServiceError("SerializationException", str(error)) from None
        assert isinstance(parameters, dict)
        self._note(parameters)
        return parameters

    def _note(self, parameters: dict[str, Any]) -> None:
        image = parameters.get("Image", {})
        data = image.get("Bytes")
        self.known["parameters"] = parameters
        if data is not None:
            counted = parameters | {"Image": image | {"Bytes": len(data)}}
            self.known |= {"sent_as": "bytes", "size": len(data), "parameters": counted}
            self.known["content"] = data if self.service.look else b""
        elif "S3Object" in image:
            self.known["sent_as"] = "reference"

    def _meet_fault(self) -> Fault | None:
        fault = self.service.faults.next(self.operation, self.moment)
        if fault and fault.kind is FaultKind.ERROR:
            raise fault.as_error(self.operation)
        if fault and fault.kind is FaultKind.STALL:
            self.service.stall(fault.seconds)
        return fault

    def _answer(self, parameters: dict[str, Any]) -> Answer:
        self._validate(parameters)
        image = parameters["Image"]
        check_source(image)
        asking.check(self.operation, parameters)
        if self.service.look:
            answer = self._look(parameters)
        else:
            answer = self._set_answer("") or recorded(self.operation)
        return asking.limited(self.operation, answer, parameters)

    def _validate(self, parameters: dict[str, Any]) -> None:
        check_size(self.operation, parameters.get("Image", {}).get("Bytes", b""))
        if found := violations(input_shape(self.operation), parameters):
            several = "" if len(found) == 1 else "s"
            told = f"{len(found)} validation error{several} detected: {'; '.join(found)}"
            raise ServiceError("ValidationException", told)

    def _look(self, parameters: dict[str, Any]) -> Answer:
        image = parameters["Image"]
        if "Bytes" in image:
            content = Content(sent_as="bytes", size=len(image["Bytes"]), data=image["Bytes"])
        else:
            content = read_content(self.service.s3, image["S3Object"])
        self.known |= {"size": content.size, "sha256": content.sha256}
        picture = decoded(content.data)
        width, height = picture.size
        self.known |= {"media_type": picture.media_type, "width": width, "height": height}
        given = self._set_answer(content.sha256)
        return look(self.operation, Seen(picture), parameters) if given is None else given

    def _set_answer(self, sha256: str) -> Answer | None:
        answers = self.service.answers
        return answers.get((self.operation, sha256), answers.get(self.operation))

    def _checked(self, parameters: dict[str, Any]) -> Answer:
        """An answer that keeps to the model; any other is a mistake of the service or the test."""
        try:
            answer = self._answer(parameters)
            found = violations(output_shape(self.operation), answer)
        except ServiceError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must come to know
            found = [repr(error)]
        if found:
            self.service.broken_answers.append(f"{self.operation}: {'; '.join(found)}")
            raise ServiceError("InternalServerError")
        return answer


def _reply(status: int, body: Answer) -> Reply:
    return Reply(
        status,
        json.dumps(body).encode(),
        {"Content-Type": CONTENT_TYPE, "x-amzn-RequestId": str(uuid.uuid4())},
    )
