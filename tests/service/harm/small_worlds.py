"""Small worlds for attacks of thousands of requests: one governorate, a border through the cell, two worlds.

A hospital, a clinic and a camp stand in one cell, at its south-western corner in the first world and at its
north-eastern in the second, and so in different districts. A second hospital stands elsewhere. Others know
these places by ids of their own, and the clinic and the camp go by nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.privacy.cells import cell_centre
from gazetteer.privacy.tiers import CELL_DEG, Tier
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record, a_square, a_unit, an_area

#: The id of the place that is looked for.
HOSPITAL = "cg:hidden-hospital"
CLINIC, CAMP = "osm:way/987654321", "C9786"
#: What others call the places in the cell: whoever has one of these has a position.
ADDRESSES = ("osm:node/987654322", CLINIC, "wikidata:Q97531", CAMP, "geonames:9786531")
_IN_THE_CELL = LatLon(35.956, 36.656)


@dataclass(frozen=True)
class SmallWorld:
    """A gazetteer, where its hospital, clinic and camp truly are, and the cell that they share."""

    gazetteer: Gazetteer
    hospital: LatLon
    clinic: LatLon
    camp: LatLon
    centre: LatLon
    degrees: float
    folder: Path


def a_small_world(folder: Path, tier: Tier, *, corner: int) -> SmallWorld:
    """Return a world; `corner` is -1 or 1."""
    degrees = CELL_DEG[tier]
    assert degrees is not None
    folder.mkdir()
    centre = cell_centre(_IN_THE_CELL, degrees=degrees)

    def at(north: float, east: float) -> LatLon:
        """Return a position in the cell's corner: 0 is the middle of the cell, 0.5 its border."""
        lat, lon = centre.latitude + corner * north * degrees, centre.longitude + corner * east * degrees
        return LatLon(round(lat, 6), round(lon, 6))

    hospital, clinic, camp = at(0.4137, 0.3861), at(0.3519, 0.4243), at(0.4471, 0.4409)
    path = a_gazetteer_file(
        folder / "world.gpkg",
        _records(hospital, clinic, camp, in_west=corner < 0),
        areas=[
            an_area(wkb=a_square(36.0, 35.4)),
            an_area(pcode="SY0701", level=2, wkb=a_square(centre.longitude - 1.0, 35.4)),
            an_area(pcode="SY0702", level=2, wkb=a_square(centre.longitude, 35.4)),
        ],
    )
    return SmallWorld(Gazetteer.open(path), hospital, clinic, camp, centre, degrees, folder)


def _records(hospital: LatLon, clinic: LatLon, camp: LatLon, *, in_west: bool) -> list[PlaceRecord]:
    west: dict[str, Any] = {"adm2_pcode": "SY0701", "adm3_pcode": None}
    east = west | {"adm2_pcode": "SY0702"}
    hidden: dict[str, Any] = {"sensitive": True, "uncertainty_m": 100.0, "population": None, "name_ar": ""}
    theirs = west if in_west else east
    camps, clinics, hospitals = PlaceKind.CAMP, PlaceKind.CLINIC, PlaceKind.HOSPITAL
    names = {"SY07": "Idleb", "SY0701": "Westside", "SY0702": "Eastside"}
    units = [
        a_unit(code, name, position=LatLon(35.9, 36.5), uncertainty_m=5e4) for code, name in names.items()
    ]
    places = [
        a_record(
            id=HOSPITAL, name="Hidden Hospital", kind=hospitals, position=hospital,
            source_ids=(HOSPITAL, ADDRESSES[0]), **hidden, **theirs,
        ),
        a_record(
            id=CLINIC, name="Hidden Clinic", kind=clinics, position=clinic,
            source_ids=(CLINIC, ADDRESSES[2]), spellings=("Hidden Clinic", "Veiled Clinic"),
            **hidden, **theirs,
        ),
        a_record(
            id=CAMP, name="Hidden Camp", kind=camps, position=camp,
            source_ids=(CAMP, ADDRESSES[4]), **hidden, **theirs,
        ),
        a_record(
            id="cg:far-hospital", name="Far Hospital", kind=hospitals, position=LatLon(35.72, 36.43), **hidden
        ),
        a_record(id="C1", name="Saraqib", position=LatLon(35.863, 36.799), **east),
        a_record(id="C2", name="Idlib", name_ar="إدلب", position=LatLon(35.93, 36.33), **west),
    ]  # fmt: skip
    return [*units, *places]
