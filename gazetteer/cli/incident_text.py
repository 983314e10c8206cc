"""What the commands about incidents print for people; see :mod:`gazetteer.cli.text` for the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gazetteer.cli.layout import sentence, table
from gazetteer.cli.text import lies
from gazetteer.kinds import kinds_meant_by
from gazetteer.notation.lengths import format_length
from gazetteer.privacy.cells import generalised_words

if TYPE_CHECKING:
    from gazetteer.ask import QuestionAnswer
    from gazetteer.incidents import Incident
    from gazetteer.near import Expected, FacilityAnswer, NearAnswer, NearCounts, NearRow, Selection
    from gazetteer.near.count import CountAnswer

#: A row that is left open is listed from this probability on.
_WORTH_LISTING = 0.05
_EXPECTED_HEADERS = ("expected", "90 % interval", "can't say")


def near_answer(answer: "NearAnswer", *, of: str, limit: int | None) -> str:
    """Write at most `limit` incidents that are, or may be, within the distance, and the counts."""
    numbers = sorted(_listed(answer))
    rows = [_near_cells(row) for row in answer.picked(numbers[:limit])]
    table = [_near_table(rows)] if rows else []
    return "\n\n".join(
        [*table, _near_words(answer, of, _more(len(rows), len(numbers))), *_open(answer.selection, limit)]
    )


def _listed(answer: "NearAnswer") -> list[int]:
    """Return the incidents that are certainly near, then possibly, then those left open that may be."""
    left_open = answer.numbers_of("")
    may_be = left_open[answer.probabilities[left_open] >= _WORTH_LISTING]
    return [
        *(n for word in ("certain", "possible") for n in answer.numbers_of(word).tolist()),
        *may_be.tolist(),
    ]


def near_count_answer(answer: "NearCounts", *, of: str, limit: int | None) -> str:
    """Write counts by area and month, at most `limit`, and the counts of all."""
    headers, cells = _told_apart([(row.pcode, row.area, row.month) for row in answer.rows])
    rows = [
        (*cell, str(row.certain), str(row.possible), *_expected_cells(row.expected))
        for cell, row in zip(cells, answer.rows[:limit], strict=False)
    ]
    words = _near_words(answer.answer, of, _more(len(rows), len(answer.rows)))
    shown = table((*headers, "certain", "possible", *_EXPECTED_HEADERS), rows, wide=("area",))
    return "\n\n".join([*([shown] if rows else []), words, *_open(answer.answer.selection, limit)])


def _near_words(answer: "NearAnswer", of: str, more: list[str]) -> str:
    """Write the counts of an answer, and what a person should know of them."""
    count = answer.summary
    words = (
        f"Of {count.incidents} incidents, {count.certain} are certainly and {count.possible} possibly within "
        f"{format_length(count.within_m)} of {_targets(of)}; {count.no} are not, "
        f"{_unanswerable(count.unanswerable)}and {count.without_position} have no position."
        f"{_expected_words(answer)}"
    )
    if count.taken_as_exact:
        words += (
            f" {count.taken_as_exact} have coordinates without a radius or a code of precision, and were "
            "taken as exact."
        )
    if missing := count.targets_without_position:
        words += f" {missing} of {count.targets + missing} rows of {of} have no position and were left out."
    words += _generalised([count.generalised_to_deg])
    return "\n".join([*more, sentence(words), *_notes((*answer.incidents.notes, *answer.targets.notes))])


def _expected_words(answer: "NearAnswer") -> str:
    """Say how many incidents are expected to be near, and how many can't be said."""
    if answer.expected is None:
        return ""
    rest = ", and are imputed from their governorates" if answer.imputed and answer.expected.unknown else ""
    return f" {_expected_sentence(answer.expected, _rows(answer.selection))}{rest}."


def _rows(selection: "Selection | None") -> int | None:
    """Return of how many rows something is expected; None where an area was asked about."""
    return None if selection is None or selection.area is not None else len(selection.timely)


def _expected_sentence(expected: "Expected", rows: int | None) -> str:
    """Say how many are expected, and of how many `rows` it can't be said; None where an area chose them."""
    of = "" if rows is None else f" of {rows}"
    return f"Expected: {_expected_number(expected)}; {_number(expected.unknown)}{of} rows can't be said"


def _expected_number(expected: "Expected") -> str:
    return f"{_number(expected.number)} ({_number(expected.low)}-{_number(expected.high)})"


def _expected_cells(expected: "Expected") -> tuple[str, str, str]:
    ends = f"{_number(expected.low)}-{_number(expected.high)}"
    return _number(expected.number), ends, _number(expected.unknown)


def _number(number: float) -> str:
    """Write a number with one decimal, where it isn't whole."""
    return f"{number:.1f}".removesuffix(".0")


def _told_apart(
    keys: Sequence[tuple[str | None, str | None, str | None]],
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the headers of what counts are told apart by, and the cells of each, by code, area and month."""
    ways = {
        "area": any(code is not None for code, _, _ in keys),
        "month": any(month is not None for _, _, month in keys),
    }
    cells = [
        (
            *([f"{area} ({code})" if code else "not known"] if ways["area"] else []),
            *([month or "no date"] if ways["month"] else []),
        )
        for code, area, month in keys
    ]
    return [name for name, told in ways.items() if told], cells


def _near_cells(row: "NearRow") -> tuple[str, ...]:
    return (
        _day(row.incident),
        row.incident.place,
        row.nearest.name if row.nearest else "",
        "" if row.distance_m is None else format_length(row.distance_m),
        row.certainty or "open",
        _share(row.probability),
        f"{row.count_certain}/{row.count_possible}",
    )


def _more(shown: int, there_are: int) -> list[str]:
    """Say that not all rows are shown, where some are."""
    if not shown or shown == there_are:
        return []
    return [sentence(f"The first {shown} of {there_are} rows are shown; --all shows all.")]


def _notes(notes: Iterable[str]) -> list[str]:
    return [sentence(f"Note: {note}") for note in dict.fromkeys(notes)]


def _open(selection: "Selection | None", limit: int | None = 50) -> list[str]:
    """Write the incidents that may or may not be asked for."""
    if selection is None or not len(selection.open):
        return []
    if limit == 0:
        return [f"Of {len(selection.open)} others it is not decided whether they are asked for."]
    rows = [(_day(one), one.place, why) for one, why in selection.undecided(limit)]
    more = _more(len(rows), len(selection.open))
    return [
        "\n".join([f"Not decided:\n{table(('date', 'place', 'why'), rows, wide=('place', 'why'))}", *more])
    ]


def _day(incident: "Incident") -> str:
    """Write the day of an incident, or its first and last; empty without."""
    first, last = incident.days or (incident.date, incident.date)
    return " to ".join(dict.fromkeys(day.isoformat() for day in (first, last) if day is not None))


def _generalised(sides: Iterable[float | None]) -> str:
    """Say how far places were generalised that distances were measured to."""
    known = [side for side in sides if side is not None]
    return f" Distances are to places {generalised_words(max(known))}." if known else ""


def question_answer(answer: "QuestionAnswer", *, limit: int | None) -> str:
    """Write how a question was read, then its answer; of incidents at most `limit`."""
    read_as = sentence(f"Read as: {answer.question.describe()}.")
    if answer.measured is not None:
        row = answer.measured
        end = f"{row['nearest_name']} ({row['nearest_id']})" if "nearest_id" in row else row["to"]
        words = _measured_words(end, row)
    elif answer.near is not None:
        words = _incident_words(answer, limit)
    else:
        number = f"{answer.summary['incidents']} incidents.{_expected_of(answer)}"
        words = "\n\n".join([sentence(number), *_open(answer.selection, limit), *_said(answer)])
    return f"{read_as}\n\n{words}"


def _measured_words(end: str, row: Mapping[str, Any]) -> str:
    words = lies(end, row["from"], row["distance_m"], row["compass"])
    spread = f"{format_length(row['least_m'])} to {format_length(row['most_m'])}"
    cells = [side for name, side in row.items() if name.endswith("generalised_to_deg")]
    return sentence(f"{words}; {spread} within the radii of both.{_generalised(cells)}")


def _incident_words(answer: "QuestionAnswer", limit: int | None) -> str:
    count, near = answer.summary, answer.near
    assert near is not None  # the question is about nearness
    numbers = _listed(near)
    rows = [_near_cells(row) for row in near.picked(numbers[:limit])]
    parts = [_near_table(rows)] if rows else []
    words = sentence(
        f"Of {count['incidents']} incidents asked about, {count['certain']} are certainly and "
        f"{count['possible']} possibly; {count['no']} are not, "
        f"{_unanswerable(count['unanswerable'])}and {count['without_position']} have no position."
        f"{_expected_words(near)}{_generalised([count.get('generalised_to_deg')])}"
    )
    parts.append("\n".join([*_more(len(rows), len(numbers)), words]))
    return "\n\n".join([*parts, *_open(answer.selection, limit), *_said(answer)])


def _expected_of(answer: "QuestionAnswer") -> str:
    """Say how many incidents are expected in the area that was asked about."""
    if answer.expected is None or answer.selection is None:
        return ""
    return f" {_expected_sentence(answer.expected, _rows(answer.selection))}."


def _said(answer: "QuestionAnswer") -> list[str]:
    """Write what a person should know of how the incidents were read, as one paragraph."""
    notes = _notes(answer.selection.incidents.notes) if answer.selection else []
    return ["\n".join(notes)] if notes else []


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


def facility_answer(
    answer: "FacilityAnswer", selection: "Selection", *, of: str, within_m: float, limit: int | None
) -> str:
    """Write the places with incidents near them, at most `limit`, and what could not be counted."""
    by_month = any(row.month is not None for row in answer.rows)
    headers = ("place", *(["month"] if by_month else []), "certain", "possible", *_EXPECTED_HEADERS[:2])
    rows = [
        (
            row.place.name,
            *([row.month or "no date"] if by_month else []),
            str(row.certain),
            str(row.possible),
            *_expected_cells(row.expected)[:2],
        )
        for row in answer.rows[:limit]
    ]
    near_some = len({row.place.id for row in answer.rows if row.possible})
    words = sentence(
        f"{near_some} of {answer.targets} places have an incident at least possibly within "
        f"{format_length(within_m)} ({_targets(of)}). Of {answer.incidents} incidents, "
        f"{_unanswerable(answer.unanswerable)}{answer.without_position} have no position; of "
        f"{_number(answer.unknown)} it can't be said what they are near."
        f"{_generalised(row.place.generalised_to_deg for row in answer.rows)}"
    )
    below = "\n".join([*_more(len(rows), len(answer.rows)), words, *_notes(selection.incidents.notes)])
    return "\n\n".join(
        [*([table(headers, rows, wide=("place",))] if rows else []), below, *_open(selection, limit)]
    )


def count_answer(answer: "CountAnswer", *, limit: int | None) -> str:
    """Write counts by area and month, at most `limit`, and how many incidents could not be decided."""
    counts, chosen = answer.rows, answer.selection
    headers, cells = _told_apart([(row.pcode, row.area, row.month) for row in counts])
    expected = _EXPECTED_HEADERS if any(row.expected for row in counts) else ()
    rows = [
        (*cell, str(row.incidents), *(_expected_cells(row.expected) if row.expected else ()))
        for cell, row in zip(cells, counts[:limit], strict=False)
    ]
    unknown = sum(c.incidents for c in counts if "" in (c.pcode, c.month))
    words = sentence(
        f"{len(chosen.kept) - unknown} incidents are counted; "
        + (f"of {unknown} more the {' or the '.join(headers)} is not known, and " if unknown else "")
        + f"of {len(chosen.open)} others the date or the place is not known well enough to say."
        + (f" {_expected_sentence(answer.expected, _rows(chosen))}." if answer.expected else "")
    )
    below = "\n".join([*_more(len(rows), len(counts)), words, *_notes(chosen.incidents.notes)])
    shown = table((*headers, "incidents", *expected), rows, wide=("area",))
    return f"{shown}\n\n{below}" if headers else below
