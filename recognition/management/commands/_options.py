"""Options that commands share."""

import argparse
import math

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from recognition.registry import recognisers


def confidence(text: str) -> float:
    """A number from 0 to 100; argparse shows the message of the error it raises otherwise."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        msg = f"“{text}” is no confidence: give a number from 0 to 100."
        raise argparse.ArgumentTypeError(msg)
    return value


def alias(text: str) -> str:
    if text not in recognisers.aliases:
        known = ", ".join(recognisers.aliases)
        msg = f"There is no recogniser “{text}”: choose from {known}."
        raise argparse.ArgumentTypeError(msg)
    try:
        recognisers[text]
    except ImproperlyConfigured as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def add_recogniser_options(parser: CommandParser) -> None:
    parser.add_argument(
        "--recogniser",
        action="append",
        type=alias,
        metavar="ALIAS",
        dest="recognisers",
        help="may be given more than once; by default those that run on upload",
    )
    parser.add_argument(
        "--min-confidence",
        type=confidence,
        metavar="N",
        help="0-100, inclusive; kept as the assets' own threshold until it is changed",
    )
    parser.add_argument(
        "--wait",
        action="store_true",
        help="take part in the work, as a worker does, and end when it is done",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line and nothing else"
    )
