"""Reads the options of the recogniser; each message names the value and what to give instead.

Whatever cannot be is a ValueError.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from recognition.recognisers.rekognition.features import ABILITIES, Feature

_ARN = re.compile(r"arn:aws[a-z-]*:rekognition:[a-z0-9-]+:\d{12}:project/[\w.-]+/version/.+/\d+")


def read_features(names: Sequence[str]) -> tuple[Feature, ...]:
    """The features of these names, in the order in which they are asked."""
    known = ", ".join(sorted(feature.value for feature in Feature))
    if isinstance(names, str) or not names:
        msg = f"features={names!r}: give a list of at least one of {known}."
        raise ValueError(msg)
    if unknown := [name for name in names if name not in tuple(Feature)]:
        msg = f"features has {unknown}: choose from {known}."
        raise ValueError(msg)
    return tuple(feature for feature in ABILITIES if feature in names)


def read_arn(arn: str, features: Collection[Feature]) -> str:
    """The version of a project for custom labels; empty where nobody asks for them."""
    if Feature.CUSTOM not in features:
        return ""
    if not _ARN.fullmatch(arn):
        msg = (
            f'custom_labels_arn="{arn}": the feature "custom" needs the ARN of a version of a '
            "project, arn:aws:rekognition:REGION:ACCOUNT:project/NAME/version/NAME/NUMBER."
        )
        raise ValueError(msg)
    return arn


def read_confidence(name: str, value: float) -> float:
    number = _number(value)
    if not 0 <= number <= 100:
        msg = f"{name}={value}: give a number from 0 to 100."
        raise ValueError(msg)
    return float(number)


def read_amount(name: str, value: Any) -> Decimal:
    """An amount of money or calls, which may be nothing."""
    number = _number(value)
    if not 0 <= number < math.inf:
        msg = f"{name}={value}: give a number of 0 or more."
        raise ValueError(msg)
    return number


def read_numbers(
    name: str, values: Mapping[str, Any] | str, *, least: float, others: Collection[str]
) -> dict[str, Decimal]:
    """Numbers by feature, or by one of a few other names; also as text, "labels=1,faces=2"."""
    known = [*(feature.value for feature in Feature), *others]
    numbers = {}
    for key, value in (_pairs(name, values) if isinstance(values, str) else values).items():
        number = _number(value)
        if key not in known:
            msg = f"{name} has “{key}”: choose from {', '.join(sorted(known))}."
            raise ValueError(msg)
        if not least <= number < math.inf:
            msg = f"{name} has {key}={value}: give a number of {least} or more."
            raise ValueError(msg)
        numbers[key] = number
    return numbers


def _pairs(name: str, text: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, map(str.strip, text.split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            msg = f"{name} has “{part}”: give names with numbers, such as labels=1,faces=2."
            raise ValueError(msg)
        pairs[key.strip()] = value.strip()
    return pairs


def _number(value: Any) -> Decimal:
    """The number; less than any where it is none, so that it is out of every range."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal("-Infinity")
    return Decimal("-Infinity") if number.is_nan() else number
