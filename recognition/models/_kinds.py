"""Kinds of predictions as the database knows them."""

from django.db import models

from recognition.predictions import Kind


class Kinds(models.TextChoices):
    """`predictions.Kind`, for forms and columns."""

    LABEL = Kind.LABEL.value, "label"
    FACE = Kind.FACE.value, "face"
    TEXT = Kind.TEXT.value, "text"
    MODERATION = Kind.MODERATION.value, "moderation"
    CELEBRITY = Kind.CELEBRITY.value, "celebrity"
    COLOUR = Kind.COLOUR.value, "colour"
    QUALITY = Kind.QUALITY.value, "quality"
