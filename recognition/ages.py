"""Ages as bands that people search by (pure)."""

_FIRST_YEARS = (0, 13, 20, 30, 40, 50, 60)
"""Of each band, which ends where the next begins; the last has no end."""


def age_bands(low: int, high: int) -> tuple[str, ...]:
    """The bands that an age range lies in, the youngest first: ("20-29", "30-39") for 25-35.

    Both ends are years, inclusive, in either order.
    """
    youngest, oldest = max(min(low, high), 0), max(low, high, 0)
    ends = (*(year - 1 for year in _FIRST_YEARS[1:]), None)
    return tuple(
        f"{first}+" if last is None else f"{first}-{last}"
        for first, last in zip(_FIRST_YEARS, ends, strict=True)
        if first <= oldest and (last is None or youngest <= last)
    )
