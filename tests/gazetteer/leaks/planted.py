"""Thirty tables of different make, made up from a seed, with five revelations in each among ordinary rows.

Towns are the gazetteer's; hospitals, positions and events are invented. Ordinary rows tempt: people taken to a
hospital, sources in one, telephone numbers, prices, exact positions of what is no hospital.
"""

import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from pyproj import Transformer

from gazetteer import Gazetteer, LatLon
from gazetteer.geodesy import destination, distance_m
from gazetteer.values import Place

ROWS = 500
EACH = 5
FACILITIES = (
    "{} National Hospital", "{} hosptial", "M-10", "PHC {}", "hôpital de {}", "{} Devlet Hastanesi", "مشفى {} الوطني",
    "دار الشفاء", "Mashfaa {} al-Watani", "{} trauma centre", "Dar al-Shifa, {}", "نقطة طبية في {}", "{}Hospital",
    "field hospital near {}", "{} primary health care center", "مستوصف {}", "Mustashfa {}", "{} clinic",
)  # fmt: skip
ORDINARY = (
    "Two killed in a strike on the market; the wounded were taken to the hospital in {}.",
    "Shelling of a farm road, no one hurt. Tel. +963 944 {n} 117.",
    "According to hospital sources three people died in {}.",
    "أصيب ثلاثة مدنيين ونقلوا إلى مشفى {}.",
    "A house was hit at 14:35; bread cost 35.50 and then 36.75 pounds.",
    "Barrel bombs on orchards 4 km north of {}. 12,350 people fled, then 36,120.",
    "He died in hospital in {} two days later. Case 2016/05/3{n}.",
)


@dataclass(frozen=True)
class Planted:
    """A table with the rows that reveal something, from 1; None for what stands beside the rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[list[Any]]
    revealing: tuple[int | None, ...]
    write: Callable[["Planted", Path], Path]


def as_csv(table: Planted, folder: Path) -> Path:
    import csv

    path = folder / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([table.columns, *table.rows])
    return path


def as_json_lines(table: Planted, folder: Path) -> Path:
    path = folder / f"{table.name}.jsonl"
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def as_geojson(table: Planted, folder: Path) -> Path:
    path = folder / f"{table.name}.geojson"
    features = [
        {
            "type": "Feature",
            "geometry": row[-1] and {"type": "Point", "coordinates": row[-1]},
            "properties": dict(zip(table.columns, row[:-1], strict=False)),
        }
        for row in table.rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def as_workbook(table: Planted, folder: Path, *, beside: Sequence[str] = ()) -> Path:
    """Write a workbook, with positions in a comment, a hidden sheet, a property, a name and another sheet."""
    path, book = folder / f"{table.name}.xlsx", openpyxl.Workbook()
    sheet: Any = book.active
    for row in (table.columns, *table.rows):
        sheet.append(list(row))
    if beside:
        sheet["A2"].comment = Comment(f"the hospital is at {beside[0]}", "reviewer")
        hidden = book.create_sheet("old")
        hidden.append(["name", "where"])
        hidden.append(["hospital", beside[1]])
        hidden.sheet_state = "hidden"
        book.properties.description = f"clinic {beside[2]}"
        book.defined_names["hospital"] = DefinedName("hospital", attr_text=f'"{beside[3]}"')
        sheet.oddFooter.center.text = beside[4]
    book.save(path)
    return path


def as_collection(table: Planted, folder: Path, *, about: str) -> Path:
    """Write features whose ids are the first column, and a collection that says where a hospital is."""
    path = as_geojson(table, folder)
    known = json.loads(path.read_text())
    features = [one | {"id": one["properties"].pop("id"), "survey": {"by": 3}} for one in known["features"]]
    path.write_text(json.dumps(known | {"features": features, "description": about}))
    return path


def as_layers(table: Planted, folder: Path, *, about: str, other: LatLon) -> Path:
    """Write a layer of points with a description, and another layer that names a hospital."""
    path = folder / f"{table.name}.gpkg"
    rows = [dict(zip(table.columns, row, strict=False)) for row in table.rows]
    points = [row[-1] and shapely.Point(row[-1]) for row in table.rows]
    frames = {
        "hits": geopandas.GeoDataFrame(rows, geometry=points, crs=4326),
        "old": geopandas.GeoDataFrame([{"name": "hospital"}], geometry=[point_of(other)], crs=4326),
    }
    for layer, frame in frames.items():
        frame.to_file(path, layer=layer, engine="pyogrio")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = 'hits'", (about,))
    return path


def as_parquet(table: Planted, folder: Path, *, about: str) -> Path:
    """Write columns with their types, and metadata that say where a hospital is."""
    path = folder / f"{table.name}.parquet"
    columns = zip(table.columns, zip(*table.rows, strict=True), strict=True)
    known = pa.table({name: list(values) for name, values in columns})
    pq.write_table(known.replace_schema_metadata({"note": about}), path)
    return path


def point_of(p: LatLon) -> shapely.Point:
    return shapely.Point(p.longitude, p.latitude)


# ---------------------------------------------------------------------------------------- notations


def decimal(p: LatLon) -> str:
    return f"{p.latitude:.5f}, {p.longitude:.5f}"


def commas(p: LatLon) -> str:
    return decimal(p).replace(",", ";").replace(".", ",")


def in_digits_of(zero: str, p: LatLon) -> str:
    return decimal(p).translate({ord("0") + n: ord(zero) + n for n in range(10)})


def parts(degrees: float) -> tuple[int, int, float]:
    minutes = abs(degrees) % 1 * 60
    return int(degrees), int(minutes), round(minutes % 1 * 60, 1)


def dms(p: LatLon, form: str = "{}°{}'{}\"N {}°{}'{}\"E") -> str:
    return form.format(*parts(p.latitude), *parts(p.longitude))


def minutes(p: LatLon) -> str:
    north, east = parts(p.latitude), parts(p.longitude)
    return f"N{north[0]} {north[1] + north[2] / 60:06.3f}, E{east[0]} {east[1] + east[2] / 60:06.3f}"


def metres(p: LatLon) -> tuple[int, int, int]:
    zone = int((p.longitude + 180) // 6 + 1)
    east, north = Transformer.from_crs(4326, 32600 + zone, always_xy=True).transform(p.longitude, p.latitude)
    return zone, int(east), int(north)


def utm(p: LatLon) -> str:
    return "{}N {} E {} N".format(*metres(p))


def mgrs(p: LatLon) -> str:
    zone, east, north = metres(p)
    column = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3][east // 100_000 - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(north // 100_000 + (0 if zone % 2 else 5)) % 20]
    return f"{zone}S {column}{row} {east % 100_000:05d} {north % 100_000:05d}"


def geohash(p: LatLon) -> str:
    letters, code, bits = "0123456789bcdefghjkmnpqrstuvwxyz", "", ""
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    for n in range(40):
        value, span = (p.longitude, p.latitude)[n % 2], spans[n % 2]
        middle = sum(span) / 2
        bits += str(int(value >= middle))
        span[int(value < middle)] = middle
    for start in range(0, 40, 5):
        code += letters[int(bits[start : start + 5], 2)]
    return code


def plus_code(p: LatLon) -> str:
    letters, code = "23456789CFGHJMPQRVWX", ""
    north, east = p.latitude + 90, p.longitude + 180
    for n in range(5):
        side = 20.0 / 20**n
        code += letters[int(north / side) % 20] + letters[int(east / side) % 20]
    return f"{code[:8]}+{code[8:]}"


LINKS: tuple[str, ...] = (
    "https://www.google.com/maps/place/X/@{0},{1},17z", "https://maps.google.com/?q={0}%2C{1}",
    "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=17/{0}/{1}", "https://www.bing.com/maps?cp={0}~{1}&lvl=16",
    "https://waze.com/ul?ll={0}%2C{1}&navigate=yes", "https://maps.app.goo.gl/aB3xY9",
    "https://www.openstreetmap.org/node/4711081516", "https://w3w.co/filled.count.soap",
    "https://yandex.com/maps/?ll={1}%2C{0}&z=17", "http://wikimapia.org/#lang=en&lat={0}&lon={1}&z=16",
)  # fmt: skip


def link(form: str, p: LatLon) -> str:
    return form.format(f"{p.latitude:.5f}", f"{p.longitude:.5f}")


NOTATIONS: tuple[Callable[[LatLon], str], ...] = (
    decimal, commas, partial(in_digits_of, "٠"), partial(in_digits_of, "０"), dms, minutes, utm, mgrs, geohash, plus_code,
    partial(dms, form="{} deg {} min {} sec N, {} deg {} min {} sec E"), partial(dms, form="{}-{}-{}N {}-{}-{}E"),
    lambda p: f"POINT ({p.longitude:.5f} {p.latitude:.5f})", lambda p: f"{p.latitude:.2f}N {p.longitude:.2f}E",
    lambda p: f"خط العرض {p.latitude:.5f} خط الطول {p.longitude:.5f}",
)  # fmt: skip


def packed(p: LatLon) -> str:
    north, east = parts(p.latitude), parts(p.longitude)
    return f"{north[0]}{north[1]:02}{int(north[2]):02}N 0{east[0]}{east[1]:02}{int(east[2]):02}E"


def mercator(p: LatLon) -> str:
    return "x={:.1f} y={:.1f}".format(
        *Transformer.from_crs(4326, 3857, always_xy=True).transform(p.longitude, p.latitude)
    )


#: Forms that a second set of tables showed.
MORE_NOTATIONS: tuple[Callable[[LatLon], str], ...] = (
    packed, mercator, lambda p: "{} {}mE {}mN".format(*metres(p)), lambda p: "w3w: filled.count.soap", lambda p: "wikidata Q47110815",
    partial(dms, form="{} derece {} dakika {} saniye kuzey, {} derece {} dakika {} saniye doğu"),
    partial(dms, form="{} degrés {} minutes {} secondes nord, {} degrés {} minutes {} secondes est"),
    lambda p: "8a2da9b2c0effff", lambda p: f"{p.latitude:.5f}%2C{p.longitude:.5f}", lambda p: f"geo {p.latitude:+.5f}{p.longitude:+010.5f}/",
)  # fmt: skip


# ------------------------------------------------------------------------------------------- tables


class Maker:
    """Makes up rows from a seed."""

    def __init__(self, gazetteer: Gazetteer, seed: int) -> None:
        self.random = random.Random(seed)
        kinds = [one for one in gazetteer.places() if one.kind.value == "settlement" and one.population]
        self.towns = sorted(kinds, key=lambda one: -(one.population or 0))[:40]
        self.sensitive = [one for one in gazetteer.places() if one.sensitive]
        self.reserved = [one for one in self.sensitive if one.position_basis == "building"]

    def town(self) -> Place:
        return self.random.choice(self.towns)

    def point(self, near: Place | None = None) -> LatLon:
        """Return a position near a town, and at no facility that is known by its building."""
        start = (near or self.town()).position
        while True:
            made = destination(
                start, azimuth_deg=self.random.uniform(0, 360), distance_m=self.random.uniform(900, 9_000)
            )
            made = LatLon(round(made.latitude, 5), round(made.longitude, 5))
            near_by = (one for one in self.reserved if abs(one.position.latitude - made.latitude) < 0.02)
            if all(distance_m(made, one.position) > 2_000 for one in near_by):
                return made

    def facility(self, town: Place | None = None) -> str:
        return self.random.choice(FACILITIES).format((town or self.town()).name)

    def note(self, town: Place) -> str:
        return self.random.choice(ORDINARY).format(town.name, n=self.random.randint(100, 999))

    def table(
        self,
        name: str,
        columns: str,
        ordinary: Callable[[Place, LatLon], list[Any]],
        revealing: Callable[[int, Place, LatLon], list[Any]],
        write: Callable[[Planted, Path], Path] = as_csv,
        *,
        same_town: bool = False,
    ) -> Planted:
        """Put revealing rows among ordinary ones."""
        places = sorted(self.random.sample(range(1, ROWS + 1), EACH))
        rows = []
        for number in range(1, ROWS + 1):
            town = self.town()
            if number in places:
                rows.append(revealing(places.index(number), town, self.point(town)))
            else:
                rows.append(ordinary(town, self.point(town)))
        return Planted(name, tuple(columns.split("|")), rows, tuple(places), write)


def tables(gazetteer: Gazetteer, seed: int = 22) -> Iterator[Planted]:
    """Yield the tables."""
    make = Maker(gazetteer, seed)
    choice = make.random.choice

    def at(p: LatLon) -> list[Any]:
        return [p.latitude, p.longitude]

    yield make.table(
        "named", "place|lat|lon|notes",
        lambda t, p: [t.name, *at(p), make.note(t)],
        lambda n, t, p: [make.facility(t), *at(p), ""],
    )  # fmt: skip
    yield make.table(
        "targets", "date|place|target|latitude|longitude|source",
        lambda t, p: ["2016-05-01", t.name, choice(["market", "school", "house", ""]), *at(p), "hospital director"],
        lambda n, t, p: ["2016-05-01", t.name, make.facility(t), *at(p), "radio"],
    )  # fmt: skip
    yield make.table(
        "typed", "Site|Type|Y|X",
        lambda t, p: [t.name, choice(["bakery", "bridge", "house"]), p.latitude, p.longitude],
        lambda n, t, p: [f"Building {n}, {t.name}", choice(["hospital", "clinic", "مشفى", "Health facility"]), *at(p)],
        as_workbook,
    )  # fmt: skip
    yield make.table(
        "commas", "place;city|GPS coordinates|killed",
        lambda t, p: [t.name, commas(p), 3],
        lambda n, t, p: [make.facility(t), commas(p), 1],
    )  # fmt: skip
    yield make.table(
        "arabic", "المكان|خط العرض|خط الطول|ملاحظات",
        lambda t, p: [t.name_ar or t.name, *at(p), make.note(t)],
        lambda n, t, p: [f"مشفى {t.name_ar}", *in_digits_of("٠", p).split(", "), ""],
    )  # fmt: skip
    yield make.table(
        "split", "name|lat_deg|lat_min|lat_sec|lon_deg|lon_min|lon_sec",
        lambda t, p: [t.name, *parts(p.latitude), *parts(p.longitude)],
        lambda n, t, p: [make.facility(t), *parts(p.latitude), *parts(p.longitude)],
        as_workbook,
    )  # fmt: skip
    yield make.table(
        "metres", "location|utm zone|easting|northing",
        lambda t, p: [t.name, *metres(p)],
        lambda n, t, p: [make.facility(t), *metres(p)],
    )  # fmt: skip
    yield make.table(
        "grid", "location|grid reference|remarks",
        lambda t, p: [t.name, mgrs(p), make.note(t)],
        lambda n, t, p: [make.facility(t), mgrs(p), ""],
    )  # fmt: skip
    yield make.table(
        "notes", "place|summary",
        lambda t, p: [t.name, make.note(t)],
        lambda n, t, p: [t.name, f"Strike on the {make.facility(t)}. Position: {NOTATIONS[n * 3](p)}, checked."],
    )  # fmt: skip
    yield make.table(
        "notes2", "place|description|injured",
        lambda t, p: [t.name, make.note(t), 0],
        lambda n, t, p: [make.facility(t), f"seen on images at {NOTATIONS[n * 3 + 1](p)} in May", 2],
        as_json_lines,
    )  # fmt: skip
    yield make.table(
        "links", "place|evidence",
        lambda t, p: [t.name, choice(["https://news.example/hospital-strike", link(LINKS[0], p)])],
        lambda n, t, p: [make.facility(t), link(LINKS[n * 2], p)],
    )  # fmt: skip
    yield make.table(
        "links2", "place|description",
        lambda t, p: [t.name, make.note(t)],
        lambda n, t, p: [t.name, f"The hospital was hit twice, see {link(LINKS[n * 2 + 1], p)} for where"],
    )  # fmt: skip
    ids = ("INC-{0}-{1}", "osm:node/4711081516", "way 47110815", "{0}_{1}", "n/a {0} {1}")
    yield make.table(
        "ids", "id|place|reference",
        lambda t, p: [f"INC-{make.random.randint(1, 99999)}", t.name, "35.12/4"],
        lambda n, t, p: [link(ids[n], p), make.facility(t), ""],
    )  # fmt: skip
    first, second, *_ = make.towns
    yield make.table(
        "distances", f"place|distance to {first.name} (km)|distance to {second.name} (km)",
        lambda t, p: [t.name, *(f"{distance_m(p, one.position) / 1000:.1f}" for one in (first, second))],
        lambda n, t, p: [f"{t.name} {n} hospital", *(f"{distance_m(p, one.position) / 1000:.2f}" for one in (first, second))],
    )  # fmt: skip
    yield make.table(
        "distances2", "place|text",
        lambda t, p: [t.name, f"Shelling {make.random.randint(2, 9)} km from {t.name} and nothing else"],
        lambda n, t, p: [
            f"{t.name} field hospital {n}",
            " and ".join(f"{distance_m(p, one.position) / 1000:.1f} km from {one.name}" for one in (first, second)),
        ],
    )  # fmt: skip
    yield make.table(
        "insight", "SiND Event ID|Date|Admin 1|Location|Health Building Affected|Latitude|Longitude",
        lambda t, p: [make.random.randint(1, 9999), "2016-05-01", "Idlib", "Road", choice(["No", ""]), *at(p)],
        lambda n, t, p: [n, "2016-05-01", "Idlib", "Building", "Yes", *at(p)],
    )  # fmt: skip
    yield make.table(
        "features", "name|gaz_kind|gaz_latitude|gaz_longitude|geometry",
        lambda t, p: [t.name, "settlement", *at(t.position), [p.longitude, p.latitude]],
        lambda n, t, p: [make.facility(t), "hospital", 35.95, 36.65, [p.longitude, p.latitude]],
        as_geojson,
    )  # fmt: skip
    known = [one for one in make.sensitive if one.position_basis == "town"]
    yield make.table(
        "enriched", "where|gaz_place_id|gaz_kind|gaz_latitude|gaz_longitude|gaz_alternatives",
        lambda t, p: [t.name, t.id, "settlement", *at(t.position), "[]"],
        lambda n, t, p: [t.name, "", "", "", "", json.dumps([
            {"place_id": known[n].id, "kind": "hospital", "confidence": 0.4,
             "latitude": known[n].position.latitude, "longitude": known[n].position.longitude, "uncertainty_m": 900}
        ])],
    )  # fmt: skip
    yield make.table(
        "acled", "event_id_cnty|event_date|location|latitude|longitude|geo_precision|notes",
        lambda t, p: [f"SYR{make.random.randint(1, 9999)}", "2016-05-01", t.name, *at(choice([t.position, p])), 1, make.note(t)],
        lambda n, t, p: [f"SYR{n}", "2016-05-01", t.name, *at(p), 1, f"Warplanes struck the surgical hospital in {t.name}."],
    )  # fmt: skip
    points = [NOTATIONS[n * 2](make.point()) for n in range(EACH)]
    plain = make.table(
        "book", "place|killed", lambda t, p: [t.name, 2], lambda n, t, p: [make.facility(t), 1]
    )
    yield Planted(
        "book", plain.columns, plain.rows, (1, *(None,) * (EACH - 1)), partial(as_workbook, beside=points)
    )

    yield from more_tables(make)


def more_tables(make: Maker) -> Iterator[Planted]:
    """Yield tables in other languages and files, whose kinds the first search for them passed over."""
    choice = make.random.choice

    def at(p: LatLon) -> list[Any]:
        return [p.latitude, p.longitude]

    def with_comma(number: float) -> str:
        return f"{number:.5f}".replace(".", ",")

    first, second, third, *_ = make.towns
    french = ("hôpital", "dispensaire", "centre de santé", "camp de déplacés", "clinique")
    yield make.table(
        "lieux", "Lieu|Type de site|Latitude|Longitude|Remarques",
        lambda t, p: [t.name, choice(["marché", "école", "maison"]), *map(with_comma, at(p)), "Les blessés sont à l'hôpital"],
        lambda n, t, p: [t.name, french[n], *map(with_comma, at(p)), ""],
    )  # fmt: skip
    turkish = ("hastane", "sağlık ocağı", "dispanser", "çadır kampı", "poliklinik")
    yield make.table(
        "yerler", "Yer|Tür|Enlem|Boylam|Açıklama",
        lambda t, p: [t.name, choice(["pazar", "okul", "fırın"]), *map(with_comma, at(p)), "Yaralılar hastaneye kaldırıldı"],
        lambda n, t, p: [t.name, turkish[n], *map(with_comma, at(p)), ""],
    )  # fmt: skip
    addresses = (
        "12 rue des Oliviers",
        "en face de la boulangerie",
        "Cumhuriyet caddesi 14",
        "postane karşısı",
        "مقابل الفرن الآلي",
    )
    yield make.table(
        "adresses", "place|remarks", lambda t, p: [t.name, addresses[0]], lambda n, t, p: [make.facility(t), addresses[n]]
    )  # fmt: skip

    def seen(forms: Sequence[Callable[[LatLon], str]], n: int, t: Place, p: LatLon) -> list[Any]:
        return [make.facility(t), f"seen at {forms[n](p)} in May"]

    for name, forms in (("forms", MORE_NOTATIONS[:EACH]), ("forms2", MORE_NOTATIONS[EACH:])):
        yield make.table(name, "place|remarks", lambda t, p: [t.name, make.note(t)], partial(seen, forms))
    yield make.table(
        "squares", "place|gzd|square|easting|northing",
        lambda t, p: [t.name, *mgrs(p).split()],
        lambda n, t, p: [make.facility(t), *mgrs(p).split()],
    )  # fmt: skip
    yield make.table(
        "bearings", "place|reference town|distance km|bearing",
        lambda t, p: [t.name, first.name, 12.3, 271],
        lambda n, t, p: [make.facility(t), first.name, f"{distance_m(p, first.position) / 1000:.1f}", 271],
    )  # fmt: skip
    where = make.point()
    words = (
        lambda town, km: f"à {with_comma(km)} km de {town}", lambda town, km: f"{town} {km:.2f} km",
        lambda town, km: f"{town}'e {km:.2f} km uzaklıkta", lambda town, km: f"{km * 1000:.0f} metres from {town}",
        lambda town, km: f"{town} ({km:.1f} km)",
    )  # fmt: skip
    yield make.table(
        "told", "place|text",
        lambda t, p: [t.name, f"{choice(words)(t.name, 7.1)} and nothing else"],
        lambda n, t, p: [f"{t.name} hospital {n}", ", ".join(words[n](o.name, distance_m(where, o.position) / 1000) for o in (first, second, third))],
    )  # fmt: skip

    def beside(table: Planted) -> tuple[int | None, ...]:
        return (*table.revealing, None)

    points = make.table(
        "points", "id|place|amenity|geometry",
        lambda t, p: [f"f-{make.random.randint(1000, 9999)}", t.name, choice(["school", "marketplace"]), at(p)[::-1]],
        lambda n, t, p: ["way/47110815" if n else "f-1", t.name, ("hospital", "doctors")[n % 2], None if n else at(p)[::-1]],
    )  # fmt: skip
    about = f"round the hospital at {decimal(make.point())}"
    yield replace(points, revealing=beside(points), write=partial(as_collection, about=about))
    layers = make.table(
        "layers", "place|site|geometry",
        lambda t, p: [t.name, choice(["school", "market"]), at(p)[::-1]],
        lambda n, t, p: [t.name, ("Health Post", "polyclinic", "blood bank", "clinic", "PHC")[n], at(p)[::-1]],
    )  # fmt: skip
    yield replace(
        layers, revealing=(*beside(layers), None), write=partial(as_layers, about=about, other=make.point())
    )
    typed = make.table(
        "typed2", "place|target|zone|easting|northing",
        lambda t, p: [t.name, choice(["school", "market"]), *map(str, metres(p))],
        lambda n, t, p: [t.name, ("health", "P.H.C.", "field hospital", "مستوصف", "Lazarett")[n], *map(str, metres(p))],
    )  # fmt: skip
    yield replace(typed, revealing=beside(typed), write=partial(as_parquet, about=about))
