"""The server that all clients ask: the embedded gazetteer with made-up outlines, and 1,500 incidents."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import shapely

from gazetteer import Gazetteer
from gazetteer.store import AreaRecord, PlaceRecord
from tests.builders import a_gazetteer_file
from tests.clients.table import write_table
from tests.service.serving import serve

__all__ = ["serving"]


def write_outlined(path: Path) -> Path:
    """Write the embedded gazetteer, where a sub-district is all that is nearest to its point.

    Some clients ask for polygons, and true outlines may not be passed on.
    """
    embedded = Gazetteer.open()
    places = list(embedded.places())
    records = [
        PlaceRecord(
            one,
            embedded.spellings(one.id),
            **{f"adm{unit.level}_pcode": unit.pcode for unit in one.admin},  # type: ignore[arg-type]
        )
        for one in places
    ]
    at = {one.id: one.position for one in places if one.id.startswith("SY") and len(one.id) == 8}
    points = shapely.MultiPoint([(position.longitude, position.latitude) for position in at.values()])
    country = points.convex_hull.buffer(0.2)
    cells = [cell & country for cell in shapely.voronoi_polygons(points, ordered=True).geoms]
    areas = []
    for level, digits in enumerate((2, 4, 6, 8)):
        for pcode in dict.fromkeys(one[:digits] for one in at):
            whole = shapely.union_all([c for one, c in zip(at, cells, strict=True) if one.startswith(pcode)])
            areas.append(AreaRecord(pcode, level, shapely.to_wkb(whole), shapely.to_wkb(whole)))
    return a_gazetteer_file(path, records, sources=embedded.info().sources, areas=areas)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Give the address of a server without limits of its own, as "http://host:port"."""
    options = ["--gazetteer", str(write_outlined(folder / "outlined.gpkg")), "--rate-limit", "none"]
    options += ["--incidents", str(write_table(folder / "incidents.geojson"))]
    homes = {f"XDG_{kind}_HOME": str(folder) for kind in ("CONFIG", "STATE")}  # no keys of the user's own
    with serve(*options, folder=folder, **homes) as server:
        yield f"http://{server.address}"
