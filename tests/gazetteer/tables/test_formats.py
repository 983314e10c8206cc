"""The contract of every format: rows that are written are read back, in order, none lost, none changed."""

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.errors import TableError
from gazetteer.tables import Column, Layout, Part, RowsTable, Source, WriteOptions, read_table, write_table
from gazetteer.tables.formats import FORMATS, format_for, format_of
from gazetteer.tables.table import ReadOptions, Table, as_text

SUFFIXES = tuple(suffix for form in FORMATS.values() for suffix in form.suffixes)
TYPED = (".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl")
WITH_SHAPES = (".parquet", ".geojson", ".gpkg")
JSON, ALL = ("geojson", "jsonl"), ("xlsx", "parquet", "geopackage", "geojson", "jsonl")
DAY = datetime.date(2016, 5, 30)
MOMENT = datetime.datetime(2016, 5, 30, 4, 5, 6)  # noqa: DTZ001 - tables know no zones
SQUARE = shapely.box(36, 35, 37, 36)
#: A column of each kind of value, and the formats that have it as it is; in others it is text.
KINDS: dict[str, tuple[list[Any], tuple[str, ...]]] = {
    "text": (["Idlib", "", "=1+1 \"'\r\n\t سراقب 😀", None], ALL),
    "integer": ([7, -(2**53), 0, None], ALL),
    "number": ([2.5, -1e300, 1e-7, None], ALL),
    "mixed": ([1, "a", 2.5, None], ("xlsx", *JSON)),
    "boolean": ([True, False, True, None], ALL),  # in SQLite these are 1 and 0
    "day": ([DAY, datetime.date(1999, 12, 31), DAY, None], ("xlsx", "parquet")),
    "moment": ([MOMENT, MOMENT.replace(hour=23), MOMENT, None], ("xlsx", "parquet")),
    "nested": ([[{"a": [1, None]}], {"b": "c"}, [], None], JSON),
    "large": ([2**70, 10**30, -(2**64), None], JSON),
}
SHAPES = [shapely.Point(36.6, 35.9), SQUARE, None, shapely.Point()]
POINTS = Layout(("place",), (Column("status", "text"), Column("where", "point"), Column("radius", "integer")))


def written(path: Path) -> list[tuple[str, ...]]:
    table = read_table(path)
    return [table.columns, *table.rows()]


def values(table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for chunk in table.chunks() for row in chunk.rows]


def with_points(folder: Path, suffix: str, table: Table | None = None, **options: Any) -> Path:
    """Write a table of two places with added columns, one of which holds a point where it is known."""
    table = table or RowsTable(("place", "n"), [("Idlib", 1), ("Nowhere", None)])
    parts = [
        Part(chunk, [("resolved", (36.63393, 35.93062), 4000), ("unresolved", None, None)][: len(chunk)])
        for chunk in table.chunks()
    ]
    target = folder / f"points{suffix}"
    write_table(target, table, POINTS, parts, WriteOptions(**options))
    return target


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_format_is_written_by_its_end_and_recognised_by_what_it_holds(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix.upper()}"
    rows = [("Idlib", "1"), ("سراقب", "")]
    write_table(target, RowsTable(("place", "n"), rows))
    assert [("place", "n"), *rows] == written(target)
    anonymous = target.rename(tmp_path / "anonymous")
    assert [("place", "n"), *rows] == written(anonymous)
    if not suffix.endswith(".gz"):
        assert format_for(target.name) == format_of(Source("x", anonymous))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_values_of_every_kind_come_back_as_they_were_or_as_their_text(tmp_path: Path, suffix: str) -> None:
    texts = ["2016-05-30", "2016-05-30 04:05:06", "true", "1e+300", "7"]
    assert texts == [as_text(value) for value in (DAY, MOMENT, True, 1e300, 7)]
    for kind, (column, native) in KINDS.items():
        target = tmp_path / f"{kind}{suffix}"
        write_table(target, RowsTable(("place", kind), [("x", value) for value in column]))
        expected = [None if one is None else as_text(one) for one in column]
        if format_for(target.name).name in native:
            expected = column
        found = [row[1] for row in values(read_table(target))]
        # Sheets and text don't tell an empty text from nothing.
        blank = [[None if one == "" else one for one in column] for column in (expected, found)]
        assert blank[0] == blank[1], kind


@pytest.mark.parametrize("suffix", WITH_SHAPES)
def test_a_tables_own_shapes_come_back_unless_they_are_left_out(tmp_path: Path, suffix: str) -> None:
    table = RowsTable(("place", "geometry"), [("x", one) for one in SHAPES], geometry="geometry")
    write_table(tmp_path / f"in{suffix}", table)
    source = read_table(tmp_path / f"in{suffix}")
    assert ({"place", "geometry"}, "geometry") == (set(source.columns), source.geometry)
    assert SHAPES == shapes_in(source)
    added = (Column("where", "point"),)
    for kept in (("place", "geometry"), ("place",)):
        parts = [Part(chunk, [((1.0, 2.0),)] * 4) for chunk in source.chunks()]
        write_table(tmp_path / f"out{suffix}", source, Layout(kept, added), parts)
        found = read_table(tmp_path / f"out{suffix}")
        if "geometry" in kept:
            assert SHAPES == shapes_in(found)
        else:
            assert (("place",), None) == (found.columns, found.geometry)
            assert b"35.9" not in (tmp_path / f"out{suffix}").read_bytes()


def shapes_in(table: Table) -> list[Any]:
    return [row[table.columns.index("geometry")] for row in values(table)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_added_points_are_the_shapes_and_are_not_read_as_the_tables_own(tmp_path: Path, suffix: str) -> None:
    target = with_points(tmp_path, suffix)
    rows = [("place", "status", "radius"), ("Idlib", "resolved", "4000"), ("Nowhere", "unresolved", "")]
    assert rows == written(target)
    table = read_table(target)
    assert table.geometry is None
    if suffix in WITH_SHAPES:
        import geopandas

        read = geopandas.read_parquet if suffix == ".parquet" else geopandas.read_file
        frame = read(target)
        assert "POINT (36.63393 35.93062)" == frame.geometry[0].wkt
        assert [False, True] == list(frame.geometry.isna())
    again = tmp_path / f"again{suffix}"
    write_table(again, table)
    assert (rows, None) == (written(again), read_table(again).geometry)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_some_rows_of_a_table_are_a_table(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"in{suffix}"
    write_table(source, RowsTable(("place", "n"), [(name, n) for n, name in enumerate("abcdef")]))
    table = read_table(source)
    layout = Layout(("place",), (Column("more", "integer"),))
    parts = [Part(chunk.take([1, 0]), [(10,), (None,)]) for chunk in table.chunks(3)]
    write_table(tmp_path / f"out{suffix}", table, layout, parts, WriteOptions(whole=False))
    expected = [("place", "more"), ("b", "10"), ("a", ""), ("e", "10"), ("d", "")]
    assert expected == written(tmp_path / f"out{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_table_gives_the_same_bytes_and_a_failure_leaves_them(tmp_path: Path, suffix: str) -> None:
    first = with_points(tmp_path, suffix).read_bytes()
    assert first == with_points(tmp_path, suffix).read_bytes()
    table = RowsTable(("place",), [("Idlib",)])

    def stopped() -> Any:
        yield Part(next(table.chunks()), [()])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(tmp_path / f"points{suffix}", table, None, stopped())
    assert [(f"points{suffix}", first)] == [(one.name, one.read_bytes()) for one in tmp_path.iterdir()]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_stays_one_where_columns_have_a_place(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    write_table(target, RowsTable(("place", "n"), []))
    if format_for(target.name).name == "jsonl":
        assert b"" == target.read_bytes()
    else:
        columns = () if suffix == ".geojson" else ("place", "n")
        assert [columns] == [read_table(target).columns[: len(columns)]]
        assert 0 == read_table(target).check()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_file_is_refused_with_one_sentence(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"in{suffix}"
    write_table(source, RowsTable(("place", "n"), [("Idlib", f"{n}\n") for n in range(2000)]))
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(TableError) as caught:
        read_table(source).check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_more_rows_than_may_be_are_refused(tmp_path: Path, suffix: str) -> None:
    write_table(tmp_path / f"in{suffix}", RowsTable(("place", "n"), [("Idlib", n) for n in range(4)]))
    assert 4 == read_table(tmp_path / f"in{suffix}", ReadOptions(row_limit=4)).check(4)
    with pytest.raises(TableError, match="has more than 3 rows") as caught:
        read_table(tmp_path / f"in{suffix}", ReadOptions(row_limit=3)).check(3)
    assert "rows" == caught.value.parameter


def test_what_follows_too_many_rows_is_not_read() -> None:
    feature = '{"type": "Feature", "geometry": null, "properties": {"place": "Idlib"}}, '
    for text in (
        "place,n\n" + "Idlib,1\n" * 20_001 + "Idlib\n",
        '{"place": "Idlib"}\n' * 4 + "{",
        '{"type": "FeatureCollection", "features": [' + feature * 4,
    ):
        with pytest.raises(TableError, match="has more than 3 rows"):
            read_table(Source("in", data=text.encode()), ReadOptions(row_limit=3)).check(3)


def test_standard_output_has_the_tables_own_format(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_table("-", RowsTable(("a", "b"), [(1, None)]))
    assert b"a,b\n1,\n" == capfdbinary.readouterr().out
    for suffix in (".tsv", *TYPED):
        table = read_table(with_points(tmp_path, suffix))
        write_table("-", table)
        data = capfdbinary.readouterr().out
        assert written(tmp_path / f"points{suffix}")[1:] == list(read_table(Source("out", data=data)).rows())


def test_what_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    table = RowsTable(("place",), [("Idlib",)])
    for name, words in (
        ("out.ods", "end its name in .csv, .tsv, .csv.gz, .tsv.gz, .xlsx, .parquet, .geoparquet, .geojson, "),
        ("missing/out.csv", "there is no folder"),
        ("", "can't be written as a table"),
    ):
        with pytest.raises(TableError, match=words):
            write_table(tmp_path / name, table)
    with pytest.raises(TableError, match="more than one column named 'a'"):
        RowsTable(("a", "a"), [])
    assert [] == list(tmp_path.iterdir())


cell = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40)
@given(
    width=st.integers(1, 3),
    cells=st.lists(cell, min_size=1, max_size=9),
    suffix=st.sampled_from(SUFFIXES),
    start=st.sampled_from(SUFFIXES),
)
def test_for_any_table_the_columns_come_back_unchanged_in_order_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, width: int, cells: list[str], suffix: str, start: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    header = ["place", "=b", "c d"][:width]
    rows = [cells[at : at + width] for at in range(0, len(cells) - width + 1, width)]
    if not rows:
        return
    step = folder / "in.csv"
    with step.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    expected = [tuple(row) for row in (header, *rows)]
    for number, end in enumerate((start, suffix, start)):
        target = folder / f"{number}{end}"
        table = read_table(step)
        layout = Layout(tuple(header), (Column("added", "text"), Column("where", "point")))
        parts = (Part(chunk, [("x", (1.0, 2.0))] * len(chunk)) for chunk in table.chunks(2))
        write_table(target, table, layout, parts)
        assert expected == [row[:width] for row in written(target)]
        step = target
