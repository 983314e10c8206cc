"""Parse, candidates, rank, relation: the four in order, and the decision to abstain.

`resolve` answers a spelling with one of three states. *resolved*: the best answer's confidence reaches the
threshold. *ambiguous*: something in the gazetteer is probably meant, but no single place is likely enough.
*unresolved*: probably nothing in the gazetteer is meant. The candidates come along in every state, best
first, so that a person can decide.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from gazetteer.index.by_name import NameIndex
from gazetteer.places import Place, PlaceKind
from gazetteer.resolve.candidates import Candidate, candidates_for
from gazetteer.resolve.features import Evidence, Surroundings, may_lie_in
from gazetteer.resolve.parse import NamePart, ParsedText, parse
from gazetteer.resolve.part_of import part_place, whole_name
from gazetteer.resolve.rank import SAME_ANSWER_M, Ranked, Weights, load_weights, rank
from gazetteer.resolve.reasons import explain
from gazetteer.resolve.relations import Relation
from gazetteer.resolve.relative import common_place, offset_place, place_at, why_too_wide
from gazetteer.resolve.surroundings import surroundings_of
from gazetteer.results import Match, Query, Resolution, Status

__all__ = ["Resolver"]

#: Below this likeness the name itself was not found, and the places stated round it are tried.
_FOUND: Final = 0.75
#: A candidate less likely than this is not worth showing.
_WORTH_SHOWING: Final = 0.005
#: A written coordinate is good to about a block: four decimals are 11 m, two are 1.1 km.
_COORDINATE_RADIUS_M: Final = 100.0


class Resolver:
    """Resolves spellings against one gazetteer.

    Parameters
    ----------
    places
        The gazetteer's places, by position.
    index
        Its spellings.
    weights
        The ranking model; None for the one that the package carries.
    """

    def __init__(self, places: Sequence[Place], index: NameIndex, *, weights: Weights | None = None) -> None:
        self._weights = weights or load_weights()
        self._places = places
        self._index = index
        self._by_id = {place.id: place for place in places}
        self._surroundings: dict[tuple[str, ...], Surroundings] = {}

    def resolve(
        self,
        text: str,
        *,
        within: Sequence[Collection[str]] = (),
        hints: Sequence[str] = (),
        kinds: Collection[PlaceKind] = (),
        limit: int = 5,
        min_confidence: float = 0.7,
    ) -> Resolution:
        """Resolve one spelling.

        Parameters
        ----------
        text
            A cell as a reporter wrote it.
        within
            Sets of P-codes: only places in one of each set are considered.
        hints
            Names of areas or places round it, which may be wrong or unknown.
        kinds
            Only these kinds are considered; empty for all.
        limit
            How many matches to return at most.
        min_confidence
            The confidence, 0 to 1, from which the best match counts as the answer.
        """
        parsed = parse(text)
        query = _query(parsed, hints)
        if parsed.point:
            place = place_at(parsed.point, name=parsed.text, uncertainty_m=_COORDINATE_RADIUS_M)
            return Resolution(
                query, "resolved", (Match(place, 1.0, parsed.text, "coordinates", ("a written position",)),)
            )
        if parsed.pcode:
            found = self._by_id.get(parsed.pcode)
            if found is None:
                return Resolution(query, "unresolved", ())
            return Resolution(query, "resolved", (Match(found, 1.0, parsed.pcode, "pcode", ("its P-code",)),))
        matches, none = self._matches(parsed, within, hints, kinds, limit)
        return Resolution(query, _status(matches, none, min_confidence), tuple(matches))

    def _matches(
        self,
        parsed: ParsedText,
        within: Sequence[Collection[str]],
        hints: Sequence[str],
        kinds: Collection[PlaceKind],
        limit: int,
    ) -> tuple[list[Match], float]:
        relation = parsed.relation
        if parsed.pair and not kinds and (road := self._road(parsed.pair, within, hints)):
            return [road], 0.0
        if relation and relation.anchors and not kinds:
            joint, missing = self._joint(parsed, relation, within, hints)
            if joint:
                return [joint], 0.0
        else:
            missing = None
        if not parsed.parts:
            return [], 1.0
        kind = relation.kind if relation else None
        parts = tuple(_asking(part, kinds) for part in parsed.parts)
        evidence = self.evidence(parts, within=within, hints=hints, kinds=kinds, relation=kind)
        ranked, none = rank(evidence, self._places, weights=self._weights)
        shown = [r for r in ranked if r.confidence >= _WORTH_SHOWING]
        named = {c.place for p, c in evidence.candidates if p.role == "main" and c.similarity >= _FOUND}
        # A wide place is less sure than its rank says, so only now it is known which are the best.
        matches = [self._match(r, evidence.surroundings, parsed, named) for r in shown]
        matches = sorted(matches, key=lambda match: -match.confidence)[:limit]
        return [_halved(m, missing) for m in matches] if missing else matches, none

    def evidence(
        self,
        parts: tuple[NamePart, ...],
        *,
        within: Sequence[Collection[str]] = (),
        hints: Sequence[str] = (),
        kinds: Collection[PlaceKind] = (),
        relation: str | None = None,
    ) -> Evidence:
        """Return candidates and context for the names of a cell; training looks at cells through this too."""
        surroundings = self._surroundings_of((*(p.text for p in parts[1:]), *hints))
        parts = tuple(whole_name(part, self._index, self._places) for part in parts)
        found = [(p, self._candidates(p, within, kinds)) for p in parts if p.role != "context"]
        stated = self._surroundings_of(tuple(p.text for p in parts[1:])).areas
        if not any(self._fits(c, stated) for _, candidates in found for c in candidates):
            found += [(p, self._candidates(p, within, kinds)) for p in parts if p.role == "context"]
        return Evidence(parts, tuple(found), surroundings, relation)

    def _fits(self, candidate: Candidate, stated: Sequence[Collection[str]]) -> bool:
        """Tell whether a candidate sounds like the name and may lie in the areas stated beside it."""
        place = self._places[candidate.place]
        in_all = all(any(may_lie_in(place, code) for code in codes) for codes in stated)
        return candidate.similarity >= _FOUND and in_all

    def _candidates(
        self, part: NamePart, within: Sequence[Collection[str]], kinds: Collection[PlaceKind]
    ) -> tuple[Candidate, ...]:
        found = candidates_for(part, self._index)
        if within:
            found = [c for c in found if _lies_in_all(self._places[c.place], within)]
        if kinds:
            found = [c for c in found if self._places[c.place].kind in kinds]
        return tuple(found)

    def _surroundings_of(self, hints: tuple[str, ...]) -> Surroundings:
        known = self._surroundings.get(hints)
        if known is None:
            known = surroundings_of(hints, self._index, self._places)
            if (
                len(self._surroundings) < 10_000
            ):  # columns repeat; a cap keeps a hostile table from growing it
                self._surroundings[hints] = known
        return known

    def _match(
        self, ranked: Ranked, surroundings: Surroundings, parsed: ParsedText, named: Collection[int]
    ) -> Match:
        relation, text = parsed.relation, parsed.text
        candidate, part = ranked.candidate, ranked.part
        spelling = self._spelling(ranked)
        # "X (Aleppo)" answered by Aleppo: the place stated round the name, not one of that name.
        stands_in = part.role != "main" and candidate.place not in named
        reasons = explain(candidate, part, ranked.place, spelling, surroundings, stands_in=stands_in)
        method = "fallback" if stands_in else candidate.method
        place = anchor = ranked.place
        if of_it := part_place(anchor, part, spelling, text=text):
            place = anchor = of_it[0]
            method, reasons = ("fallback" if stands_in else "around"), (of_it[1], *reasons)
        if relation and not relation.anchors and not stands_in:
            place, reason = offset_place(anchor, relation, text=text)
            if relation.kind != "offset":  # an offset may leave the area; its own is looked up later
                place = replace(place, admin=anchor.admin, admin_method=anchor.admin_method)
            method, reasons = ("offset" if relation.kind == "offset" else "around"), (reason, *reasons)
        confidence = ranked.confidence
        too_wide = why_too_wide(anchor, place) if method == "offset" else None
        if too_wide or method in ("around", "fallback"):
            confidence *= _share_within_reach(place)
        return Match(place, confidence, spelling, method, (too_wide, *reasons) if too_wide else reasons)

    def _joint(
        self, parsed: ParsedText, relation: Relation, within: Sequence[Collection[str]], hints: Sequence[str]
    ) -> tuple[Match | None, str | None]:
        """Return the common point of all anchors, or the first anchor that is not found at all."""
        context = tuple(p.text for p in parsed.parts[1:])
        chosen = self._chosen(relation, within, (*context, *hints))
        return (None, chosen) if isinstance(chosen, str) else (self._common(chosen, relation), None)

    def _road(
        self, pair: tuple[str, str], within: Sequence[Collection[str]], hints: Sequence[str]
    ) -> Match | None:
        """Return what lies between the two names of "X–Y" where both are towns; None for others."""
        relation = Relation("between", anchors=pair)
        chosen = self._chosen(relation, within, hints)
        if isinstance(chosen, str) or not all(_is_named_town(r) for r in chosen):
            return None
        return self._common(chosen, relation) if chosen[0].place.id != chosen[1].place.id else None

    def _chosen(
        self, relation: Relation, within: Sequence[Collection[str]], hints: Sequence[str]
    ) -> list[Ranked] | str:
        """Return the likeliest place of each anchor, or the first anchor that is not found at all."""
        chosen: list[Ranked] = []
        for anchor in relation.anchors:
            others = tuple(a for a in relation.anchors if a != anchor)
            parts = parse(anchor).parts
            if not parts:
                return anchor
            evidence = self.evidence(parts, within=within, hints=(*others, *hints), relation=relation.kind)
            ranked, none = rank(evidence, self._places, weights=self._weights)
            if not ranked or ranked[0].confidence < none:
                return anchor
            first = ranked[0]
            of_it = part_place(first.place, first.part, self._spelling(first), text=anchor)
            chosen.append(replace(first, place=of_it[0]) if of_it else first)
        return chosen

    def _common(self, chosen: Sequence[Ranked], relation: Relation) -> Match:
        place, reason = common_place([r.place for r in chosen], between=relation.kind == "between")
        shared = tuple(
            unit for unit in chosen[0].place.admin if all(r.place.lies_in(unit.pcode) for r in chosen)
        )
        place = replace(place, admin=shared, admin_method="stated" if shared else "unknown")
        names = " + ".join(map(self._spelling, chosen))
        confidence = min(r.confidence for r in chosen) * _share_within_reach(place)
        return Match(place, confidence, names, "between", (reason,))

    def _spelling(self, ranked: Ranked) -> str:
        return self._index.spellings[ranked.candidate.spelling][1]


def _is_named_town(ranked: Ranked) -> bool:
    """Tell whether a name is wholly that of a town, and not a part of its name or the area beside it."""
    named = ranked.part.role == "main" and ranked.candidate.method in ("exact", "skeleton")
    return named and ranked.place.kind.group == "settlement"


def _asking(part: NamePart, kinds: Collection[PlaceKind]) -> NamePart:
    """Return a name as if its text asked for the kind that the caller asks for."""
    return replace(part, kind=next(iter(kinds)).value) if len(kinds) == 1 and not part.kind else part


def _share_within_reach(place: Place) -> float:
    """Return how likely the true point is within 5 km of a place that is known to hold it somewhere.

    Reports cluster towards the middle: on held-out rows the share falls with the radius, not its square.
    """
    return min(1.0, SAME_ANSWER_M / place.uncertainty_m)


def _lies_in_all(place: Place, areas: Sequence[Collection[str]]) -> bool:
    return all(any(place.lies_in(code) for code in codes) for codes in areas)


def _halved(match: Match, missing: str) -> Match:
    """Half of what was said is not known: the place that is known cannot be the answer with confidence."""
    reasons = (f"only half of the text is known: {missing!r} is not in the gazetteer", *match.reasons)
    return replace(match, confidence=match.confidence / 2, reasons=reasons)


def _query(parsed: ParsedText, hints: Sequence[str]) -> Query:
    first = parsed.parts[0] if parsed.parts else None
    return Query(
        text=parsed.text,
        name=first.name if first else parsed.text,
        context=(*(p.text for p in parsed.parts[1:]), *hints),
        kind=first.kind if first else None,
        relation=parsed.relation.kind if parsed.relation else None,
    )


def _status(matches: Sequence[Match], none: float, min_confidence: float) -> Status:
    if matches and matches[0].confidence >= min_confidence:
        return "resolved"
    return "ambiguous" if matches and none < 0.5 else "unresolved"
