"""Uploaded content, each once."""

import uuid

from django.db import models
from django.db.models import Q

from dam.metadata import ImageMetadata
from dam.storages import originals_storage


def original_key(original: "Original", _file_name: str) -> str:
    """A generated storage key: nothing of what a user typed becomes part of a path."""
    return f"{original.sha256[:2]}/{uuid.uuid4().hex}{original.extension}"


class Original(models.Model):
    """The bytes of an image as they were uploaded. Never changed, never served as a page."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    file = models.FileField(
        "storage key", upload_to=original_key, storage=originals_storage, max_length=200
    )
    bytes = models.PositiveBigIntegerField("size in bytes")
    media_type = models.CharField(max_length=50)
    extension = models.CharField(max_length=10)
    width = models.PositiveIntegerField("upright width", help_text="In pixels.")
    height = models.PositiveIntegerField("upright height", help_text="In pixels.")
    orientation = models.PositiveSmallIntegerField(
        "EXIF orientation",
        null=True,
        blank=True,
        help_text="How EXIF has the pixels turned, 1-8; 1 is upright. Empty: EXIF does not tell.",
    )
    metadata = models.JSONField(default=dict, blank=True, help_text="Read from the file itself.")
    taken_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="What the camera's clock showed, taken as UTC. Empty: the file does not tell.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    unreferenced_since = models.DateTimeField(
        null=True,
        blank=True,
        db_index=True,
        help_text="When the sweep found that no asset has it any more; it goes a day later.",
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(width__gt=0) & Q(height__gt=0), name="original_has_pixels"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.media_type} {self.width} x {self.height}, {self.sha256[:12]}"

    @property
    def facts_read(self) -> ImageMetadata:
        """The metadata as a value."""
        return ImageMetadata.from_dict(self.metadata)

    @property
    def rendition_folder(self) -> str:
        """The storage folder of everything made from this content; nobody else's files lie there.

        It goes by the storage key: two uploads of the same content at once do not meet in it.
        """
        key: str = self.file.name
        return key.removesuffix(self.extension)

    @classmethod
    def hold(cls, pk: int) -> None:
        """Holds an original until the transaction ends; new assets on it may still be written."""
        cls.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
