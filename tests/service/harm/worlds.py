"""Two worlds that differ only in where, inside its cell, each sensitive place stands.

They are the embedded default with its sensitive places moved: all of them, each to a place of its own that
no other place shares a digit with, so that a number found in an answer can only have come from there. (In the
default itself fourteen hospitals stand at the very position of a bridge or a crossing.) In the second world
the sensitive places also state no areas of their own, and all are known by their building. Whoever knows only
the cells can't tell the two apart; whoever can, knows more.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.privacy.cells import cell_centre
from gazetteer.privacy.tiers import CELL_DEG, Tier
from gazetteer.store.geopackage import sealed
from gazetteer.store.schema import content_hash
from gazetteer.values import Place

#: How many decimals of a latitude or longitude count as a find: about a metre. Fewer are found by comparing.
DECIMALS = 5
#: How far from a sensitive place the requests ask, in degrees: near enough to be at it (75 m), and far enough
#: that what the answer repeats of the question is no find.
BESIDE_DEG = 0.0007
#: The corner of the cell that sensitive places are moved to, north and east, in each world.
_CORNERS = ((-1, -1), (1, 1))


@dataclass(frozen=True)
class World:
    """A gazetteer and where its sensitive places are, by id."""

    path: Path
    gazetteer: Gazetteer
    secrets: dict[str, Place]

    def beside(self, place_id: str) -> LatLon:
        """Return the position that requests ask at."""
        position = self.secrets[place_id].position
        return LatLon(round(position.latitude + BESIDE_DEG, 6), round(position.longitude - BESIDE_DEG, 6))


def written(number: float) -> set[str]:
    """Return a number of degrees as text: cut off and rounded."""
    return {f"{number:.{DECIMALS + 3}f}"[:-3], f"{number:.{DECIMALS}f}"}


def two_worlds(folder: Path, default: Gazetteer, tier: Tier) -> tuple[World, World]:
    """Return the two worlds for a tier below full."""
    degrees = CELL_DEG[tier]
    assert degrees is not None
    places = list(default.places())
    taken = {digits for p in places if not p.sensitive for digits in _digits_of(p.position)}
    worlds = []
    for number, corner in enumerate(_CORNERS):
        moved = dict(_moved([p for p in places if p.sensitive], degrees, corner, taken))
        path = folder / f"{tier}-{number}" / "world.gpkg"
        path.parent.mkdir()
        _write(default.info().path, path, moved, with_areas=number == 0)
        gazetteer = Gazetteer.open(path)
        secrets = {place.id: place for place in gazetteer.places() if place.sensitive}
        assert moved == {place_id: place.position for place_id, place in secrets.items()}
        worlds.append(World(path, gazetteer, secrets))
    return worlds[0], worlds[1]


def _moved(
    places: list[Place], degrees: float, corner: tuple[int, int], taken: set[str]
) -> Iterator[tuple[str, LatLon]]:
    for place in places:
        chance, centre = random.Random(place.id), cell_centre(place.position, degrees=degrees)
        while True:
            north, east = (side * degrees * chance.uniform(0.2, 0.4) for side in corner)
            spot = LatLon(round(centre.latitude + north, 6), round(centre.longitude + east, 6))
            beside = LatLon(spot.latitude + BESIDE_DEG, spot.longitude - BESIDE_DEG)
            digits = {*_digits_of(spot), *_digits_of(beside)}
            if not digits & taken:
                break
        taken |= digits
        yield place.id, spot


def _digits_of(position: LatLon) -> set[str]:
    return written(position.latitude) | written(position.longitude)


def _write(source: Path, target: Path, moved: dict[str, LatLon], *, with_areas: bool) -> None:
    shutil.copy(source, target)
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.executemany(
            "UPDATE places SET latitude = ?, longitude = ? WHERE id = ?",
            ((at.latitude, at.longitude, place_id) for place_id, at in moved.items()),
        )
        if not with_areas:
            connection.execute(
                "UPDATE places SET adm1_pcode = NULL, adm2_pcode = NULL, adm3_pcode = NULL, "
                "admin_method = 'unknown', position_basis = 'building' WHERE sensitive"
            )
        found = json.dumps(content_hash(connection))
        connection.execute("UPDATE manifest SET value = ? WHERE key = 'content_hash'", (found,))
    target.write_bytes(sealed(target.read_bytes()))
