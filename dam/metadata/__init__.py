"""What an image file says about itself: EXIF, XMP and IPTC, made one."""

from dam.metadata._read import read_metadata
from dam.metadata._values import ImageMetadata

__all__ = ["ImageMetadata", "read_metadata"]
