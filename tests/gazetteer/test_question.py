import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from gazetteer import Gazetteer
from gazetteer.ask import EXAMPLES, QuestionAnswer, answer, parse_question
from gazetteer.ask.read import read
from gazetteer.errors import CoordinateError, InputError, NotFoundError, QuestionError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place, Spelling
from tests.fakes import FakeGazetteer, a_place, an_incident

SARAQIB, ARIHA, KAFRANBEL = "geonames:164816", "geonames:172994", "geonames:168661"
IDLIB, ALEPPO = "geonames:169389", "geonames:170063"
MAY = {"from": "2016-05-01", "to": "2016-05-31"}
#: Each question with what differs from a list of incidents anywhere and at any time.
READ: dict[str, dict[str, Any]] = {
    "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30": {
        "near": 5000, "target": "hospital", "area": "SY07", "from": "2016-05-01", "to": "2016-06-30"
    },
    "which incidents were within 800 m of any hospital?": {"near": 800, "target": "hospital"},
    "all air strikes within three miles of health facilities": {"near": 4828.032, "target": "facility"},
    "attacks within a 2-km radius of airbases": {"near": 2000, "target": "air_base"},
    "incidents less than 2 km away from Saraqib": {"near": 2000, "target": SARAQIB},
    "how many strikes within 2 km of a school": {"near": 2000, "target": "school", "count": True},
    "strikes within 5 km of 35.81, 36.60": {"near": 5000, "target": "35.81, 36.6"},
    "near Saraqib": {"near": 5000, "target": SARAQIB},
    "Strikes near Saraqib in May 2016, in Idlib": {"near": 5000, "target": SARAQIB, "area": "SY07"} | MAY,
    "strikes within 3 km of the national hospital in Idlib": {
        "near": 3000, "target": "cg:idlib-national-hospital", "area": "SY07"
    },
    "within 10 km of the Turkish border": {"near": 10_000, "target": "border with Turkey"},
    "along the M5": {"near": 1000, "target": "M5"},
    "strikes on the M5": {"near": 1000, "target": "M5"},
    "strikes at the border": {"near": 1000, "target": "border"},
    "incidents along the Euphrates in Raqqa governorate": {
        "near": 1000, "target": "Euphrates", "area": "SY11"
    },
    "strikes not within 5 km of a hospital": {"not near": 5000, "target": "hospital"},
    "strikes outside 5 km of a hospital": {"not near": 5000, "target": "hospital"},
    "incidents more than 10 km from Saraqib": {"not near": 10_000, "target": SARAQIB},
    "attacks not more than 10 km from Saraqib": {"near": 10_000, "target": SARAQIB},
    "strikes far from Saraqib": {"not near": 5000, "target": SARAQIB},
    "incidents near hospitals within 2 km": {"near": 2000, "target": "hospital"},
    "between Saraqib and Ariha": {"between": 2000, "target": f"{SARAQIB} and {ARIHA}"},
    "strikes on the road between Saraqib and Ariha since June 2016": {
        "between": 2000, "target": f"{SARAQIB} and {ARIHA}", "from": "2016-06-01"
    },
    "incidents in Saraqib": {"area": "SY070003"},
    "attacks on Saraqib city": {"area": SARAQIB},
    "strikes in Aleppo city until 2017": {"area": ALEPPO, "to": "2017-12-31"},
    "What happened in SY0705 before June 2016?": {"area": "SY0705", "to": "2016-05-31"},
    "strikes on hospitals in Idlib": {"at": None, "target": "hospital", "area": "SY07"},
    "hospital attacks in Idlib after 2016-05-01": {
        "at": None, "target": "hospital", "area": "SY07", "from": "2016-05-02"
    },
    "attacks at Kafr Nabl surgical hospital": {"at": None, "target": "cg:kafr-nabl-surgical-hospital"},
    "how many strikes in Idlib governorate by month": {"area": "SY07", "count": True, "by": "month"},
    "monthly number of strikes in Idlib": {"area": "SY07", "count": True, "by": "month"},
    "number of incidents per district in Aleppo in 2016": {
        "area": "SY02", "count": True, "by": "area", "from": "2016-01-01", "to": "2016-12-31"
    },
    "How many strikes were there in the Idlib governorate?": {"area": "SY07", "count": True},
    "strikes in May 2016": MAY,
    "in May 2016, how many strikes happened in Idlib?": {"area": "SY07", "count": True} | MAY,
    "strikes on 2016-05-30": {"from": "2016-05-30", "to": "2016-05-30"},
    "nearest hospital to Kafranbel": {"nearest": None, "target": "hospital", "from": KAFRANBEL},
    "which hospital is nearest to Kafranbel?": {"nearest": None, "target": "hospital", "from": KAFRANBEL},
    "what is the closest town to 35.8, 36.6": {"nearest": None, "target": "settlement", "from": "35.8, 36.6"},
    "how far is Idlib from Aleppo": {"distance": None, "from": ALEPPO, "to": IDLIB},
    "What is the distance between Idlib and Aleppo?": {"distance": None, "from": IDLIB, "to": ALEPPO},
    "how many km is it from Idlib to Aleppo": {"distance": None, "from": IDLIB, "to": ALEPPO},
    "الغارات ضمن ٥ كم من مشفى في إدلب خلال أيار ٢٠١٦": {
        "near": 5000, "target": "hospital", "area": "SY07", "from": "2016-05-01", "to": "2016-05-31"
    },
    "كم غارة ضمن 3 كيلومترات من المستشفيات": {"near": 3000, "target": "hospital", "count": True},
    "الحوادث على بعد كيلومترين من سراقب": {"near": 2000, "target": SARAQIB},
    "الهجمات قرب سراقب منذ مايو 2016": {"near": 5000, "target": SARAQIB, "from": "2016-05-01"},
    "ضمن ١٠ كم من الحدود التركية": {"near": 10_000, "target": "border with Turkey"},
    "الغارات على طول الطريق M5": {"near": 1000, "target": "M5"},
    "الحوادث على طول نهر الفرات في محافظة الرقة": {"near": 1000, "target": "Euphrates", "area": "SY11"},
    "الغارات ليست ضمن 5 كم من مشفى": {"not near": 5000, "target": "hospital"},
    "الغارات التي تبعد أكثر من 10 كم عن مشفى": {"not near": 10_000, "target": "hospital"},
    "الغارات بين سراقب وأريحا": {"between": 2000, "target": f"{SARAQIB} and {ARIHA}"},
    "الحوادث في سراقب": {"area": "SY070003"},
    "ماذا حدث في مدينة سراقب في أيار 2016؟": {"area": SARAQIB} | MAY,
    "غارات بإدلب": {"area": "SY07"},
    "القصف على المشافي في إدلب": {"at": None, "target": "hospital", "area": "SY07"},
    "قصف مدينة سراقب": {"area": SARAQIB},
    "استهداف مشافي إدلب": {"at": None, "target": "hospital", "area": "SY07"},
    "كم عدد الغارات في محافظة إدلب في أيار 2016": {"area": "SY07", "count": True} | MAY,
    "عدد الغارات في محافظة إدلب حسب الشهر": {"area": "SY07", "count": True, "by": "month"},
    "عدد الحوادث لكل منطقة في حلب حتى حزيران ٢٠١٦": {
        "area": "SY02", "count": True, "by": "area", "to": "2016-06-30"
    },
    "الغارات من 1 أيار 2016 إلى 31 أيار 2016 في إدلب": {"area": "SY07"} | MAY,
    "أقرب مشفى إلى كفرنبل": {"nearest": None, "target": "hospital", "from": KAFRANBEL},
    "أي مستشفى أقرب لكفرنبل؟": {"nearest": None, "target": "hospital", "from": KAFRANBEL},
    "المسافة بين إدلب وحلب": {"distance": None, "from": IDLIB, "to": ALEPPO},
    "كم تبعد إدلب عن حلب؟": {"distance": None, "from": ALEPPO, "to": IDLIB},
}  # fmt: skip
LINES = {
    name: a_place(place, id=f"test:{place}", kind=kind)
    for place, kind, names in (
        ("M5", PlaceKind.ROAD, "M5|الطريق M5"),
        ("Euphrates", PlaceKind.RIVER, "Euphrates|نهر الفرات"),
        ("Syrian-Turkish border", PlaceKind.BORDER, "Turkish border|الحدود التركية"),
    )
    for name in (*names.split("|"), f"test:{place}")
}


SCHOOL = a_place("School", kind=PlaceKind.SCHOOL)


class WithLines(Gazetteer):
    """The embedded default with three lines and a school."""

    def one_place(self, text: str, *, parameter: str) -> Place:
        return LINES.get(text) or super().one_place(text, parameter=parameter)

    def places(self, **options: Any) -> Iterator[Place]:
        yield from super().places(**options)
        yield from (place for place in (SCHOOL, *set(LINES.values())) if place.kind in options["kinds"])

    def spellings(self, place_id: str) -> tuple[Spelling, ...]:
        return () if place_id in LINES else super().spellings(place_id)

    def shape(self, place_id: str) -> bytes | None:
        line = shapely.LineString([(36.7, 35.7), (36.9, 36.0)])
        known = {**dict.fromkeys(LINES, bytes(shapely.to_wkb(line))), SCHOOL.id: None}
        return known[place_id] if place_id in known else super().shape(place_id)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return WithLines.open()


def asked(text: str, *incidents: Any, **options: bool) -> QuestionAnswer:
    return answer(parse_question(text), FakeGazetteer(), incidents or (an_incident(),), **options)


def test_questions_of_every_form_are_read_in_both_languages(gazetteer: Gazetteer) -> None:
    for text, told in READ.items():
        expected: dict[str, Any] = {
            "relation": "in", "count": False, "by": None, "distance_m": None, "target": None, "area": None,
            "from": None, "to": None,
        }  # fmt: skip
        for name, value in told.items():
            expected |= {name: value} if name in expected else {"relation": name, "distance_m": value}
        assert expected == read(parse_question(text), gazetteer).as_json(), text


def test_every_example_is_a_question(gazetteer: Gazetteer) -> None:
    for example in EXAMPLES:
        assert read(parse_question(example), gazetteer).describe(), example


def test_what_is_not_understood_is_refused_with_the_example_that_is_most_alike() -> None:
    near, in_may = "strikes within 5 km of a hospital", "how many strikes in Idlib governorate in May 2016"
    known = {
        "who bombed the hospital": ("'who bombed hospital' is not understood", near),
        "من قصف المشفى": ("is not understood", "القصف على المشافي في إدلب"),
        "strikes within 5 of a hospital": ("not a length", near),
        "strikes within -5 km of a hospital": ("zero or more", near),
        "barrel bombs within 5 km of a hospital": ("'barrel bombs' is not understood here", ""),
        "Russian airstrikes in Idlib": ("'Russian' is not understood", "strikes on hospitals in Idlib"),
        "hospitals in Idlib": ("'hospitals' is not understood", "strikes on hospitals in Idlib"),
        "strikes by the regime in Idlib": ("'by regime' is not understood", ""),
        "strikes not in Idlib": ("'not' is only understood before a distance", ""),
        "no strikes near Saraqib": ("'not' is only understood before a distance", ""),
        "strikes within 5 km of hospitals and schools": ("not 'hospitals and schools'", near),
        "غارات على المشافي والمدارس": ("not 'المشافي والمدارس'", ""),
        "strikes near Saraqib on hospitals": ("not 'Saraqib' and 'hospitals'", ""),
        "strikes 3 km north of Saraqib": ("'3 km north' is not understood", ""),
        "strikes in": ("a name is missing", ""),
        "strikes in Idlib in the last week of May 2016": (
            "'the last week of May 2016' is not a date",
            in_may,
        ),
        "strikes last week": ("'last' is not a date", ""),
        "strikes in Idlib in 2016 and 2017": ("'2016 and 2017' is not a date", ""),
        "strikes in Idlib since May 2016 since June 2016": ("two spans of days", ""),
        "strikes within 5 km of a hospital on 2016-02-31": ("not a date", near),
        "strikes within 5 km of a hospital in Idlib on 05/06/2016": ("2016-06-05 or 2016-05-06", near),
        "strikes within 5 km of a hospital since yesterday": ("'yesterday' is not a date", near),
        "how many strikes in Idlib in May": ("'May' is not a date without its year", in_may),
        "how many strikes by month by district": ("by one thing at a time", ""),
        "nearest pizza to Kafranbel": ("'pizza' is not a kind", "nearest hospital to Kafranbel"),
        "distance from Idlib": ("does not name two places", "distance from Idlib to Aleppo"),
        "strikes within 5 km of " + "a" * 400: ("300 characters", ""),
        "": ("not a question", ""),
    }
    for text, (words, example) in known.items():
        with pytest.raises(QuestionError) as refused:
            parse_question(text)
        assert words in str(refused.value), text
        assert f"ask for example '{example}" in str(refused.value), text
        assert "question" == refused.value.parameter


def test_a_question_says_how_it_was_read(gazetteer: Gazetteer) -> None:
    every = 'incidents (every row; "strikes" does not choose among them)'
    for text, words in (
        ("strikes within 5 km of a hospital in Idlib in May 2016",
         f"{every} within 5.0 km of any hospital, in Idleb (governorate, SY07), from 2016-05-01 to "
         "2016-05-31"),
        ("near Saraqib until May 2016",
         f"incidents (every row) within 5.0 km of Saraqib (settlement, {SARAQIB}) (no length was given), "
         "until 2016-05-31"),
        ("how many strikes since May 2016", f"the number of {every}, since 2016-05-01"),
        ("strikes on hospitals", f"{every} whose text names any hospital"),
        ("strikes not within 5 km of the M5 by month", f"{every} not within 5.0 km of M5, by month"),
        ("strikes between Saraqib and Sarmin",
         f"{every} within 2.0 km of the straight line between Saraqib (settlement, {SARAQIB}) and Sarmīn "
         "(settlement, geonames:164782) (no length was given)"),
        ("strikes by district",
         f"{every}, by governorate (only the parts one level below an area are told apart, so not by "
         "district)"),
    ):  # fmt: skip
        assert words == read(parse_question(text), gazetteer).describe()


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
    assert ["question", "read", "read_as", "summary", "rows", "undecided"] == list(found.as_json())


@pytest.mark.parametrize("start", ["strikes within 5 km of a hospital", "how many strikes", "strikes"])
def test_the_area_and_the_days_choose_and_the_undecided_are_listed(start: str) -> None:
    found = asked(
        f"{start} in Idlib in May 2016",
        an_incident(id="in"),
        an_incident(id="elsewhere", admin=("SY02",)),
        an_incident(id="later", date=datetime.date(2016, 6, 1)),
        an_incident(id="undated", date=None),
    )
    assert (["in"], ["undated"]) == ([r["id"] for r in found.rows], [r["id"] for r in found.undecided])
    assert (1, 1) == (found.summary["incidents"], found.summary["undecided"])
    assert {"id": "SY07", "name": "Idleb", "kind": "governorate"} == found.summary["area"]


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
        ("strikes within 5 km of Nowhere", InputError, "'Nowhere' "),
        ("strikes within 5 km of Twin", InputError, "place 'Twin' is ambiguous"),
        ("strikes within 5 km of 95,36.1", CoordinateError, "latitude must lie.*the order may be swapped"),
        ("nearest hospital to nan,36.1", CoordinateError, "latitude must be a finite number"),
        ("nearest hospital to Nowhere", NotFoundError, "place 'Nowhere' was not found"),
        ("strikes within 5 km of a hospital in Atlantis", InputError, "no area or town is called 'Atlantis'"),
        ("nearest hospital to Twin", InputError, "place 'Twin' is ambiguous"),
        ("nearest dam to Kafranbel", InputError, "holds no 'dam'"),
    ],
)
def test_a_name_without_one_answer_is_an_error_that_says_so(
    text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        asked(text)


def test_incidents_at_something_are_those_whose_text_names_it() -> None:
    incidents = (
        an_incident(id="at", place_id="test:national", position=LatLon(35.935, 36.635), uncertainty_m=100.0),
        an_incident(id="beside", position=LatLon(35.935, 36.635)),
    )
    for text in (
        "strikes on hospitals",
        "strikes at National hospital",
        "how many strikes in the National hospital",
    ):
        found = asked(text, *incidents)
        assert (["at"], 1) == ([row["id"] for row in found.rows], found.summary["incidents"]), text
    assert {"incidents": 1, "month": "2016-05"}.items() <= dict(
        asked("strikes on hospitals by month", *incidents).rows[0]
    ).items()


def test_incidents_not_near_something_are_listed_before_those_that_may_be() -> None:
    found = asked(
        "strikes not within 5 km of a hospital",
        an_incident(id="sure"),
        an_incident(id="wide", uncertainty_m=9000.0),
        an_incident(id="far", position=LatLon(34, 37)),
    )
    assert ["far", "wide"] == [row["id"] for row in found.rows]
    assert found.expected is None and "expected" not in found.summary
    by_month = asked("strikes not within 5 km of a hospital by month", an_incident(position=LatLon(34, 37)))
    assert [1] == [row["incidents"] for row in by_month.rows]


def test_in_a_town_lies_what_names_it_and_a_disc_within_its_own() -> None:
    found = asked(
        "strikes in Saraqeb",
        an_incident(id="named", place_id="test:saraqeb", position=LatLon(35.9, 36.8), uncertainty_m=1000.0),
        an_incident(id="inside", position=LatLon(35.905, 36.8)),
        an_incident(id="across", position=LatLon(35.909, 36.8), uncertainty_m=500.0),
        an_incident(id="outside"),
        an_incident(id="nowhere", position=None),
        an_incident(id="elsewhere", position=None, admin=("SY02",)),
    )
    assert ["named", "inside"] == [row["id"] for row in found.rows]
    assert ["across", "nowhere"] == [row["id"] for row in found.undecided]
    assert 2 == asked("how many strikes in Saraqeb by month", *found.selection.incidents).rows[0]["incidents"]  # type: ignore[union-attr]


def test_only_a_line_has_an_along(gazetteer: Gazetteer) -> None:
    for text in ("strikes along Saraqib", "الحوادث على طول سراقب", "strikes along hospitals"):
        with pytest.raises(InputError, match="knows no road, river or border that is called"):
            read(parse_question(text), gazetteer)


def test_a_line_is_measured_to_at_its_nearest_point(gazetteer: Gazetteer) -> None:
    for text, least_m, most_m in (
        ("how far is Saraqib from the M5", 0, 20_000),
        ("nearest town to the Turkish border", 0, 20_000),
        ("nearest hospital to the Turkish border", 0, 60_000),
        ("nearest road to Idlib", 0, 40_000),
    ):
        measured = answer(parse_question(text), gazetteer, None).rows[0]
        assert least_m <= measured["distance_m"] <= most_m, text
    with pytest.raises(InputError, match="is a line: name a place on it"):
        read(parse_question("strikes between Saraqib and the M5"), gazetteer)


def test_what_has_no_inside_is_refused_as_an_area(gazetteer: Gazetteer) -> None:
    for text, words in (
        ("strikes in rural Idlib", "'rural Idlib' means Idleb"),
        ("strikes in Eastern Ghouta", "which is no area or town"),
        ("strikes near hospitals in the M5", "which is no area or town"),
        ("strikes in Idlib city by district", "no parts to count by"),
    ):
        with pytest.raises(InputError, match=words):
            answer(parse_question(text), gazetteer, ())


def test_an_area_in_a_question_is_never_read_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "square.geojson"
    path.write_text('{"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 35]]]}')
    for text in (f"how many strikes in {path}", f"strikes within 5 km of a hospital in {path}"):
        with pytest.raises(InputError, match="no area or town is called"):
            asked(text)


def test_what_cant_be_answered_of_incidents_is_refused() -> None:
    with pytest.raises(InputError, match="name their table"):
        answer(parse_question("how many strikes"), FakeGazetteer(), None)
    with pytest.raises(InputError, match="only how many are near something can be imputed"):
        asked("how many strikes", impute=True)
