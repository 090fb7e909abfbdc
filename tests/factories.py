"""Makes rows for tests, through the application's own doors where there is one."""

import itertools
from collections.abc import Iterable
from io import BytesIO

from django.contrib.auth.models import Group, User
from PIL import Image

from dam.ingest import ingest
from dam.models import Asset, Collection
from dam.permissions import SYSTEM, System
from recognition.models import RecognitionRun
from recognition.predictions import Kind, Outcome, Prediction
from recognition.retagging import retag_original
from tests.images import image_bytes

_numbers = itertools.count(1)


def make_user(name: str = "", *, group: str = "Editors", **extra: object) -> User:
    user = User.objects.create_user(name or f"user{next(_numbers)}", password="pass", **extra)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def picture() -> bytes:
    """A PNG of one colour that no other picture has."""
    number = next(_numbers)
    return image_bytes(Image.new("RGB", (64, 48), (number % 256, number // 256 % 256, 80)))


def make_asset(
    file_name: str = "",
    *,
    content: bytes | None = None,
    uploader: User | System = SYSTEM,
    tags: Iterable[str] = (),
    collection: Collection | None = None,
) -> Asset:
    result = ingest(
        BytesIO(content or picture()),
        file_name=file_name or f"photo{next(_numbers)}.jpg",
        uploader=uploader,
        tags=tags,
        collection=collection,
    )
    return result.asset


def label(name: str, confidence: float, **extra: object) -> Prediction:
    return Prediction(kind=Kind.LABEL, name=name, confidence=confidence, **extra)


def unsafe(confidence: float) -> Prediction:
    return Prediction(kind=Kind.MODERATION, name="Unsafe", confidence=confidence)


def finish_run(asset: Asset, *predictions: Prediction, recogniser: str = "dummy") -> RecognitionRun:
    """Has a recogniser have said this about an asset, and its tags follow."""
    generation = RecognitionRun.objects.filter(
        original=asset.original, recogniser=recogniser, fingerprint="test"
    ).count()
    run = RecognitionRun.objects.create(
        original=asset.original,
        recogniser=recogniser,
        fingerprint="test",
        generation=generation + 1,
    )
    claimed = RecognitionRun.claim(run.pk)
    assert claimed is not None
    assert claimed.finish(Outcome(predictions=predictions, model_version="test"))
    retag_original(asset.original_id)
    return claimed
