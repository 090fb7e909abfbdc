"""Reads images for recognisers that need their pixels; what goes wrong becomes our errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from dam.renditions.decode import UnreadableImage
from recognition.images import ImageSource
from recognition.recognisers.base import PermanentError, TransientError


def read_pixels(image: ImageSource, *, least_side: int) -> Image.Image:
    """The upright image in RGB, as `ImageSource.pixels` gives it. Raises as `reading_image`."""
    with reading_image():
        return image.pixels(least_side=least_side)


@contextmanager
def reading_image() -> Iterator[None]:
    """Makes our errors of what reading an image inside the block may raise.

    Raises PermanentError for bytes that are no image, TransientError where storage or memory fails,
    which says nothing about the image.
    """
    try:
        yield
    except UnreadableImage as error:
        msg = f"The image cannot be read: {error}"
        raise PermanentError(msg) from error
    except FileNotFoundError as error:
        msg = "The image's file is missing from storage: bring it back from a backup, then retry."
        raise PermanentError(msg) from error
    except OSError as error:
        # Editors read this: the reason without the path.
        msg = f"The image could not be fetched from storage: {error.strerror or 'it gave up'}."
        raise TransientError(msg) from error
    except MemoryError as error:
        msg = "There is too little memory for the image: give workers more, or run fewer of them."
        raise TransientError(msg) from error
