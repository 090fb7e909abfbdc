"""Has Amazon Rekognition asked about assets, for the tests of what comes of it."""

import pytest
from django.utils import timezone
from PIL import Image

from recognition import pipeline
from recognition.models import RecognitionRun
from tests.images import image_bytes
from tests.rekognition.boxes import Box
from tests.rekognition.palette import Thing, painted

PATCH = Box(0.1, 0.2, 0.25, 0.3)
"""Where the red patch of the files below is, as people see them."""
_STORED = {
    1: (), 2: ("FLIP_LEFT_RIGHT",), 3: ("ROTATE_180",), 4: ("FLIP_TOP_BOTTOM",),
    5: ("TRANSPOSE",), 6: ("ROTATE_90",), 7: ("TRANSVERSE",), 8: ("ROTATE_270",),
}  # fmt: skip
"""How pixels are to lie that an orientation turns upright."""


def recognise(asset, *, again=False):
    """Asks `rekognition` about an asset and gives the run afterwards."""
    (run,) = pipeline.request_runs(asset, ["rekognition"], again=again)
    pipeline.recognise(run.pk)
    run.refresh_from_db()
    return run


def try_again(run):
    """Has the time of every run come, makes an attempt at this one and gives it afterwards."""
    RecognitionRun.objects.update(next_try_at=timezone.now())
    pipeline.recognise(run.pk)
    run.refresh_from_db()
    return run


def tags(asset):
    return {row.tag.name: row.confidence for row in asset.tagged.select_related("tag")}


def turned_file(orientation, file_format="JPEG", **options):
    """A file whose EXIF turns its pixels so that the patch is where it belongs."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return patched_file(orientation, file_format, exif=exif, **options)


def patched_file(orientation, file_format="JPEG", **options):
    """A file whose patch is where it belongs once it is turned, which nothing in it says."""
    image = painted((Thing.RED_PATCH, PATCH), size=(600, 400))
    for turn in _STORED[orientation]:
        image = image.transpose(Image.Transpose[turn])
    quality = {"quality": 95, "subsampling": 0} if file_format == "JPEG" else {}
    return image_bytes(image, file_format, **quality, **options)


def box_of_the_patch(run):
    (instance,) = run.detections.get(name="Red Patch").instances
    box = instance["box"]
    return pytest.approx((box["left"], box["top"], box["width"], box["height"]), abs=0.01)
