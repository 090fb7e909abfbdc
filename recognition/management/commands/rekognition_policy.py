"""Prints what Amazon Rekognition's identity has to be allowed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from recognition.recognisers.rekognition import RekognitionRecogniser
from recognition.recognisers.rekognition.policies import make_policy
from recognition.registry import recognisers


class Command(BaseCommand):
    help = "Prints the policy of IAM that allows just what the recogniser is set up to ask."
    requires_system_checks: list[str] = []  # they ask for the credentials that this is a step to

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alias", nargs="?", default="rekognition", metavar="ALIAS")
        parser.add_argument(
            "--bucket",
            default=settings.BROMO_S3_BUCKET,
            metavar="NAME",
            help="Amazon's bucket with the originals (default: BROMO_S3_BUCKET; '': there is none)",
        )
        parser.add_argument(
            "--kms-key", default="", metavar="ARN", help="the key of KMS that encrypts the bucket"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        recogniser = _rekognition(options["alias"])
        policy = make_policy(
            recogniser.questions.features,
            model=recogniser.questions.custom_labels_arn,
            bucket=options["bucket"] if recogniser.by_reference else "",
            kms_key=options["kms_key"],
        )
        self.stdout.write(json.dumps(policy, indent=2))


def _rekognition(alias: str) -> RekognitionRecogniser:
    try:
        recogniser = recognisers[alias]
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error
    if not isinstance(recogniser, RekognitionRecogniser):
        msg = f"“{alias}” does not ask Amazon Rekognition, so it needs no policy."
        raise CommandError(msg)
    return recogniser
