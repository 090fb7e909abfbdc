"""The stored index: which assets carry which term, and which ones changed since."""

from django.db import models


class IndexState(models.Model):
    """The one row that says which generation of postings holds, and which changes are in it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    generation = models.PositiveIntegerField(default=0, help_text="0: nothing was written yet.")
    format = models.PositiveSmallIntegerField(
        default=0, help_text="Which terms and bytes postings have; another one is written anew."
    )
    folded = models.BigIntegerField(
        default=0, help_text="All changes at positions below this one are in the postings."
    )
    folded_rows = models.PositiveIntegerField(
        default=0, help_text="Change rows above that, which are in the postings all the same."
    )
    kept = models.BigIntegerField(
        default=0, help_text="Change rows at positions below this one may have been removed."
    )
    leaving = models.BigIntegerField(
        default=0, help_text="Change rows at positions below this one go next."
    )
    leaving_since = models.DateTimeField(null=True)
    folded_at = models.DateTimeField(null=True)
    swapped_at = models.DateTimeField(null=True, help_text="When the generation took over.")
    writer = models.CharField(max_length=32, blank=True, help_text="Who writes postings now.")
    written_until = models.DateTimeField(null=True, help_text="When that one is given up.")

    def __str__(self) -> str:
        return f"generation {self.generation}, folded up to {self.folded}"

    @classmethod
    def present(cls) -> "IndexState":
        """The row, or what it would be before anything was written."""
        return cls.objects.filter(pk=1).first() or cls()


class Term(models.Model):
    """Something that assets are found by: a value of a facet, or a word."""

    kind = models.CharField(max_length=30)
    value = models.CharField(max_length=300)
    assets = models.PositiveIntegerField(
        default=0, help_text="About how many assets have it; counted for words."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="term_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


class Posting(models.Model):
    """The assets of one chunk of keys that carry a term, as a serialised roaring bitmap."""

    generation = models.PositiveIntegerField()
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="+")
    field = models.PositiveSmallIntegerField(
        help_text="Where a word stands; 0 for what are no words."
    )
    chunk = models.PositiveIntegerField(help_text="Asset keys divided by 65,536.")
    assets = models.PositiveIntegerField(help_text="How many they are.")
    bitmap = models.BinaryField()
    confidences = models.BinaryField(
        null=True, help_text="Of a tag: one little-endian uint16 an asset, in hundredths."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "term", "field", "chunk"], name="posting_once"
            ),
        ]
        indexes = [models.Index(fields=["generation", "chunk"], name="posting_chunk")]

    def __str__(self) -> str:
        return f"term {self.term_id} in chunk {self.chunk}: {self.assets} assets"


class Column(models.Model):
    """A number of every asset of one chunk of keys, to sort by; 65,536 little-endian int64."""

    generation = models.PositiveIntegerField()
    name = models.CharField(max_length=20)
    chunk = models.PositiveIntegerField()
    numbers = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "name", "chunk"], name="column_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of chunk {self.chunk}"


class Change(models.Model):
    """Assets that an edit changed, written in the transaction of the edit."""

    transaction = models.BigIntegerField(
        null=True, db_index=True, help_text="Of the edit, where transactions commit out of order."
    )
    assets = models.BinaryField(help_text="Their keys, as a serialised roaring bitmap.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"change {self.pk}"
