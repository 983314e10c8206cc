"""Views: answers are a function of the cell, byte for byte, and nothing in memory leads to the position."""

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gazetteer import Gazetteer, InputError, LatLon, Place, PlaceKind
from gazetteer.privacy.cells import cell_radius_m, generalise
from gazetteer.privacy.withhold import withhold
from gazetteer.store import PlaceRecord
from gazetteer.store.reader import GazetteerReader
from tests.builders import a_gazetteer_file, a_place, a_record, a_square, a_unit, an_area
from tests.fakes import areas_everywhere
from tests.gazetteer.asking import everything_said

#: South-western corners of the cells of 0.1 degrees that the sensitive places stand in; two share one.
CORNERS = {
    "cg:a-hospital": (35.5, 36.6),
    "cg:clinic": (35.4, 36.9),
    "cg:hospital": (35.5, 36.6),
    "cg:prison": (35.6, 36.7),
    "C9001": (35.5, 36.7),
}
#: Where in its cell a place stands, in millionths of a degree north and east of the corner.
Spots = dict[str, tuple[int, int]]
MIDDLE: Spots = dict.fromkeys(CORNERS, (40_000, 60_000))
View = Callable[[Gazetteer], Gazetteer]
VIEWS: dict[str, View] = {
    "generalised": lambda g: g.with_sensitive(["prison"]).generalised(0.1),
    "withheld": lambda g: g.with_sensitive(["prison"]).generalised(0.1, withhold_names=True),
}


def sensitive(place_id: str, spots: Spots, *, like: str = "", **changes: Any) -> PlaceRecord:
    """A place at its spot, with what a build computes from that: areas, and whether they mismatch."""
    north, east = spots[like or place_id]
    south, west = CORNERS[like or place_id]
    position = LatLon(south + north / 1e6, west + east / 1e6)
    area = f"SY07020{4 if position.longitude < 36.65 else 5}"
    values: dict[str, Any] = {
        "id": place_id,
        "position": position,
        "uncertainty_m": 100.0,
        "population": None,
        "sensitive": place_id != "cg:prison",
        "adm3_pcode": area if north % 2 else "SY070204",
        "computed_adm3_pcode": area,
        "admin_method": "within",
    }
    return a_record(**{**values, **changes})


def the_sensitive(spots: Spots) -> list[PlaceRecord]:
    return [
        sensitive("cg:hospital", spots, name="Hass hospital", name_ar="مشفى حاس", kind=PlaceKind.HOSPITAL),
        sensitive("cg:a-hospital", spots, name="Kafr hospital", name_ar="", kind=PlaceKind.HOSPITAL),
        sensitive("cg:clinic", spots, name="Clinic of the east", name_ar="", kind=PlaceKind.CLINIC),
        sensitive("cg:prison", spots, name="Kafr prison", name_ar="", kind=PlaceKind.PRISON),
        sensitive("C9001", spots, name="Qah camp", name_ar="", kind=PlaceKind.CAMP, population=9_876_543),
    ]


def a_file(path: Path, special: list[PlaceRecord], *, with_areas: bool) -> Path:
    """Write a gazetteer of towns and areas round the sensitive places; a border cuts the hospitals' cell."""
    records = [
        a_unit("SY07", "Area SY07", position=LatLon(35.5, 36.5)),
        a_unit("SY0702", "Area SY0702", position=LatLon(35.5, 36.6)),
        a_unit("SY070204", "Area SY070204", position=LatLon(35.55, 36.5)),
        a_unit("SY070205", "Area SY070205", position=LatLon(35.55, 36.8)),
        a_record(position=LatLon(35.6, 36.6)),
        a_record(id="C4000", name="Hass", position=LatLon(35.57, 36.61)),
        a_record(id="C4001", name="Qah", position=LatLon(35.52, 36.77), adm3_pcode="SY070205"),
        *special,
    ]
    areas = [
        an_area(wkb=a_square(36, 35)),
        an_area(pcode="SY0702", level=2, wkb=a_square(36, 35)),
        an_area(pcode="SY070204", level=3, wkb=a_square(35.65, 35)),
        an_area(pcode="SY070205", level=3, wkb=a_square(36.65, 35)),
    ]
    path.unlink(missing_ok=True)
    return a_gazetteer_file(path, records, areas=areas if with_areas else ())


def said_of(path: Path, special: list[PlaceRecord], view: View, *, with_areas: bool = False) -> str:
    with Gazetteer.open(a_file(path, special, with_areas=with_areas)) as gazetteer:
        return everything_said(view(gazetteer))


@pytest.fixture
def gazetteer(tmp_path: Path) -> Iterator[Gazetteer]:
    with Gazetteer.open(a_file(tmp_path / "g.gpkg", the_sensitive(MIDDLE), with_areas=True)) as opened:
        yield opened


ANYWHERE = st.fixed_dictionaries(
    {name: st.tuples(st.integers(0, 99_999), st.integers(0, 99_999)) for name in CORNERS}
)


@pytest.mark.parametrize("with_areas", [False, True], ids=["without polygons", "with polygons"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_answer_is_the_same_wherever_in_its_cell_a_place_stands(
    tmp_path_factory: pytest.TempPathFactory, view: View, with_areas: bool
) -> None:
    path = tmp_path_factory.mktemp("g") / "g.gpkg"
    expected = said_of(path, the_sensitive(MIDDLE), view, with_areas=with_areas)

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(spots=ANYWHERE)
    def holds(spots: Spots) -> None:
        assert expected == said_of(path, the_sensitive(spots), view, with_areas=with_areas)

    holds()


def test_the_full_gazetteer_and_the_next_cell_do_give_other_answers(tmp_path: Path) -> None:
    path, moved = tmp_path / "g.gpkg", {**MIDDLE, "cg:hospital": (40_001, 60_000)}
    beyond = {**MIDDLE, "cg:hospital": (140_000, 60_000)}
    view = VIEWS["withheld"]
    here = the_sensitive(MIDDLE)
    assert said_of(path, here, lambda g: g) != said_of(path, the_sensitive(moved), lambda g: g)
    assert said_of(path, here, view) != said_of(path, the_sensitive(beyond), view)


def test_withheld_answers_are_the_same_whatever_the_places_are_called(tmp_path: Path) -> None:
    path, view = tmp_path / "g.gpkg", VIEWS["withheld"]
    expected = said_of(path, the_sensitive(MIDDLE), view)
    for first, second, camp in permutations(["osm:node/1", "geonames:2", "zz:third"]):
        others = [
            sensitive(
                first, MIDDLE, like="cg:hospital", name="Al-Quds", name_ar="القدس", kind=PlaceKind.HOSPITAL,
                population=70, valid_from="2012-01", valid_to="2016-04-27", source_ids=("osm:way/77", first),
                spellings=("Quds hospital", "Hass hospital"), uncertainty_m=77.0,
            ),
            sensitive(
                second, MIDDLE, like="cg:a-hospital", name="Saraqib", name_ar="", kind=PlaceKind.HOSPITAL,
                uncertainty_m=51.0,
            ),
            sensitive("cg:clinic", MIDDLE, name="Hass", name_ar="حاس", kind=PlaceKind.CLINIC),
            sensitive("cg:prison", MIDDLE, name="Tadmur", name_ar="", kind=PlaceKind.PRISON),
            sensitive(camp, MIDDLE, like="C9001", name="Atma", name_ar="", kind=PlaceKind.CAMP),
        ]  # fmt: skip
        assert expected == said_of(path, others, view)


def test_a_withheld_name_is_found_nowhere(gazetteer: Gazetteer) -> None:
    view = gazetteer.generalised(0.1, withhold_names=True)
    said = everything_said(view)
    for text in ("cg:hospital", "cg:a-hospital", "cg:clinic"):
        with pytest.raises(LookupError):
            view.place(text)
    asked_for = ("Hass hospital", "مشفى حاس", "Clinic of the east", "Qah camp")
    assert [True] * 4 == [text in {t for _, t in gazetteer.names()} for text in asked_for]
    assert [False] * 4 == [text in {t for _, t in view.names()} for text in asked_for]
    assert [False] * 3 == [text in said for text in ("Kafr hospital", "cg:hospital", "9876543")]
    assert () == view.suggest("Kafr h")
    assert not any(m.place.sensitive for t in asked_for for m in view.resolve(t, limit=20).matches)


def test_a_withheld_place_keeps_its_kind_its_cell_and_its_areas(gazetteer: Gazetteer) -> None:
    view = gazetteer.generalised(0.1, withhold_names=True)
    hospitals = [*view.places(kinds=[PlaceKind.HOSPITAL])]
    assert ["cell:hospital:35.55:36.65:1", "cell:hospital:35.55:36.65:2"] == [p.id for p in hospitals]
    first = view.place("cell:hospital:35.55:36.65:1")
    assert first == hospitals[0]
    assert ("hospital", "مشفى", LatLon(35.55, 36.65)) == (first.name, first.name_ar, first.position)
    named = gazetteer.generalised(0.1).place("cg:hospital")
    assert (named.admin, named.uncertainty_m, named.generalised_to_deg, True) == (
        first.admin, first.uncertainty_m, first.generalised_to_deg, first.sensitive,
    )  # fmt: skip
    assert [p.id for p in view.places()] == sorted(p.id for p in view.places())
    assert () == view.spellings(first.id)


def unnamed(*places: Place) -> list[Place]:
    """The places in cells of 0.1 degrees, without their names."""
    return withhold(list(generalise(places, degrees=0.1, areas_at=areas_everywhere())))


def a_hospital(place_id: str, **changes: Any) -> Place:
    return a_place(**{"id": place_id, "kind": PlaceKind.HOSPITAL, "sensitive": True, **changes})


def test_places_of_one_kind_in_one_cell_are_numbered_by_a_rounded_radius() -> None:
    found = unnamed(*(a_hospital(f"cg:{own}", uncertainty_m=float(own)) for own in (210, 350, 120, 40)))
    cell_m = cell_radius_m(found[0].position, degrees=0.1)
    assert [pytest.approx(own + cell_m) for own in (500, 500, 200, 50)] == [p.uncertainty_m for p in found]
    assert list("3421") == [place.id[-1] for place in found]
    assert found[0] == replace(found[1], id=found[0].id)


def test_sources_of_withheld_places_are_named_together_and_other_places_stay_as_they_are() -> None:
    one, two = a_hospital("cg:1", sources=("osm", "b")), a_hospital("cg:2", sources=("a",))
    *withheld, other = unnamed(one, two, a_place())
    assert [("a", "b", "osm")] * 2 == [place.sources for place in withheld]
    assert a_place() == other


def test_nothing_that_a_view_holds_leads_to_a_position_or_a_name(gazetteer: Gazetteer) -> None:
    everything_said(gazetteer)  # what is made from all places must not be taken along
    view = gazetteer.with_sensitive(["prison"]).generalised(0.1, withhold_names=True)
    view.warm()
    held = list(reachable(view))
    exact = {place.position for place in gazetteer.places() if place.id in CORNERS}
    names = {place.name for place in gazetteer.places() if place.id in CORNERS}
    assert 5 == len(names) == len(CORNERS)
    assert set() == exact & {one for one in held if isinstance(one, LatLon)}
    assert set() == names & {one for one in held if isinstance(one, str)}


def reachable(start: object) -> Iterator[object]:
    """Yield all that can be got at from an object: attributes, items, and what functions close over."""
    seen: set[int] = set()
    queue = [start]
    while queue:
        one = queue.pop()
        # The reader is the file itself: that no method asks it for more is what the other tests show.
        if id(one) in seen or isinstance(one, type | GazetteerReader):
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            queue += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            queue += [*one]
        queue += vars(one).values() if hasattr(one, "__dict__") and not callable(one) else ()
        queue += [getattr(one, name) for name in getattr(type(one), "__slots__", ()) if hasattr(one, name)]
        queue += [cell.cell_contents for cell in getattr(one, "__closure__", None) or ()]


def test_views_add_up_in_any_order(gazetteer: Gazetteer) -> None:
    steps: list[View] = [
        lambda g: g.with_sensitive(["prison"]),
        lambda g: g.generalised(0.1),
        lambda g: g.generalised(0.01, withhold_names=True),
    ]
    expected = [*VIEWS["withheld"](gazetteer).places()]
    for order in permutations(steps):
        seen = gazetteer
        for step in order:
            seen = step(seen)
        assert expected == [*seen.places()]


def test_a_view_survives_copying_and_pickling(gazetteer: Gazetteer) -> None:
    for view in (gazetteer.with_sensitive(["prison"]), *(make(gazetteer) for make in VIEWS.values())):
        for again in (pickle.loads(pickle.dumps(view)), copy.copy(view), copy.deepcopy(view)):
            assert [*view.places()] == [*again.places()]
            assert [*view.names()] == [*again.names()]
            assert view.info() == again.info()


def test_places_of_a_sensitive_kind_are_sensitive_beside_those_of_the_file(gazetteer: Gazetteer) -> None:
    seen = gazetteer.with_sensitive(["prison", "air bases"])
    assert not gazetteer.place("cg:prison").sensitive
    assert [True, True, False] == [seen.place(i).sensitive for i in ("cg:prison", "cg:hospital", "C4000")]
    assert gazetteer.place("cg:prison").position == seen.place("cg:prison").position
    assert 0.1 == seen.generalised(0.1).place("cg:prison").generalised_to_deg


def test_a_kind_that_can_not_be_sensitive_is_refused(gazetteer: Gazetteer) -> None:
    for word, why in {
        "settlement": "'settlement' can't be made sensitive: choose from camp, neighbourhood, hospital",
        "town": "'town' can't be made sensitive",
        "governorate": "'governorate' can't be made sensitive",
        "country": "'country' can't be made sensitive",
        "point": "'point' can't be made sensitive",
        "shop": "'shop' is no kind of place: choose from camp",
    }.items():
        with pytest.raises(InputError, match=why):
            gazetteer.with_sensitive(["prison", word])


def test_the_hash_of_a_view_is_not_that_of_the_file(gazetteer: Gazetteer) -> None:
    views = [gazetteer, *(make(gazetteer) for make in VIEWS.values()), gazetteer.generalised(0.01)]
    hashes = [view.info().content_hash for view in views]
    assert 4 == len(set(hashes))
    assert [(None, False), (0.1, False), (0.1, True), (0.01, False)] == [
        (view.info().generalised_to_deg, view.info().names_withheld) for view in views
    ]
