"""The errors that the service answers with: their names, status codes and words.

The words are those of the real service as far as they are known.
"""

from tests.rekognition.model import modelled_errors

_STATUS_OF_OTHERS = {
    "InternalServerError": 500,
    "IncompleteSignatureException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 400,
    "ValidationException": 400,
    "ServiceUnavailableException": 503,
}
# The model has no status codes; it calls ThrottlingException a fault of the service's, but it comes
# with 400 all the same.
_STATUS = dict.fromkeys(modelled_errors(), 400) | _STATUS_OF_OTHERS

_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform this action.",
    "ImageTooLargeException": "Image size is too large.",
    "InternalServerError": "Internal server error",
    "InvalidImageFormatException": "Request has invalid image format",
    "InvalidParameterException": "Request has invalid parameters",
    "InvalidS3ObjectException": (
        "Unable to get object metadata from S3. Check object key, region and/or access permissions."
    ),
    "MissingAuthenticationTokenException": "Missing Authentication Token",
    "ProvisionedThroughputExceededException": "Provisioned rate exceeded.",
    "ResourceNotReadyException": "ProjectVersion is not in a valid state to detect custom labels.",
    "ServiceUnavailableException": "Service Unavailable",
    "ThrottlingException": "Rate exceeded",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
}


class ServiceError(Exception):
    """A request is answered with an error. Raises ValueError for a name that AWS does not have."""

    def __init__(self, name: str, message: str = "", status: int = 0) -> None:
        if name not in _STATUS:
            raise ValueError(f"{name!r} is no error of Rekognition; there are {sorted(_STATUS)}")
        self.name = name
        self.message = message or _MESSAGES.get(name, name)
        self.status = status or _STATUS[name]
        super().__init__(f"{self.name}: {self.message}")


def not_authorised(operation: str) -> str:
    """The words of AccessDeniedException where no policy allows an operation."""
    action = f"rekognition:{operation}"
    return (
        f"User: arn:aws:iam::123456789012:user/bromo is not authorized to perform: {action} "
        f"because no identity-based policy allows the {action} action"
    )
