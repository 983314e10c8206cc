"""Why this answer: the facts behind a match, in words a documenter can quote."""

from gazetteer.names import skeleton
from gazetteer.places import Place
from gazetteer.resolve.candidates import Candidate
from gazetteer.resolve.features import Surroundings
from gazetteer.resolve.parse import NamePart

__all__ = ["explain"]


def explain(
    candidate: Candidate, part: NamePart, place: Place, spelling: str, surroundings: Surroundings
) -> tuple[str, ...]:
    """Return the reasons for a match, most important first.

    Parameters
    ----------
    candidate, part, place
        The match.
    spelling
        The spelling in the gazetteer that matched.
    surroundings
        The context it was ranked in.
    """
    reasons = []
    if part.role == "context":
        reasons.append(
            f"the name itself is not in the gazetteer; this is the place stated round it, {part.text!r}"
        )
    if candidate.method == "exact":
        reasons.append(f"spelled {spelling!r} in the gazetteer")
    elif candidate.method == "skeleton":
        code = "-".join(skeleton(part.name))
        reasons.append(
            f"skeleton {code} equal to that of {spelling!r}, sounds {candidate.similarity:.0%} alike"
        )
    else:
        reasons.append(f"nearest to {spelling!r}, sounds {candidate.similarity:.0%} alike")
    if candidate.modifiers_shared:
        reasons.append("the same upper/lower, east/west, great/small or number")
    if candidate.modifiers_missing:
        reasons.append(f"but {', '.join(sorted(part.modifiers))} is not in this spelling")
    if candidate.modifiers_extra:
        reasons.append(
            "but this spelling tells a namesake apart (upper, east, a number) and the text does not"
        )
    for hint in surroundings.areas:
        inside = place.lies_in(max(hint, key=len)) or any(place.lies_in(code) for code in hint)
        reasons.append("in the given area" if inside else "not in the given area")
    if part.kind:
        reasons.append(f"a {part.kind} was asked for, this is a {place.kind.value}".replace("_", " "))
    if place.population:
        reasons.append(f"{place.population:,} inhabitants")
    return tuple(dict.fromkeys(reasons))
