"""Where Rekognition is asked, and what cannot be right about that; found without asking anybody."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from urllib.parse import urlsplit

import botocore.session

from recognition.recognisers.base import Problem

_REGION_VARIABLES = "BROMO_REKOGNITION_REGION or AWS_DEFAULT_REGION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What boto3 goes by."""

    region: str
    endpoint: str
    """The address that stands in for Amazon's; empty where none does."""
    endpoint_setting: str
    """What sets it."""


def read_place(session: botocore.session.Session, region: str = "") -> Place:
    """Where a session would ask; `region` wins over the one that it finds itself."""
    endpoint, setting = _endpoint(session)
    return Place(
        region=region or session.get_config_variable("region") or "",
        endpoint=endpoint,
        endpoint_setting=setting,
    )


def problems_of_place(place: Place, custom_labels_arn: str) -> Iterator[Problem]:
    """Names what cannot be right of a place where a model, if any, is to be asked."""
    if place.endpoint and not _is_address(place.endpoint):
        yield Problem(
            message=f"{place.endpoint_setting} is “{place.endpoint}”, which is no address.",
            hint=f"Set {place.endpoint_setting} to one that begins with https:// or http://.",
            is_fatal=False,
        )
    if not place.region:
        yield Problem(
            message="No AWS region is set.",
            hint=f"Set {_REGION_VARIABLES} to a region that has Rekognition, such as eu-west-1.",
            is_fatal=False,
        )
    # A region that boto3 knows nothing of may have an address of its own.
    elif not place.endpoint and place.region not in _known_regions():
        likely = get_close_matches(place.region, _known_regions()) or ["eu-west-1"]
        yield Problem(
            message=f"boto3 knows no Rekognition in the AWS region “{place.region}”.",
            hint=f"Set {_REGION_VARIABLES} to one that has it, such as {', '.join(likely)}.",
            is_fatal=False,
        )
    if custom_labels_arn and place.region:
        yield from _problems_of_model(place.region, custom_labels_arn)


def _problems_of_model(region: str, arn: str) -> Iterator[Problem]:
    """Says where a model is that is not where it is asked: all images would fail."""
    its_region = arn.split(":")[3]
    if its_region != region:
        yield Problem(
            message=f"The model {arn} is in {its_region}, and Rekognition is asked in {region}.",
            hint=(
                f"Set BROMO_REKOGNITION_REGION to {its_region}, or "
                f"BROMO_REKOGNITION_CUSTOM_LABELS_ARN to a model in {region}."
            ),
            is_fatal=True,
        )


@cache
def _known_regions() -> tuple[str, ...]:
    """Where Rekognition is, as far as this release of boto3 knows."""
    session = botocore.session.Session()
    return tuple(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("rekognition", partition)
    )


def _endpoint(session: botocore.session.Session) -> tuple[str, str]:
    """The address that is set, and what sets it; both empty where none is."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return "", ""
    for name in ("AWS_ENDPOINT_URL_REKOGNITION", "AWS_ENDPOINT_URL"):
        if value := os.environ.get(name):
            return value, name
    return session.get_scoped_config().get("endpoint_url", ""), "endpoint_url of the AWS profile"


def _is_address(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        _ = parts.port  # one that is no number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
