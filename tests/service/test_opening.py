"""Where a server's incidents lie, and what a table does to them."""

from pathlib import Path

import platformdirs
import pytest
from pydantic import SecretStr

from gazetteer.errors import InputError, TableError
from gazetteer.lookups import GazetteerInfo
from service.databases import StoreError
from service.opening import open_store
from service.settings import Settings
from tests.builders import a_source
from tests.fakes import FakeGazetteer
from tests.service.test_store import ids_in, incidents, put


class At(FakeGazetteer):
    """A gazetteer that came from a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def info(self) -> GazetteerInfo:
        return GazetteerInfo(self._path, 2, "0" * 64, {}, (a_source(),))


def a_table(path: Path, *rows: str, header: str = "id,date,place") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_store_lies_beside_the_gazetteer_and_is_made_by_the_first_write(tmp_path: Path) -> None:
    store = open_store(Settings(), At(tmp_path / "syria.gpkg"))
    assert (0, []) == (store.change(), list(tmp_path.iterdir()))
    put(store, incidents("a"))
    assert (tmp_path / "syria.incidents.sqlite").is_file()
    assert ["a"] == ids_in(open_store(Settings(), At(tmp_path / "syria.gpkg")))


def test_the_embedded_default_lies_in_a_cache_so_its_store_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    put(open_store(Settings(), At(tmp_path / "cache" / "default-0123.gpkg")), incidents("a"))
    assert (tmp_path / "data" / "incidents.sqlite").is_file()
    assert not (tmp_path / "cache").exists()


def test_a_table_alone_is_kept_apart_from_the_store_beside_the_gazetteer(tmp_path: Path) -> None:
    gazetteer = At(tmp_path / "syria.gpkg")
    put(open_store(Settings(), gazetteer), incidents("stored"))
    store = open_store(Settings(incidents=a_table(tmp_path / "t.csv", "a,2016-05-30,Idlib")), gazetteer)
    put(store, incidents("posted"))
    assert ["a", "posted"] == ids_in(store)
    assert ["", "k"] == [row.owner for row in store.read_since(0).rows]
    assert ["stored"] == ids_in(open_store(Settings(), gazetteer))


def test_a_table_alone_may_have_no_ids_or_the_same_twice_and_loses_no_row(tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.csv", "a,,Idlib", "a,,Aleppo", "a#2,,Idlib", ",,Idlib")
    assert ["a", "a#2", "a#2#2", "4"] == ids_in(open_store(Settings(incidents=table), FakeGazetteer()))
    table = a_table(tmp_path / "t.csv", ",Idlib", ",Aleppo", header="date,place")
    assert ["1", "2"] == ids_in(open_store(Settings(incidents=table), FakeGazetteer()))


def test_a_table_goes_into_the_store_that_is_named_and_twice_is_as_once(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    first = Settings(incidents=a_table(tmp_path / "a.csv", "a,2016-05-30,Idlib", "b,,Aleppo"), store=file)
    assert open_store(first, FakeGazetteer()).change() == open_store(first, FakeGazetteer()).change()
    second = Settings(incidents=a_table(tmp_path / "b.csv", "c,2016-05-30,Idlib"), store=file)
    store = open_store(second, FakeGazetteer())
    assert ["a", "b", "c"] == ids_in(store)
    assert 2 == store.delete(owner="", source="a.csv")


def test_what_the_operator_publishes_is_kept_with_the_rows_of_the_table(tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.csv", "a,2016-05-30,Idlib")
    for given, kept in (({}, ()), ({"publish": ("Date",)}, ("date",)), ({"public_table": True}, ("*",))):
        [row] = open_store(Settings(incidents=table, **given), FakeGazetteer()).read_since(0).rows
        assert kept == row.published
    with pytest.raises(InputError, match="no column 'nothing'"):
        open_store(Settings(incidents=table, publish=("nothing",)), FakeGazetteer())


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("date,place", "2016-05-30,Idlib", "no column of ids"),
        ("id,place", ",Idlib", "has no id in row 1"),
        ("event_id,place", "x,Idlib\nx,Aleppo", "more than one row with the event_id 'x'"),
    ],
)
def test_a_store_takes_no_table_whose_rows_can_not_be_told_apart(
    tmp_path: Path, header: str, row: str, words: str
) -> None:
    table = a_table(tmp_path / "t.csv", row, header=header)
    with pytest.raises(TableError, match=words):
        open_store(Settings(incidents=table, store=tmp_path / "s.sqlite"), FakeGazetteer())
    assert not (tmp_path / "s.sqlite").exists()


def test_what_is_wrong_with_the_store_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        open_store(Settings(store=tmp_path / "nothing" / "s.sqlite"), FakeGazetteer())
    (tmp_path / "s.sqlite").write_text("id,place\n" * 50)
    with pytest.raises(StoreError, match=r"s\.sqlite"):
        open_store(Settings(store=tmp_path / "s.sqlite"), FakeGazetteer())


def test_an_address_makes_a_store_in_a_database(postgis_url: str) -> None:
    store = open_store(Settings(store=SecretStr(postgis_url)), FakeGazetteer())
    assert (postgis_url, 0) == (str(store), store.change())
    store.close()
