import datetime
from pathlib import Path
from typing import Any

import pytest

from gazetteer.ask import (
    EXAMPLES,
    CountQuestion,
    DistanceQuestion,
    NearestQuestion,
    NearQuestion,
    Question,
    QuestionAnswer,
    answer,
    parse_question,
)
from gazetteer.errors import CoordinateError, InputError, NotFoundError, QuestionError
from gazetteer.geodesy import LatLon
from tests.fakes import FakeGazetteer, an_incident

MAY = {"start": datetime.date(2016, 5, 1), "end": datetime.date(2016, 5, 31)}


def asked(text: str, *incidents: Any, **options: bool) -> QuestionAnswer:
    return answer(parse_question(text), FakeGazetteer(), incidents or (an_incident(),), **options)


def test_incidents_near_something_are_read_with_area_and_dates() -> None:
    for text, fields in (
        ("strikes within 5 km of a hospital", {}),
        ("Strikes within 5km of hospitals?", {"what": "Strikes", "target": "hospitals"}),
        ("which incidents were within 800 m of any hospital", {"what": "incidents", "within_m": 800.0}),
        ("all air strikes within 3 miles of a hospital", {"what": "air strikes", "within_m": 4828.032}),
        ("strikes within 5 km of a hospital in Idlib", {"area": "Idlib"}),
        ("how many strikes were within 5 km of a hospital in Idlib", {"area": "Idlib"}),
        ("strikes within 5 km of a hospital in May 2016", MAY),
        ("strikes within 5 km of a hospital in Idlib in May 2016", {"area": "Idlib"} | MAY),
        ("strikes within 5 km of a hospital in the Idlib governorate", {"area": "Idlib governorate"}),
        ("strikes within 5 km of the National hospital", {"target": "the National hospital"}),
        ("strikes within 5 km of Kafranbel since 2016-05-01", {"target": "Kafranbel", "start": MAY["start"]}),
        ("strikes within 5 km of al-Quds hospital, Aleppo", {"target": "al-Quds hospital, Aleppo"}),
    ):
        expected: dict[str, Any] = {"what": "strikes", "within_m": 5000.0, "target": "hospital"} | fields
        assert NearQuestion(text, **expected) == parse_question(text), text


def test_a_number_of_incidents_is_read_with_area_and_dates() -> None:
    for text, fields in (
        ("how many strikes in Idlib governorate in May 2016", {"area": "Idlib governorate"} | MAY),
        ("How many strikes were there in the Idlib governorate?", {"area": "Idlib governorate"}),
        ("how many strikes happened in May 2016", MAY),
        ("how many strikes in Idlib in 05/2016", {"area": "Idlib"} | MAY),
        ("how many strikes from 1 to 31 May 2016", MAY),
        ("how many strikes since 2016-05-01", {"start": MAY["start"]}),
        ("how many strikes", {}),
    ):
        assert CountQuestion(text, "strikes", **fields) == parse_question(text), text


def test_the_other_forms_are_read() -> None:
    known: list[tuple[str, Question]] = [
        ("nearest hospital to Kafranbel", NearestQuestion("", "hospital", "Kafranbel")),
        ("What is the nearest airbase to Kafranbel?", NearestQuestion("", "airbase", "Kafranbel")),
        ("distance from Idlib to Aleppo", DistanceQuestion("", "Idlib", "Aleppo")),
        ("What is the distance between Idlib and Aleppo?", DistanceQuestion("", "Idlib", "Aleppo")),
    ]
    for text, question in known:
        assert question.describe() == parse_question(text).describe()
    assert list(EXAMPLES) == [parse_question(example).text for example in EXAMPLES]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a question"),
        ("who bombed the hospital", "not a question"),
        ("strikes near a hospital", "not a question"),
        ("strikes within 5 of a hospital", "not a length"),
        ("strikes within -5 km of a hospital", "zero or more"),
        ("barrel bombs within 5 km of a hospital", "'barrel bombs' is not a word for incidents"),
        ("strikes within 5 km of a hospital on 2016-02-31", "not a date"),
        ("strikes within 5 km of a hospital in Ramadan 2016", "'Ramadan 2016' is not a date"),
        ("strikes within 5 km of a hospital in Idlib on 05/06/2016", "2016-06-05 or 2016-05-06"),
        ("strikes within 5 km of a hospital since yesterday", "'yesterday' is not a date"),
        ("how many strikes in Idlib between 2016-05-01 and then", "'then' is not a date"),
        ("how many strikes from 2016-05-01 to now", "'now' is not a date"),
        ("how many strikes in Idlib in May", "'May' is not a date"),
        ("strikes within 5 km of a hospital between 2016-06-01 and 2016-05-01", "backwards"),
        ("how many hospitals in Idlib", "not a question"),
        ("nearest pizza to Kafranbel", "'pizza' is not a kind"),
        ("strikes within 5 km of " + "a" * 400, "300 characters"),
    ],
)
def test_what_is_not_understood_is_refused_with_examples(text: str, words: str) -> None:
    with pytest.raises(QuestionError) as refused:
        parse_question(text)
    assert words in str(refused.value)
    assert all(example in str(refused.value) for example in EXAMPLES)
    assert "question" == refused.value.parameter


def test_a_question_says_how_it_was_read() -> None:
    every = 'incidents (every row; "strikes" does not choose among them)'
    days = "from 2016-05-01 to 2016-05-31"
    for text, words in (
        ("strikes within 5 km of a hospital in Idlib in May 2016",
         f"{every} within 5.0 km of any hospital, in Idlib, {days}"),
        ("strikes within 5 km of Idlib until May 2016",
         f'{every} within 5.0 km of the place "Idlib", until 2016-05-31'),
        ("how many strikes since May 2016", f"the number of {every}, since 2016-05-01"),
    ):  # fmt: skip
        assert words == parse_question(text).describe()


def test_the_answer_lists_certain_then_possible_then_unanswerable_then_those_without_a_position() -> None:
    found = asked(
        "strikes within 5 km of a hospital",
        an_incident(id="nowhere", position=None),
        an_incident(id="rough", uncertainty_m=21_000.0),
        an_incident(id="wide", uncertainty_m=9000.0),
        an_incident(id="far", position=LatLon(34, 37)),
        an_incident(id="sure"),
    )
    assert ["sure", "wide", "rough", "nowhere"] == [row["id"] for row in found.rows]
    assert ["certain", "possible", "unanswerable", ""] == [row["certainty"] for row in found.rows]
    first, _, rough, _ = found.rows
    assert (1.0, 1, 1) == (first["probability"], first["count_certain"], first["count_possible"])
    assert rough["probability"] is None
    counts = ("incidents", "certain", "possible", "no", "unanswerable", "without_position")
    assert [5, 1, 1, 1, 1, 1] == [found.summary[name] for name in counts]
    assert ["question", "read_as", "summary", "rows", "undecided"] == list(found.as_json())


def test_the_area_and_the_days_choose_and_the_undecided_are_listed() -> None:
    for start in ("strikes within 5 km of a hospital", "how many strikes"):
        found = asked(
            f"{start} in Idlib in May 2016",
            an_incident(id="in"),
            an_incident(id="elsewhere", admin=("SY02",)),
            an_incident(id="later", date=datetime.date(2016, 6, 1)),
            an_incident(id="undated", date=None),
        )
        assert (["in"], ["undated"]) == ([r["id"] for r in found.rows], [r["id"] for r in found.undecided]), (
            start
        )
        assert (1, 1) == (found.summary["incidents"], found.summary["undecided"]), start
        assert {"id": "SY07", "name": "Idleb", "kind": "governorate"} == found.summary["area"], start


def test_a_place_by_name_is_a_target_and_its_dates_may_be_ignored() -> None:
    found = asked("strikes within 5 km of Idlib")
    assert ["test:idlib"] == [row["nearest_id"] for row in found.rows]
    for target in ("a hospital", "Old hospital"):
        text, incident = f"strikes within 5 km of {target}", an_incident(position=LatLon(35.6, 36.56))
        assert 1 == asked(text, incident).summary["no"]
        assert 1 == asked(text, incident, ignore_dates=True).summary["certain"]


def test_what_is_measured_is_one_row() -> None:
    (row,) = asked("nearest hospital to Kafranbel").rows
    assert ("test:old", "east") == (row["nearest_id"], row["compass"])
    assert row["min_m"] <= row["distance_m"] <= row["max_m"]
    (row,) = asked("nearest settlement to Saraqeb").rows  # another than itself
    assert "test:idlib" == row["nearest_id"]
    (row,) = asked("distance from Idlib to Aleppo").rows
    assert ("Idlib", "Aleppo", "northeast") == (row["from"], row["to"], row["compass"])


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("strikes within 5 km of Nowhere", InputError, "place 'Nowhere' was not found"),
        ("strikes within 5 km of Twin", InputError, "place 'Twin' is ambiguous"),
        ("strikes within 5 km of 95,36.1", CoordinateError, "latitude must lie.*the order may be swapped"),
        ("nearest hospital to nan,36.1", CoordinateError, "latitude must be a finite number"),
        ("nearest hospital to Nowhere", NotFoundError, "place 'Nowhere' was not found"),
        ("strikes within 5 km of a hospital in Atlantis", InputError, "no area named 'Atlantis'"),
        ("nearest hospital to Twin", InputError, "place 'Twin' is ambiguous"),
        ("nearest dam to Kafranbel", NotFoundError, "knows no dam"),
    ],
)
def test_a_name_without_one_answer_is_an_error_that_says_so(
    text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        asked(text)


def test_an_area_in_a_question_is_never_read_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "square.geojson"
    path.write_text('{"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 35]]]}')
    for text in (f"how many strikes in {path}", f"strikes within 5 km of a hospital in {path}"):
        with pytest.raises(InputError, match="no area named"):
            asked(text)


def test_what_cant_be_answered_of_incidents_is_refused() -> None:
    with pytest.raises(InputError, match="name their table"):
        answer(parse_question("how many strikes"), FakeGazetteer(), None)
    with pytest.raises(InputError, match="only how many are near something can be imputed"):
        asked("how many strikes", impute=True)
