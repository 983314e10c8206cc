"""What the commands about incidents print for people; see :mod:`gazetteer.cli_output` for the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gazetteer.cli_layout import sentence, table
from gazetteer.cli_output import lies
from gazetteer.generalise import generalised_words
from gazetteer.places import kinds_meant_by
from gazetteer.swapped import SWAP_HINT
from gazetteer.units import format_length

if TYPE_CHECKING:
    from gazetteer.incidents import Incident
    from gazetteer.proximity import AreaCount, FacilityAnswer, NearAnswer, Selection
    from gazetteer.question import QuestionAnswer

__all__ = ["count_answer", "facility_answer", "near_answer", "question_answer"]


def near_answer(answer: "NearAnswer", *, of: str) -> str:
    """Write the incidents that are certainly or possibly within the distance, and the counts."""
    count = answer.summary
    rows = [
        (
            row.incident.date.isoformat() if row.incident.date else "",
            row.incident.place,
            row.nearest.name if row.nearest else "",
            "" if row.distance_m is None else format_length(row.distance_m),
            row.certainty,
            _share(row.probability),
            f"{row.count_certain}/{row.count_possible}",
        )
        for row in answer.rows
        if row.certainty in ("certain", "possible")
    ]
    words = (
        f"Of {count.incidents} incidents, {count.certain} are certainly and {count.possible} possibly within "
        f"{format_length(count.within_m)} of {_targets(of)}; {count.no} are not, "
        f"{_unanswerable(count.unanswerable)}and {count.without_position} have no position."
    )
    if count.taken_as_exact:
        words += (
            f" {count.taken_as_exact} have coordinates without a radius or a code of precision, and were "
            "taken as exact."
        )
    if missing := count.targets_without_position:
        words += f" {missing} of {count.targets + missing} rows of {of} have no position and were left out."
    words += _swapped(answer.incidents) + _generalised([count.generalised_to_deg])
    return "\n\n".join([_near_table(rows), sentence(words)] if rows else [sentence(words)])


def _swapped(incidents: Iterable["Incident"]) -> str:
    """Say how many positions seem to have their axes swapped."""
    number = sum(any(SWAP_HINT in problem for problem in incident.problems) for incident in incidents)
    return f" {number} have a position {SWAP_HINT}." if number else ""


def _generalised(sides: Iterable[float | None]) -> str:
    """Say how far places were generalised that distances were measured to."""
    known = [side for side in sides if side is not None]
    return f" Distances are to places {generalised_words(max(known))}." if known else ""


def question_answer(answer: "QuestionAnswer") -> str:
    """Write how a question was read, then its answer."""
    from gazetteer.question import CountQuestion, DistanceQuestion, NearestQuestion

    read_as = sentence(f"Read as: {answer.question.describe()}.")
    match answer.question:
        case NearestQuestion():
            row = answer.rows[0]
            words = _measured_words(f"{row['nearest_name']} ({row['nearest_id']})", row)
        case DistanceQuestion():
            words = _measured_words(answer.rows[0]["to"], answer.rows[0])
        case CountQuestion():
            words = "\n\n".join([f"{answer.summary['incidents']} incidents.", *_undecided(answer.undecided)])
        case _:
            words = _incident_words(answer)
    return f"{read_as}\n\n{words}"


def _measured_words(end: str, row: Mapping[str, Any]) -> str:
    words = lies(end, row["from"], row["distance_m"], row["compass"])
    spread = f"{format_length(row['least_m'])} to {format_length(row['most_m'])}"
    cells = [side for name, side in row.items() if name.endswith("generalised_to_deg")]
    return sentence(f"{words}; {spread} within the radii of both.{_generalised(cells)}")


def _incident_words(answer: "QuestionAnswer") -> str:
    count = answer.summary
    rows = [
        (
            row["date"] or "",
            row["place"],
            row["nearest_name"] or "",
            "" if row["distance_m"] is None else format_length(row["distance_m"]),
            row["certainty"],
            _share(row["probability"]),
            f"{row['count_certain']}/{row['count_possible']}",
        )
        for row in answer.rows
        if row["certainty"] in ("certain", "possible")
    ]
    parts = [_near_table(rows)] if rows else []
    parts.append(
        sentence(
            f"Of {count['incidents']} incidents asked about, {count['certain']} are certainly and "
            f"{count['possible']} possibly; {count['no']} are not, "
            f"{_unanswerable(count['unanswerable'])}and {count['without_position']} have no position."
            f"{_generalised([count.get('generalised_to_deg')])}"
        )
    )
    return "\n\n".join([*parts, *_undecided(answer.undecided)])


def _undecided(found: Sequence[Mapping[str, Any]]) -> list[str]:
    if not found:
        return []
    rows = [(row["date"] or "", row["place"], row["why"]) for row in found]
    return [f"Not decided:\n{table(('date', 'place', 'why'), rows, wide=('place', 'why'))}"]


def _share(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.2f}"


def _unanswerable(count: int) -> str:
    return f"{count} are known too roughly to say (unanswerable), " if count else ""


def _near_table(rows: Iterable[Sequence[str]]) -> str:
    headers = ("date", "place", "nearest", "distance", "certainty", "prob.", "count")
    return table(headers, rows, wide=("place", "nearest"))


def _targets(of: str) -> str:
    kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(of)))
    return f"any {kinds}" if kinds else f"the places of {of}"


def facility_answer(answer: "FacilityAnswer", *, of: str, within_m: float) -> str:
    """Write the places with incidents near them, and what could not be counted."""
    by_month = any(row.month is not None for row in answer.rows)
    headers = ("place", *(["month"] if by_month else []), "certain", "possible")
    rows = [
        (
            row.place.name,
            *([row.month or "no date"] if by_month else []),
            str(row.certain),
            str(row.possible),
        )
        for row in answer.rows
    ]
    near_some = len({row.place.id for row in answer.rows})
    words = (
        f"{near_some} of {answer.targets} places have an incident at least possibly within "
        f"{format_length(within_m)} ({_targets(of)}). Of {answer.incidents} incidents, "
        f"{_unanswerable(answer.unanswerable)}{answer.without_position} have no position."
        f"{_generalised(row.place.generalised_to_deg for row in answer.rows)}"
    )
    return "\n\n".join(
        [table(headers, rows, wide=("place",)), sentence(words)] if rows else [sentence(words)]
    )


def count_answer(counts: Sequence["AreaCount"], chosen: "Selection") -> str:
    """Write counts by area and month, and how many incidents could not be decided."""
    ways = {
        "area": any(c.pcode is not None for c in counts),
        "month": any(c.month is not None for c in counts),
    }
    headers = [name for name, told_apart in ways.items() if told_apart]
    rows = [
        (
            *([f"{c.area} ({c.pcode})" if c.pcode else "not known"] if ways["area"] else []),
            *([c.month or "no date"] if ways["month"] else []),
            str(c.incidents),
        )
        for c in counts
    ]
    unknown = sum(c.incidents for c in counts if "" in (c.pcode, c.month))
    words = sentence(
        f"{len(chosen.kept) - unknown} incidents are counted; "
        + (f"of {unknown} more the {' or the '.join(headers)} is not known, and " if unknown else "")
        + f"of {len(chosen.undecided)} others the date or the place is not known well enough to say."
        + _swapped([*chosen.kept, *(one for one, _ in chosen.undecided)])
    )
    return f"{table((*headers, 'incidents'), rows, wide=('area',))}\n\n{words}" if headers else words
