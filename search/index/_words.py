"""Words in the columns of the library, on every database alike.

A word matches where a word of the text begins with it, in any case and whichever way accented
letters are composed. Keys are casefolded and other columns are not, so a word is looked for in both
forms. Databases differ in what LIKE ignores; a regular expression does the same on
all of them, and these tables are small until the index has words of its own.
"""

import re
import unicodedata

from django.db.models import Case as CaseExpression
from django.db.models import F, Q, Value, When
from django.db.models.fields import IntegerField

from dam.models import AssetText, CollectionItem, TaggedAsset
from dam.names import name_key
from search.query import SearchQuery


def pattern(word: str) -> str:
    """A regular expression that PostgreSQL and Python read the same way."""
    spellings = (word, name_key(word))
    forms = {unicodedata.normalize(form, s) for form in ("NFC", "NFD") for s in spellings}
    # SS is how capitals spell ß, so whoever types the one means the other too.
    either = (re.escape(form).replace("ss", "(ss|ß)") for form in sorted(forms))
    return r"(^|\W|_)(" + "|".join(either) + ")"


def in_tags(word: str) -> Q:
    rows = TaggedAsset.objects.filter(tag__key__regex=pattern(word)).order_by()
    return Q(pk__in=rows.values("content_object"))


def in_asset(word: str) -> Q:
    """Wherever an asset has words: tags, title, file name, description, texts, collections."""
    expression = pattern(word)
    texts = AssetText.objects.filter(text__iregex=expression).order_by()
    return (
        in_tags(word)
        | Q(title__iregex=expression)
        | Q(file_name__iregex=expression)
        | Q(description__iregex=expression)
        | Q(pk__in=texts.values("asset"))
        | in_collections(word)
    )


def in_collections(word: str) -> Q:
    items = CollectionItem.objects.filter(collection__key__regex=pattern(word)).order_by()
    return Q(pk__in=items.values("asset"))


def relevance(query: SearchQuery) -> CaseExpression:
    """Where all the words are decides: in tags before title, file name, description, the rest."""
    tags, title, file_name, description = Q(), Q(), Q(), Q()
    for word in query.words:
        tags &= in_tags(word)
        title &= Q(title__iregex=pattern(word))
        file_name &= Q(file_name__iregex=pattern(word))
        description &= Q(description__iregex=pattern(word))
    return CaseExpression(
        When(tags, then=Value(0)),
        When(title, then=Value(1)),
        When(file_name, then=Value(2)),
        When(description, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )


NEWEST = (F("created_at").desc(), F("pk").desc())
