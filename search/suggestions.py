"""What somebody who types into the search box may be about to ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dam.permissions import Viewer
from search.index import Counts, ValueCount, index
from search.labels import TITLES, chip_label, count_label, swatch, value_label
from search.language import Phrase, Typing, Word, typing_at_end
from search.query import Kind, SearchQuery
from search.words import fold

_NAMED = (Kind.TAG, Kind.PERSON, Kind.COLLECTION)
"""Kinds whose values are suggested for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One value; its link adds it to what is asked for besides."""

    label: str
    shown_count: str
    """How many assets the link shows, or by how many it shows more."""
    url: str
    excluded: bool = False
    """Whether the link leaves it out."""
    swatch: str = ""
    """The colour that it names, as #rrggbb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionGroup:
    """The values of one kind, the most frequent first."""

    kind: str
    title: str
    icon: str
    values: tuple[Suggestion, ...]


def suggest(
    query: SearchQuery, viewer: Viewer, *, corrections: Mapping[str, str], limit: int
) -> list[SuggestionGroup]:
    """Values that begin as what is typed last, among what the rest of the query finds.

    Names that begin as all of the words typed come first: `hot do` is a hot dog, and a dog where it
    is hot. What is typed after a minus is suggested to be left out.
    """
    typing = typing_at_end(query.text)
    if typing is None:
        return []
    among, beginning = query.with_text(typing.before), _corrected(typing.beginning, corrections)
    if typing.is_excluded:
        found = _count(among, viewer, typing, beginning, limit)
        return _groups({kind: _left_out(among, viewer, kind, of) for kind, of in found.items()})
    last = _count(among, viewer, typing, beginning, limit)
    shown = {kind: [_suggestion(among, kind, one) for one in of] for kind, of in last.items()}
    if typing.before and _is_plain(query):
        # Whoever types a name of several words is not to be led to what its first word finds too.
        picks, text = query.without_text(), _corrected(query.text, corrections)
        for kind, counts in _count(picks, viewer, typing, text, limit).items():
            named = {count.value for count in counts}
            others = [one for one in last[kind] if one.value not in named]
            shown[kind] = [
                *(_suggestion(picks, kind, count) for count in counts),
                *(_suggestion(among, kind, count) for count in others),
            ][:limit]
    return _groups(shown)


def _count(
    query: SearchQuery, viewer: Viewer, typing: Typing, beginning: str, limit: int
) -> Counts:
    """The values that begin so and are not picked or excluded yet."""
    if typing.kind is None and query.is_everything:
        found = index.suggest(beginning, viewer, limit=limit)
        named = (found.tags, found.people, found.collections)
        return dict(zip(_NAMED, named, strict=True))
    return {
        kind: index.count_more(query, viewer, kind, beginning=beginning, limit=limit)
        for kind in ((typing.kind,) if typing.kind else _NAMED)
    }


def _left_out(
    query: SearchQuery, viewer: Viewer, kind: Kind, counts: Sequence[ValueCount]
) -> list[Suggestion]:
    """The values to be left out, with what is left without each."""
    if not counts:
        return []
    total = index.find(query, viewer, page_size=1).total
    # Where one value is enough, or one face has them all, a count is not of assets that have it.
    is_whole = kind.combines_with_and or not (kind.is_of_face or query.picked(kind))
    shown = []
    for one in counts:
        found = query.excluding(kind, one.value)
        left = total - one.count if is_whole else index.find(found, viewer, page_size=1).total
        if left:
            label = chip_label(kind, value_label(kind, one.label), is_excluded=True)
            url = found.to_querystring()
            shown.append(Suggestion(label=label, shown_count=f"{left:,}", url=url, excluded=True))
    return shown


def _suggestion(query: SearchQuery, kind: Kind, one: ValueCount) -> Suggestion:
    return Suggestion(
        label=value_label(kind, one.label),
        shown_count=count_label(one.count, adds=one.adds),
        url=query.toggled(kind, one.value).to_querystring(),
        swatch=swatch(kind, one.value),
    )


def _groups(suggestions: Mapping[Kind, Sequence[Suggestion]]) -> list[SuggestionGroup]:
    return [
        SuggestionGroup(
            kind=kind.value,
            title=TITLES[kind],
            icon=kind.value if kind in _NAMED else "filter",
            values=tuple(values),
        )
        for kind, values in suggestions.items()
        if values
    ]


def _is_plain(query: SearchQuery) -> bool:
    """Whether the text may be a name: it has words alone, and none to be left out."""
    asked = query.asked
    parts: tuple[Word | Phrase, ...] = (*asked.words, *asked.phrases)
    return not asked.conditions and not any(part.is_excluded for part in parts)


def _corrected(text: str, corrections: Mapping[str, str]) -> str:
    """The text with the words that results are shown for."""
    return " ".join(corrections.get(fold(word), word) for word in text.split())
