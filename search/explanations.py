"""Why a query finds nothing, or was not read to its end, and what can be done about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

from dam.permissions import Viewer
from search.facets import facet_url
from search.index import Hits, ValueCount, index
from search.kinds import NUMBERS
from search.labels import TITLES, chip_label, count_label, value_label
from search.language import FIELDS, LONGEST_TEXT, MOST_WORDS, Condition, unknown_fields, without
from search.query import MOST_PICKS, Kind, SearchQuery
from search.words import words_of

_WAYS = 6
"""Values that are offered in the place of one that nothing has."""
_SPELLINGS = 5
_FEW = 12
"""Of a kind with no more values than these all are likely to be meant."""
_NAMES = {
    Kind.CUSTOM: "custom label",
    Kind.FACES: "number of faces",
    Kind.UNSAFE: "content",
    Kind.MONTH: "month taken",
    Kind.YEAR: "year taken",
}
"""What one value is, where the field does not say so."""
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.]\d{1,2}")
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link to something that there is."""

    label: str
    shown_count: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is wrong with a part of a query, and ways to go on."""

    text: str
    ways: tuple[Way, ...] = ()
    all_label: str = ""
    all_url: str = ""
    """The page with all values of the kind, if there are any."""


def explain(query: SearchQuery, viewer: Viewer, hits: Hits) -> list[Explanation]:
    """Why a query found nothing, or something by guessing, as far as its text tells.

    Only what the viewer may see is told of.
    """
    if hits.total and not hits.corrections:
        return []
    found = list(_fields(query, viewer))
    if not hits.total:
        found += _conditions(query, viewer)
        if operators := list(dict.fromkeys(_OPERATOR.findall(query.text))):
            found.append(Explanation(text=_words_like_others(operators)))
    return found


def limits(query: SearchQuery) -> list[str]:
    """What of a query was not read, in sentences."""
    said = []
    if query.is_text_cut:
        said.append(f"Only the first {LONGEST_TEXT} characters were read.")
    if unread := query.asked.unread:
        parts = ", ".join(part.typed for part in unread)
        said.append(f"Only the first {MOST_WORDS} words were looked for, without: {parts}.")
    said += [
        f"Of “{TITLES[kind]}” only the first {MOST_PICKS} values were taken." for kind in query.cut
    ]
    return said


def _words_like_others(operators: list[str]) -> str:
    words = " and ".join(f"“{one}”" for one in operators)
    return (
        f"{words} {'is a word' if len(operators) == 1 else 'are words'} like any other here. "
        "Put a minus before what is to be left out, and pick several values of a filter for any."
    )


def _fields(query: SearchQuery, viewer: Viewer) -> Iterator[Explanation]:
    for name in unknown_fields(query.text):
        text = f"There is no field “{name}”. Fields: {', '.join(FIELDS)}."
        yield Explanation(text=text, ways=tuple(_near_fields(query, viewer, name)))


def _near_fields(query: SearchQuery, viewer: Viewer, name: str) -> Iterator[Way]:
    for field in get_close_matches(name.lower(), FIELDS, n=1):
        meant = query.with_text(re.sub(rf"(?<!\w){name}(?=[:\uff1a])", field, query.text))
        if total := index.find(meant, viewer, page_size=1).total:
            yield Way(label=meant.text, shown_count=f"{total:,}", url=meant.to_querystring())


def _conditions(query: SearchQuery, viewer: Viewer) -> Iterator[Explanation]:
    """Of each condition that nothing meets, by itself; the ways lead to the rest with a value."""
    unmet = [one for one in query.asked.conditions if not _is_met(one, viewer)]
    if not unmet:
        return
    rest = query.with_text(without(query.text, unmet))
    if not index.find(rest, viewer, page_size=1).total:
        rest = SearchQuery(sort=query.sort)
    for one in unmet:
        kind = one.kind
        name = _NAMES.get(kind, kind.value)
        hint = " A year or a month can be looked for, and no day." if _day(one) else ""
        yield Explanation(
            text=f"Nothing that you may see has “{one.text}” as {name}.{hint}",
            ways=tuple(_way(rest, *likely) for likely in _likely(one, rest, viewer)),
            all_label=TITLES[kind],
            all_url=_all_url(rest, viewer, kind),
        )


def _all_url(query: SearchQuery, viewer: Viewer, kind: Kind) -> str:
    """The page with all values of a kind; empty where there are none."""
    return facet_url(kind, query) if index.count_more(query, viewer, kind, limit=1) else ""


def _is_met(condition: Condition, viewer: Viewer) -> bool:
    """Whether anything has such a value; to leave out what nothing has leaves everything."""
    alone = SearchQuery(text=condition.typed)
    return condition.is_excluded or index.find(alone, viewer, page_size=1).total > 0


def _way(query: SearchQuery, kind: Kind, one: ValueCount) -> Way:
    return Way(
        label=chip_label(kind, value_label(kind, one.label)),
        shown_count=count_label(one.count, adds=one.adds),
        url=query.toggled(kind, one.value).to_querystring(),
    )


def _likely(
    condition: Condition, rest: SearchQuery, viewer: Viewer
) -> Iterator[tuple[Kind, ValueCount]]:
    """Values that may have been meant, of which there is something among the rest."""
    kind = condition.kind
    if day := _day(condition):
        year, month = day[1], f"{day[1]}-{int(day[2]):02}"
        months = index.count_more(rest, viewer, Kind.MONTH, beginning=month, limit=_WAYS)
        years = index.count_more(rest, viewer, Kind.YEAR, beginning=year, limit=_WAYS)
        yield from ((Kind.MONTH, count) for count in months)
        yield from ((Kind.YEAR, count) for count in years)
        return
    counts = _spelled(condition, rest, viewer)
    if not counts:
        every = index.count_more(rest, viewer, kind, limit=_FEW + 1)
        counts = every if len(every) <= _FEW else []
    if kind in NUMBERS and (number := re.match(r"\d{1,9}", condition.text)):
        wanted = int(number[0])
        counts = sorted(counts, key=lambda count: abs(kind.place_of(count.value) - wanted))
    yield from ((kind, count) for count in counts[:_WAYS])


def _spelled(condition: Condition, rest: SearchQuery, viewer: Viewer) -> list[ValueCount]:
    """Values with the words of a condition, but for letters that may be wrong."""
    count = partial(index.count_more, rest, viewer, condition.kind)
    better = []
    for word in words_of(condition.text):
        near = (word, *index.spellings(word, viewer)[:_SPELLINGS])
        better += [one for one in near if count(beginning=one, limit=1)][:1]
    return count(beginning=" ".join(better), limit=_WAYS) if better else []


def _day(condition: Condition) -> re.Match[str] | None:
    """Year and month of a condition that asks for a day."""
    return _DAY.fullmatch(condition.text) if condition.kind is Kind.MONTH else None
