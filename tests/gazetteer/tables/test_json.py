"""JSON: objects line by line or in an array; GeoJSON as a collection, a feature, or a sequence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import TableError
from gazetteer.tables import Column, Layout, Part, RowsTable, Source, WriteOptions, read_table, write_table

COLLECTION: dict[str, Any] = {
    "type": "FeatureCollection",
    "name": "strikes",
    "features": [
        {
            "type": "Feature",
            "id": 7,
            "bbox": [36.6, 35.9, 36.6, 35.9],
            "geometry": {"type": "Point", "coordinates": [36.63, 35.93, 120.5]},
            "properties": {"place": "Idlib", "n": {"deep": [1, None]}},
        },
        {"type": "Feature", "geometry": None, "properties": None},
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[36.6, 35.9], [36.7, 35.9]]},
            "properties": {"place": "Aleppo"},
        },
    ],
    "after": {"features": []},
}
FIRST, _, LINE = COLLECTION["features"]
CRS = '{"type": "name", "properties": {"name": "EPSG:32637"}}'
UTM = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32637"}}


def rows_of(text: str) -> list[tuple[str, ...]]:
    table = read_table(Source("in.json", data=text.encode()))
    return [table.columns, *table.rows()]


def features_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


scalar = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
nested = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner),
    max_leaves=4,
)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["a", "b", "place"]), nested), min_size=1, max_size=4),
    array=st.booleans(),
)
def test_every_value_and_every_missing_key_is_kept(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], array: bool
) -> None:
    rows = [{"place": "Idlib"}, *rows]
    source, target = (tmp_path_factory.getbasetemp() / name for name in ("any.jsonl", "any-out.jsonl"))
    source.write_text(
        json.dumps(rows, indent=1) if array else "".join(json.dumps(row) + "\n" for row in rows)
    )
    table = read_table(source)
    assert len(rows) == table.check()
    layout = Layout(table.columns, (Column("added", "list"), Column("where", "point")))
    parts = (Part(chunk, [([1], (1.0, 2.0))] * len(chunk)) for chunk in table.chunks())
    write_table(target, table, layout, parts)
    assert [{**row, "added": [1]} for row in rows] == [
        json.loads(line) for line in target.read_bytes().splitlines()
    ]


def test_a_feature_and_sequences_of_features_are_tables() -> None:
    expected = [("place", "n", "geometry"), ("Idlib", '{"deep": [1, null]}', "POINT Z (36.63 35.93 120.5)")]
    line = ("Aleppo", "", "LINESTRING (36.6 35.9, 36.7 35.9)")
    first, last = json.dumps(FIRST), json.dumps(LINE)
    for text, more in (
        (first, []),
        (json.dumps(FIRST, indent=2), []),
        (f"{first}\n{last}\n", [line]),
        (f"\x1e{first}\n\x1e{json.dumps(LINE, indent=2)}\n", [line]),
    ):
        assert [*expected, *more] == rows_of(text)


@pytest.mark.parametrize("indent", [None, 2])
def test_features_keep_their_shape_their_id_and_the_members_beside_them(
    tmp_path: Path, indent: int | None
) -> None:
    (tmp_path / "in.json").write_text(json.dumps(COLLECTION, indent=indent))
    table = read_table(tmp_path / "in.json")
    layout = Layout(table.columns, (Column("more", "integer"), Column("where", "point")))
    parts = [Part(chunk, [(1, (0.0, 0.0))] * 3) for chunk in table.chunks()]
    write_table(tmp_path / "out.geojson", table, layout, parts)
    found = features_in(tmp_path / "out.geojson")
    assert [1, 1, 1] == [feature["properties"].pop("more") for feature in found["features"]]
    expected = [{**one, "properties": one["properties"] or {}} for one in COLLECTION["features"]]
    assert {**COLLECTION, "features": expected} == found
    some = [Part(chunk.take([2]), [(1, None)]) for chunk in table.chunks()]
    write_table(tmp_path / "some.geojson", table, layout, some, WriteOptions(whole=False))
    assert {"type", "features"} == features_in(tmp_path / "some.geojson").keys()


def test_what_is_said_of_a_collection_stands_beside_its_features(tmp_path: Path) -> None:
    options = WriteOptions(members={"summary": {"certain": 3}})
    for suffix in (".geojson", ".csv", ".jsonl"):
        write_table(tmp_path / f"out{suffix}", RowsTable(("place",), [("Idlib",)]), options=options)
    assert {"certain": 3} == features_in(tmp_path / "out.geojson")["summary"]
    assert "place\nIdlib\n" == (tmp_path / "out.csv").read_text()


def test_shapes_in_another_system_are_read_in_wgs_84_and_written_back_as_they_were(tmp_path: Path) -> None:
    shape = {"type": "Point", "coordinates": [300000.0, 3980000.0]}
    outside = {"type": "Point", "coordinates": [1e300, 0.0]}
    features = [
        {"type": "Feature", "geometry": one, "properties": {"n": 1}} for one in (shape, None, outside)
    ]
    content = {"type": "FeatureCollection", "crs": UTM, "features": features}
    (tmp_path / "in.geojson").write_text(json.dumps(content))
    table = read_table(tmp_path / "in.geojson")
    point, *rest = next(table.chunks()).values("geometry")
    assert [None, None] == rest
    # pyproj's cs2cs: echo 300000 3980000 | cs2cs EPSG:32637 EPSG:4326
    assert (36.7826672, 35.9439137) == pytest.approx((point.x, point.y), abs=1e-7)
    write_table(tmp_path / "out.geojson", table)
    assert content == features_in(tmp_path / "out.geojson")
    unknown = {**content, "crs": {"type": "name", "properties": {"name": "EPSG:999999"}}}
    (tmp_path / "in.geojson").write_text(json.dumps(unknown))
    table = read_table(tmp_path / "in.geojson")
    assert (None, ("n",)) == (table.geometry, table.columns)
    assert ("the shapes have an unknown reference system (EPSG:999999): no position was read",) == table.notes
    layout = Layout(table.columns, (Column("where", "point"),))
    write_table(
        tmp_path / "out.geojson", table, layout, [Part(c, [((1.0, 2.0),)] * 3) for c in table.chunks()]
    )
    assert unknown == features_in(tmp_path / "out.geojson")


def test_numbers_come_out_as_they_were_written(tmp_path: Path) -> None:
    for digits in (
        "123456789012345678.25",
        "1E-400",
        "1.50",
        "1e5",
        "-0.0",
        "0.1",
        "12345678901234567890123",
    ):
        line = f'{{"place": "Idlib", "n": {digits}, "deep": [{{"n": {digits}}}]}}'
        table = read_table(Source("in.jsonl", data=f"{line}\n".encode()))
        assert ("Idlib", digits, f'[{{"n": {digits}}}]') == next(iter(table.rows()))
        for name in ("out.jsonl", "out.geojson", "again.geojson"):
            write_table(tmp_path / name, table)
            assert line in (tmp_path / name).read_text()
            table = read_table(tmp_path / name)


def test_a_column_is_of_numbers_where_a_double_holds_all_their_digits(tmp_path: Path) -> None:
    for digits, number in (("1.50", 1.5), ("35.929999999999999", 35.93), ("0.00e-999", 0.0)):
        write_table(tmp_path / "out.parquet", read_table(Source("x", data=f'{{"n": {digits}}}'.encode())))
        assert [number] == next(read_table(tmp_path / "out.parquet").chunks()).values("n")
    for digits in ("123456789012345678.25", "1E-400"):
        write_table(tmp_path / "out.parquet", read_table(Source("x", data=f'{{"n": {digits}}}'.encode())))
        assert [digits] == next(read_table(tmp_path / "out.parquet").chunks()).values("n")


def test_what_is_no_table_is_refused_with_one_sentence() -> None:
    feature = '{"type": "FeatureCollection", "features": [%s]}'
    for text, words in (
        ('{\n"type": "Topology"}\n', "no FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"', "broken off"),
        (feature % "1", "feature 1 has no object of properties"),
        (
            feature % '{"geometry": {"type": "Point", "coordinates": 1}}',
            "geometry of feature 1 can't be read",
        ),
        *(
            (feature % f'{{"properties": {{}}, {inside}}}', "feature 1 has a crs of its own, EPSG:32637")
            for inside in (
                f'"crs": {CRS}',
                f'"geometry": {{"type": "Point", "crs": {CRS}, "coordinates": [1, 2]}}',
            )
        ),
        (feature % '{"geometry": {"type": "CurvePolygon", "coordinates": []}}', "feature 1 can't be read"),
        *(
            (f'{{"place": "a"}}\n{{{key}: 1}}\n', "line 2: this is no JSON")
            for key in ("[1]", '{"a": 1}', "1")
        ),
        (feature % "" + " x", "something follows the object"),
        ('{"type": "FeatureCollection", [1]: 2, "features": []}', "a name in an object is no text"),
        ('{"type": "FeatureCollection", "n": 1, "n": 2, "features": []}', "the key 'n' comes twice"),
        ('{"place": "Idlib", "place": "Aleppo"}\n', "the key 'place' comes twice"),
        ('{"place": "Idlib"}\n[1]\n', "line 2: .*a row is no object"),
        ('{"place": "Idlib"}\n{"place": }\n' + '{"place": "Aleppo"}\n' * 20_000, "line 2: this is no JSON"),
        ('{"place": "Idlib"}\n{"place": "Al', "line 2: this is no JSON"),
        ('{"place": "Idlib", "n": 1e400}\n', "larger than a number can be"),
        ('{"place": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deep"),
        ('[{"place": "Idlib"}] x', "something follows the array"),
        ('[{"place": "Idlib"},', "broken off"),
        ("[]", "no row with a key"),
    ):
        with pytest.raises(TableError, match=words) as caught:
            rows_of(text)
        assert "\n" not in str(caught.value)


def test_a_large_collection_is_read_a_feature_at_a_time() -> None:
    feature = {"type": "Feature", "geometry": None, "properties": {"place": "x" * 5000}}
    body = ",".join([json.dumps(feature)] * 60)
    last = json.dumps({"type": "Feature", "geometry": None, "properties": {"place": "y" * 300_000}})
    rows = rows_of(f'{{"type": "FeatureCollection", "features": [{body}, {last}], "n": 12345}}')
    assert (62, 300_000) == (len(rows), len(rows[-1][0]))


def test_half_a_character_stays_in_json_and_is_refused_where_text_is_utf8(tmp_path: Path) -> None:
    table = read_table(Source("in.jsonl", data=b'{"place": "Idlib", "n": "\\ud83d"}\n'))
    write_table(tmp_path / "out.jsonl", table)
    assert "\ud83d" == json.loads((tmp_path / "out.jsonl").read_bytes())["n"]
    for suffix in (".csv", ".parquet", ".gpkg"):
        with pytest.raises(TableError, match=r"half of a character \(\\ud83d\)"):
            write_table(tmp_path / f"out{suffix}", table)
    assert ["out.jsonl"] == [path.name for path in tmp_path.iterdir()]
