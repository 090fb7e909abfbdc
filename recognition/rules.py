"""Which claims become tags: detections and rules in, supported tags out (pure).

The narrowest rule wins, each action on its own: an asset's rule before a collection's, before a
label's, a kind's, a recogniser's, one for everything. Rules that are equally narrow can only
differ in their collection; then the stricter one wins, as a missing tag is sooner forgiven than a
wrong one. A threshold is inclusive.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dam.names import fit_tag_name, name_key
from recognition.predictions import Kind

TAGGABLE_KINDS = frozenset({Kind.LABEL, Kind.CELEBRITY})
"""Kinds whose claims become tags; the others become facts and texts."""


class Action(StrEnum):
    THRESHOLD = "threshold"
    RENAME = "rename"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValue:
    """A rule as a value; a field that is None or empty matches everything."""

    pk: int | None = None
    action: Action
    recogniser: str = ""
    kind: str = ""
    label: str = ""
    collection: int | None = None
    asset: int | None = None
    threshold: float | None = None
    new_name: str = ""

    @property
    def narrowness(self) -> tuple[bool, ...]:
        """Sorts rules from wide to narrow."""
        return (
            self.asset is not None,
            self.collection is not None,
            bool(self.label),
            bool(self.kind),
            bool(self.recogniser),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One stored detection, as the rules see it."""

    detection: int
    recogniser: str
    kind: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A claim that a rule let through."""

    detection: int
    recogniser: str
    confidence: float
    rule: int | None
    """The threshold rule that let it through; None for the recogniser's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportedTag:
    name: str
    supports: tuple[Support, ...]

    @property
    def confidence(self) -> float:
        return max(support.confidence for support in self.supports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The asset that the rules are asked about."""

    asset: int
    collections: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All rules, and each recogniser's default threshold (0-100)."""

    rules: Sequence[RuleValue] = ()
    defaults: Mapping[str, float] = field(default_factory=dict)

    @property
    def knows_collections(self) -> bool:
        """Whether it matters in which collections an asset is."""
        return any(rule.collection is not None for rule in self.rules)

    def supported_tags(self, scope: Scope, claims: Iterable[Claim]) -> list[SupportedTag]:
        """What the claims about one asset make of it; the best supported tag first."""
        near = [rule for rule in self.rules if _concerns(rule, scope)]
        tags: dict[str, tuple[str, list[Support]]] = {}
        for claim in claims:
            if claim.kind not in TAGGABLE_KINDS or _winner(near, claim, Action.BLOCK):
                continue
            threshold = _winner(near, claim, Action.THRESHOLD)
            least = self._least(threshold, claim)
            if claim.confidence < least:
                continue
            rename = _winner(near, claim, Action.RENAME)
            name = fit_tag_name(rename.new_name if rename else claim.name)
            if not name:
                continue
            _, supports = tags.setdefault(name_key(name), (name, []))
            supports.append(
                Support(
                    detection=claim.detection,
                    recogniser=claim.recogniser,
                    confidence=claim.confidence,
                    rule=threshold.pk if threshold else None,
                )
            )
        supported = [
            SupportedTag(name=name, supports=tuple(supports)) for name, supports in tags.values()
        ]
        return sorted(supported, key=lambda tag: (-tag.confidence, tag.name))

    def _least(self, rule: RuleValue | None, claim: Claim) -> float:
        if rule is not None and rule.threshold is not None:
            return rule.threshold
        return self.defaults.get(claim.recogniser, 100.0)


def _concerns(rule: RuleValue, scope: Scope) -> bool:
    return rule.asset in (None, scope.asset) and (
        rule.collection is None or rule.collection in scope.collections
    )


def _winner(rules: Iterable[RuleValue], claim: Claim, action: Action) -> RuleValue | None:
    """The narrowest rule for a claim; of equally narrow thresholds the highest."""
    matching = [
        rule
        for rule in rules
        if rule.action is action
        and rule.recogniser in ("", claim.recogniser)
        and rule.kind in ("", claim.kind)
        and (not rule.label or name_key(rule.label) == name_key(claim.name))
    ]
    return max(
        matching,
        key=lambda rule: (rule.narrowness, rule.threshold or 0.0, rule.pk or 0),
        default=None,
    )
