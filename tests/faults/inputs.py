"""What commands and servers are given, what befalls a file, and what lies in a folder afterwards."""

import os
import random
import shutil
import sqlite3
from contextlib import closing
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
    """Every file of a folder by its path in it; none where there is no folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


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


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip_a_bit(path: Path) -> None:
    """In place, and with the time of the last change put back."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    """By another gazetteer of the same time, and of the same size if that is a small one."""
    before = path.stat()
    other = a_small_gazetteer(path.with_name("other.gpkg"), east_deg=0.1)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def overwrite(path: Path) -> None:
    """By another gazetteer, in place, as cp does."""
    shutil.copyfile(a_small_gazetteer(path.with_name("other.gpkg"), east_deg=0.1), path)


def change_a_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE places SET latitude = 0")


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


#: What may befall a gazetteer file.
HARMS = (remove, empty, cut_short, flip_a_bit, replace, overwrite, change_a_row, put_a_folder_there)
