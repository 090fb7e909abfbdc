"""Speaks to Amazon Rekognition; its errors become ours.

Credentials and region come from boto3's own chain: variables, files, the role of the machine. boto3
does not try again: the run does, later, and other work has its turn meanwhile.
"""

import json
import logging
import re
from threading import Lock
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.model import OperationModel

from recognition.recognisers.base import (
    BusyError,
    HaltError,
    PermanentError,
    RecogniserError,
    TransientError,
    UnansweredError,
)
from recognition.recognisers.rekognition.features import API_VERSION

logger = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 2, 10
_CONNECTIONS = 16
"""Kept open, for threads that share a recogniser."""

_BUSY = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
    }
)
_HALTING = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "NotAuthorized",
        "OptInRequired",
        "SubscriptionRequiredException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "AuthFailure",
    }
)
_SET_UP = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    NoAuthTokenError,
    NoRegionError,
    ProfileNotFound,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
_AWAY = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
"""No connection came about, so nothing was asked."""
_NO_ANSWER = "What came back is no answer of Amazon Rekognition."
_ACCOUNT = re.compile(r"arn:aws[\w-]*:\S*[\w/]|\b\d{12}\b")
_FORBIDDEN = frozenset({401, 403})
_BUSY_STATUSES = frozenset({429, 502, 503, 504})


class RekognitionService:
    """One connection to the service, shared by threads. Nothing is sent before the first call."""

    def __init__(self, *, profile: str = "", region: str = "") -> None:
        """`profile` and `region` stand in for those that boto3 would find by itself."""
        self._profile, self._region = profile, region
        self._lock = Lock()
        self._made: Any = None

    @property
    def region(self) -> str:
        """Where the service is asked. Raises HaltError where nothing says so."""
        region: str = self.client.meta.region_name
        return region

    @property
    def endpoint(self) -> str:
        """The address of the service. Raises as `region`."""
        url: str = self.client.meta.endpoint_url
        return url

    @property
    def client(self) -> Any:
        """The client of boto3. Raises HaltError where the set-up does not make one."""
        with self._lock:  # boto3 does not promise that making two at once works
            if self._made is None:
                try:
                    self._made = self._make_client()
                except (BotoCoreError, ValueError) as error:
                    msg = f"Amazon Rekognition cannot be asked: {error}"
                    raise HaltError(msg) from error
            return self._made

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Makes one call and gives the response, without what only the transport is about.

        The errors' messages name no account; the log has them in full.

        Raises BusyError where the service or the way to it is overworked or away, UnansweredError
        where the call went out and no answer came, HaltError where the set-up is not right,
        TransientError for a fault of the service, PermanentError where the image is at fault.
        """
        try:
            send = getattr(self.client, xform_name(operation))
            response: dict[str, Any] = send(**parameters)
        except (ClientError, BotoCoreError) as error:
            raised = _our_error(operation, error)
            if isinstance(raised, HaltError):
                self._made = None  # it would keep credentials that do not serve
            else:  # a halt says all of it, and is logged where it ends the work
                logger.warning("%s: %s", operation, error)
            raise raised from error
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            # What botocore falls over is no answer of the service: something stands in between.
            raise UnansweredError(_NO_ANSWER) from error
        meta = response.pop("ResponseMetadata", {})
        logger.debug("%s answered request %s", operation, meta.get("RequestId", "without an id"))
        return response

    def _make_client(self) -> Any:
        session = boto3.session.Session(
            profile_name=self._profile or None, region_name=self._region or None
        )
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=_CONNECTIONS,
        )
        client = session.client("rekognition", api_version=API_VERSION, config=config)
        client.meta.events.register("before-parse.rekognition", _refuse_what_is_no_answer)
        return client


def _refuse_what_is_no_answer(
    response_dict: dict[str, Any], operation_model: OperationModel, **_: Any
) -> None:
    """Raises UnansweredError for a success that says nothing of what was asked: a page to sign in.

    botocore would make an empty response of it, which says that there is nothing to be seen.
    """
    if response_dict["status_code"] >= 300:
        return
    try:
        told = json.loads(response_dict["body"])
    except ValueError:
        told = None
    shape = operation_model.output_shape
    known = shape.members.keys() if shape else ()
    if not isinstance(told, dict) or (told and not told.keys() & known):
        raise UnansweredError(_NO_ANSWER)


def _our_error(operation: str, error: ClientError | BotoCoreError) -> RecogniserError:
    """What an error means to us."""
    if isinstance(error, ClientError):
        return _refusal(operation, error)
    if isinstance(error, _SET_UP):
        return HaltError(f"Amazon Rekognition cannot be asked: {error}")
    if isinstance(error, ParamValidationError):
        return PermanentError(f"{operation} cannot be asked so: {error}")
    if isinstance(error, _AWAY):
        return BusyError(f"Amazon Rekognition cannot be reached ({type(error).__name__}).")
    return UnansweredError(f"{operation} was not answered ({type(error).__name__}).")


def _refusal(operation: str, error: ClientError) -> RecogniserError:
    """What an error that the service itself answered means to us."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", "")).strip()
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = f"{operation}: {code}" + (f": {message}" if message else "")
    if code in _HALTING or status in _FORBIDDEN:
        return HaltError(
            f"{told.rstrip('.')}. See that the credentials are valid and that their policy allows "
            f"rekognition:{operation}."
        )
    told = _ACCOUNT.sub("…", told)
    if code in _BUSY or status in _BUSY_STATUSES:
        return BusyError(told)
    if status >= 500:
        return TransientError(told)
    return PermanentError(told)
