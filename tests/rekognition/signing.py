"""Checks the signature of a request (AWS Signature Version 4) as the real service does."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from tests.rekognition.errors import ServiceError

SERVICE = "rekognition"
LEEWAY = timedelta(minutes=5)
_ALGORITHM = "AWS4-HMAC-SHA256"
_STAMP = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[^/,]+)/(?P<date>\d{{8}})/(?P<region>[^/,]+)"
    r"/(?P<service>[^/,]+)/aws4_request, ?SignedHeaders=(?P<signed>[^, ]+)"
    r", ?Signature=(?P<signature>[0-9a-f]{64})"
)
_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose signature is taken, and for which region."""

    key: str
    secret: str
    region: str
    token: str = ""
    """The session token that belongs to temporary credentials."""


def verify(request: RawRequest, signer: Signer, now: datetime | None = None) -> None:
    """Lets a request pass that was signed as it should be. Raises ServiceError for any other."""
    authorization = request.headers.get("authorization", "")
    if not authorization:
        raise ServiceError("MissingAuthenticationTokenException")
    claimed = _AUTHORIZATION.fullmatch(authorization)
    if claimed is None:
        raise ServiceError("IncompleteSignatureException", "Authorization header is malformed.")
    token = request.headers.get("x-amz-security-token", "")
    if (claimed["key"], token) != (signer.key, signer.token):
        raise ServiceError("UnrecognizedClientException")
    _check_scope(claimed, signer)
    _check_moment(request, claimed["date"], now or datetime.now(UTC))
    signed = claimed["signed"].split(";")
    _check_coverage(request, signed)
    expected = _signature(request, signed, signer, claimed["date"])
    if not hmac.compare_digest(expected, claimed["signature"]):
        raise _invalid(_WRONG)


def _check_scope(claimed: "re.Match[str]", signer: Signer) -> None:
    if claimed["region"] != signer.region:
        told = f"Credential should be scoped to a valid region, not '{claimed['region']}'. "
        raise _invalid(told)
    if claimed["service"] != SERVICE:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'. ")


def _check_moment(request: RawRequest, date: str, now: datetime) -> None:
    stamp = request.headers.get("x-amz-date", "")
    try:
        moment = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        told = f"Date must be in ISO-8601 'basic format'. Got '{stamp}'."
        raise ServiceError("IncompleteSignatureException", told) from None
    if not stamp.startswith(date):
        raise _invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version")
    if moment < now - LEEWAY:
        raise _invalid(f"Signature expired: {stamp} is now earlier than {now - LEEWAY:{_STAMP}}")
    if moment > now + LEEWAY:
        raise _invalid(f"Signature not yet current: {stamp} is still later than {now:{_STAMP}}")


def _check_coverage(request: RawRequest, signed: Sequence[str]) -> None:
    """Sees to it that what matters was signed, and that the body is the one that was."""
    must = {name for name in request.headers if name.startswith("x-amz-")} | {"host"}
    if missing := must - set(signed):
        raise _invalid(f"Headers must be signed: {', '.join(sorted(missing))}")
    told = request.headers.get("x-amz-content-sha256")
    if told is not None and told != hashlib.sha256(request.body).hexdigest():
        raise _invalid("The provided 'x-amz-content-sha256' header does not match what was sent.")


def _signature(request: RawRequest, signed: Sequence[str], signer: Signer, date: str) -> str:
    canonical = _canonical(request, signed)
    scope = f"{date}/{signer.region}/{SERVICE}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((_ALGORITHM, request.headers["x-amz-date"], scope, digest))
    key = f"AWS4{signer.secret}".encode()
    for part in (date, signer.region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(request: RawRequest, signed: Sequence[str]) -> str:
    """The request as both sides spell it.

    Source: "Create a signed AWS API request" in the AWS Identity and Access Management User Guide.
    """
    address = urlsplit(request.path)
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed]
    return "\n".join(
        (
            request.method,
            quote(address.path or "/", safe="/~"),
            "&".join(sorted(address.query.split("&"))),
            *headers,
            "",
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidSignatureException", message)
