"""Which candidates a query gets, in which order, and which one may be matched without a person."""

import json
from typing import Any

import pytest

from gazetteer.answers import Match
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place
from tests.fakes import ALEPPO, FakeGazetteer
from tests.service.asking import a_client
from tests.service.reconcile.reconciling import Answering, a_match, asked, batch, far_away, results


def prop(pid: str, *values: Any) -> dict[str, Any]:
    return {"pid": pid, "v": values[0] if len(values) == 1 else list(values)}


def feature(candidate: dict[str, Any], name: str) -> Any:
    return next((one["value"] for one in candidate["features"] if one["id"] == name), None)


def test_every_key_is_answered_by_itself_also_where_nothing_is_found() -> None:
    queries = {
        "q0": {"query": "Saraqeb"},
        "row 7": {"query": "Nowhere"},
        "": {"query": "Twin"},
        "b": {"query": "Idlib", "properties": [prop("governorate", "Atlantis")]},
        "c": {"properties": [prop("governorate", "Idlib")]},
    }
    found = batch(a_client(), queries)
    assert [1, 0, 1, 1, 0] == [len(candidates) for candidates in found.values()]
    assert found == {key: batch(a_client(), {key: query})[key] for key, query in queries.items()}
    assert {} == batch(a_client(), {})


def test_several_places_are_candidates_of_which_none_is_matched() -> None:
    found = results(asked(a_client(), "Saraqeb + Aleppo"))
    assert [("test:saraqeb", False), ("test:aleppo", False)] == found


def test_a_batch_may_be_in_the_address_too() -> None:
    queries = json.dumps({"q0": {"query": "Saraqeb"}})
    response = a_client().get("/reconcile", query_string={"queries": queries})
    assert "test:saraqeb" == json.loads(response.text)["q0"]["result"][0]["id"]


def test_a_candidate_says_its_kind_first_its_score_and_its_features() -> None:
    [found] = asked(Answering(a_match(0.97, kind=PlaceKind.HOSPITAL, name_ar="مشفى")).client, "x")
    assert ["hospital", "facility"] == [kind["id"] for kind in found["type"]]
    assert (97.0, "Hospital · مشفى · because") == (found["score"], found["description"])
    assert [{"id": "confidence", "value": 0.97}, {"id": "uncertainty_m", "value": 1000}] == found["features"]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        ((a_match(0.9),), True),
        ((a_match(0.8999),), False),
        ((a_match(0.95), a_match(0.24, id="test:other")), True),
        ((a_match(0.95), a_match(0.25, id="test:other")), False),
        ((a_match(0.95), a_match(0.15, id="test:other"), a_match(0.11, id="test:third")), False),
        ((a_match(0.97, method="fallback"),), False),
        ((a_match(0.97, method="around"),), False),
        ((a_match(0.97, method="offset"),), True),
    ],
)
def test_only_a_sure_best_candidate_without_a_rival_is_a_match(
    matches: tuple[Match, ...], expected: bool
) -> None:
    found = asked(Answering(*matches).client, "x")
    assert [expected, *[False] * (len(matches) - 1)] == [candidate["match"] for candidate in found]


def test_candidates_of_one_id_are_one_and_a_rival_counts_though_it_is_not_shown() -> None:
    [found] = asked(Answering(a_match(0.95), a_match(0.5)).client, "x")
    assert (95.0, True) == (found["score"], found["match"])
    rivals = Answering(a_match(0.95), a_match(0.9, id="test:other"))
    assert [("test:saraqeb", False)] == results(asked(rivals.client, "x", limit=1))


@pytest.mark.parametrize("entity_id", ["SY07", "test:idlib", "geo:35.90617,36.80611;u=6803"])
def test_an_id_is_answered_by_its_entity(entity_id: str) -> None:
    [found] = asked(a_client(), entity_id)
    assert (entity_id, 100.0, True) == (found["id"], found["score"], found["match"])
    # One of another type is shown, but not matched.
    assert [(entity_id, False)] == results(asked(a_client(), entity_id, type="hospital"))


def test_namesakes_are_told_apart_by_kind_and_areas() -> None:
    differing = (
        {"id": "test:b", "admin": (ALEPPO,)},
        {"id": "test:c", "kind": PlaceKind.CLINIC},
        {"id": "test:d"},
    )
    found = asked(Answering(a_match(0.4), *(a_match(0.1, **one) for one in differing)).client, "x")
    assert [
        "Saraqeb — Idleb [test:saraqeb]",
        "Saraqeb — Aleppo",
        "Saraqeb (clinic) — Idleb",
        "Saraqeb — Idleb [test:d]",
    ] == [candidate["name"] for candidate in found]
    assert "Idleb (governorate)" == asked(a_client(), "SY07")[0]["name"]


@pytest.mark.parametrize(
    ("hints", "area", "context", "in_area", "match"),
    [
        *(
            ([prop(pid, "Idlib")], ("Idlib",), (), True, True)
            for pid in ("governorate", "district", "subdistrict", "area", "adm1_name", "adm1_pcode")
        ),
        # One that was reconciled itself is taken by its id.
        ([prop("governorate", {"id": "SY07", "name": "Idleb (governorate)"})], ("SY07",), (), True, True),
        # Of several a place has to lie in one.
        ([prop("governorate", "Idleb", "SY07")], None, ("Idleb", "SY07"), True, True),
        # An unknown one is a hint, and leaves the match to a person.
        ([prop("governorate", "Atlantis")], None, ("Atlantis",), None, False),
        # An empty value says nothing.
        ([prop("governorate", ""), prop("near", " ")], None, (), None, True),
    ],
)
def test_a_known_area_restricts_the_search(
    hints: list[Any], area: Any, context: tuple[str, ...], in_area: bool | None, match: bool
) -> None:
    gazetteer = Answering(a_match(0.99))
    [found] = asked(gazetteer.client, "x", properties=hints)
    assert (area, context) == (gazetteer.asked[0]["area"], gazetteer.asked[0]["context"])
    assert (in_area, match) == (feature(found, "in_area"), found["match"])


def test_what_lies_elsewhere_is_shown_but_never_matched() -> None:
    gazetteer = Answering(a_match(0.99, admin=(ALEPPO,)), area=())
    [found] = asked(gazetteer.client, "x", properties=[prop("governorate", "Idlib")])
    assert (False, False) == (feature(found, "in_area"), found["match"])
    assert [("Idlib",), None] == [options.get("area") for options in gazetteer.asked]
    assert ("Idlib",) == gazetteer.asked[1]["context"]


NEAR_SARAQEB = [
    [prop("near", "35.9, 36.8")],
    [prop("near", "Saraqeb")],
    [prop("near", {"id": "test:saraqeb", "name": "Saraqeb — Idleb"})],
    [prop("latitude", 35.9), prop("longitude", "36.8")],
]


@pytest.mark.parametrize("properties", NEAR_SARAQEB)
def test_what_is_near_comes_before_what_is_more_likely_but_far(properties: list[dict[str, Any]]) -> None:
    class Here(Answering):
        def resolve(self, text: str, **options: Any) -> Any:
            return FakeGazetteer().resolve(text) if text == "Saraqeb" else super().resolve(text, **options)

    gazetteer = Here(Match(far_away(), 0.6, "x", "exact"), a_match(0.35))
    first, second = asked(gazetteer.client, "x", properties=properties)
    assert ("test:saraqeb", 35.0) == (first["id"], first["score"])
    assert ("test:farplace", 30.0) == (second["id"], second["score"])
    assert (0, pytest.approx(66_500, rel=0.01)) == (
        feature(first, "distance_m"),
        feature(second, "distance_m"),
    )
    assert ("SY0700",) == gazetteer.asked[-1]["context"]


@pytest.mark.parametrize(("radius_m", "expected"), [(1000.0, (False, 49.5)), (50_000.0, (True, 99.0))])
def test_what_is_far_is_never_matched_unless_its_radius_may_reach(
    radius_m: float, expected: tuple[bool, float]
) -> None:
    gazetteer = Answering(Match(far_away(uncertainty_m=radius_m), 0.99, "x", "exact"))
    [found] = asked(gazetteer.client, "x", properties=[prop("near", "35.9, 36.8")])
    assert expected == (found["match"], found["score"])


def test_a_distance_to_a_place_is_written_down_as_telling_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Place] = []
    monkeypatch.setattr("service.reconcile.candidates.tell", told.extend)
    asked(a_client(), "Saraqeb", properties=[prop("near", {"id": "test:national"})])
    assert ["test:saraqeb", "test:national"] == [place.id for place in told]


@pytest.mark.parametrize(
    "properties",
    [
        [prop("latitude", "35.9")],
        [prop("latitude", "35.9"), prop("latitude", "36.8")],
        [prop("latitude", "north"), prop("longitude", "36.8")],
        [prop("latitude", "95"), prop("longitude", "36.8")],
        [prop("latitude", float("nan")), prop("longitude", "36.8")],
        [prop("near", "Atlantis")],
        [prop("near", "95, 36.8")],
        [prop("near", "Idlib", "Aleppo")],
    ],
)
def test_a_position_that_cannot_be_read_leaves_the_match_to_a_person(
    properties: list[dict[str, Any]],
) -> None:
    [found] = asked(a_client(), "Saraqeb", properties=properties)
    assert ("test:saraqeb", False) == (found["id"], found["match"])


def test_types_are_searched_for_by_their_kinds_and_a_computed_position_by_all() -> None:
    for types, kinds in (
        ("settlement", ["settlement"]),
        (["hospital", "area"], ["hospital", "admin"]),
        (["city", "facility"], ["facility"]),
        ("city", []),
        (["point", "hospital"], []),
    ):
        gazetteer = Answering()
        asked(gazetteer.client, "x", type=types, type_strict="should")
        assert kinds == gazetteer.asked[0]["kind"], types


def test_no_more_candidates_than_asked_for_and_five_unless_said() -> None:
    gazetteer = Answering(*(a_match(0.1, id=f"test:{n}") for n in range(9)))
    assert [5, 2, 9] == [len(asked(gazetteer.client, "x", **o)) for o in ({}, {"limit": 2}, {"limit": 100})]


@pytest.mark.parametrize("text", ["95, 36.8", "   ", "x" * 1000])
def test_a_cell_that_is_no_name_has_no_candidates(text: str) -> None:
    assert [] == asked(a_client(), text)


def test_a_computed_position_has_an_id_that_says_all() -> None:
    place: dict[str, Any] = {"id": "point:x", "kind": PlaceKind.POINT, "position": LatLon(35.90617, 36.80611)}
    [found] = asked(Answering(a_match(0.97, **place)).client, "5 km north of Saraqeb")
    assert ("geo:35.90617,36.80611;u=1000", "point") == (found["id"], found["type"][0]["id"])
