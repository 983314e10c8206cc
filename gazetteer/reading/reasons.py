"""Why this answer: the facts behind a match, in words a documenter can quote."""

from collections.abc import Sequence

from gazetteer.names import skeleton
from gazetteer.reading.candidates import Candidate
from gazetteer.reading.features import may_lie_in
from gazetteer.reading.spans import Span
from gazetteer.values import Place


def explain(
    candidate: Candidate,
    span: Span,
    place: Place,
    spelling: str,
    areas: Sequence[frozenset[str]],
    *,
    stands_in: bool,
) -> tuple[str, ...]:
    """Return the reasons for a match, most important first; `stands_in` if it is that round the name."""
    reasons = []
    if stands_in:
        reasons.append(
            f"the name itself is not in the gazetteer; this is the place stated round it, {span.text!r}"
        )
    alike = f"sounds {candidate.similarity:.0%} alike"
    if candidate.method == "exact":
        reasons.append(f"spelled {spelling!r} in the gazetteer")
    elif candidate.method == "skeleton":
        reasons.append(f"skeleton {'-'.join(skeleton(span.name))} equal to that of {spelling!r}, {alike}")
    else:
        reasons.append(f"nearest to {spelling!r}, {alike}")
    if candidate.modifiers_shared:
        reasons.append("the same upper/lower, east/west, great/small or number")
    if candidate.modifiers_missing:
        reasons.append(f"but {', '.join(sorted(span.modifiers))} is not in this spelling")
    if candidate.modifiers_extra:
        reasons.append(
            "but this spelling tells a namesake apart (upper, east, a number) and the text does not"
        )
    # Where it isn't known whether a place lies in an area, nothing is said.
    inside = [
        any(map(place.lies_in, codes))
        for codes in areas
        if any(place.lies_in(code) or not may_lie_in(place, code) for code in codes)
    ]
    if inside:
        one = "area" if len(inside) == 1 else "areas"
        whether = "in" if all(inside) else "in only some of" if any(inside) else "not in"
        reasons.append(f"{whether} the given {one}")
    if span.kind:
        reasons.append(f"{_an(span.kind)} was asked for, this is {_an(place.kind.value)}")
    if place.population:
        reasons.append(f"{place.population:,} inhabitants")
    return tuple(dict.fromkeys(reasons))


def _an(kind: str) -> str:
    """Write a kind with its article: "an air base"."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}".replace("_", " ")
