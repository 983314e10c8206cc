"""What the commands of these tests are given, and what lies in a folder afterwards."""

import random
from pathlib import Path

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from tests.builders import a_gazetteer_file, a_record, a_square, an_area
from tests.upstream_builders import geonames_line, geonames_zip, new_schema, populated_places, settlement

TOWNS = 12


def a_small_gazetteer(path: Path, *, east_deg: float = 0.0) -> Path:
    """Twelve towns and the governorate round them; all of them may lie farther east."""
    towns = [
        a_record(
            id=f"C{n:04}", name=f"Tell {n}", name_ar=f"تل {n}", position=LatLon(35 + n / 100, 36.5 + east_deg)
        )
        for n in range(TOWNS)
    ]
    idleb = a_record(
        id="SY07", name="Idleb", name_ar="إدلب", kind=PlaceKind.GOVERNORATE, adm2_pcode=None, adm3_pcode=None
    )
    shape = a_square(36, 35)
    return a_gazetteer_file(path, [*towns, idleb], areas=[an_area(wkb=shape, simple_wkb=shape)])


def a_table(path: Path, *, rows: int = 40, filling: int = 0) -> Path:
    """Incidents in some of the towns, each with so many characters that don't compress."""
    chance = random.Random(8)
    lines = ["n,place,admin1,note"]
    for n in range(rows):
        note = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=filling))
        lines.append(f"{n},Te{'l' * (1 + n % 3)} {n % (2 * TOWNS)},Idleb,{note}")
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def an_upstream(folder: Path, *, town: str = "Saraqab") -> Path:
    """A folder with areas, a town and GeoNames' dump, as their publishers give them."""
    folder.mkdir()
    for level in (1, 2, 3):
        new_schema(folder / f"adm{level}.shp", level)
    populated_places(folder / "Locations.csv", [settlement(admin4Name_en=town, LocationName_en=town)])
    geonames_zip(folder / "SY.zip", [geonames_line()])
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def is_left_over(name: str, *targets: str) -> bool:
    """Whether a name is that of an unfinished file or a checkpoint of one of these targets."""
    return any(
        name.startswith(f".{target}.checkpoint")
        or (name.startswith(f".{target}.") and name.endswith(".unfinished"))
        for target in targets
    )


def one_sentence(errors: str) -> str:
    """Return what a command said of its failure: one line, and no traceback."""
    assert errors.endswith("\n"), errors
    assert 1 == errors.count("\n"), errors
    assert "Traceback" not in errors
    return errors
