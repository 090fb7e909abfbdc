"""The least that an identity has to be allowed so that features can be asked (pure)."""

from collections.abc import Collection, Sequence
from typing import Any

from recognition.recognisers.rekognition.features import ABILITIES, Feature


def make_policy(
    features: Collection[Feature], *, model: str = "", bucket: str = "", kms_key: str = ""
) -> dict[str, Any]:
    """A policy as IAM takes it.

    `model` is the ARN of the version that custom labels are asked of. Where there is a `bucket`,
    originals in it may be read, as the service does in the name of the identity; `kms_key` is the
    ARN of the key that encrypts them.
    """
    general = sorted({ABILITIES[each].operation for each in features if each is not Feature.CUSTOM})
    statements = []
    if general:
        statements.append(_allow([f"rekognition:{operation}" for operation in general], "*"))
    if Feature.CUSTOM in features:
        custom = f"rekognition:{ABILITIES[Feature.CUSTOM].operation}"
        # All versions of the project, so that a newer one needs no other policy.
        statements.append(_allow([custom], f"{model.partition('/version/')[0]}/version/*"))
    if bucket:
        reads = ["s3:GetObject", "s3:GetObjectVersion"]
        statements.append(_allow(reads, f"arn:aws:s3:::{bucket}/originals/*"))
    if bucket and kms_key:
        statements.append(_allow(["kms:Decrypt"], kms_key))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: Sequence[str], resource: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": resource,
    }
