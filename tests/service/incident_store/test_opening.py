"""Where a server's incidents lie, and what a table does to them."""

from pathlib import Path

import platformdirs
import pytest

from gazetteer.errors import InputError, TableError
from gazetteer.lookups import GazetteerInfo
from service.incident_store import IncidentView, SqliteStore, StoreError, open_store
from service.settings import Settings
from tests.builders import a_source
from tests.fakes import FakeGazetteer
from tests.service.incident_store.contract import incidents


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


def opened(settings: Settings, gazetteer: FakeGazetteer) -> IncidentView:
    return IncidentView(open_store(settings, gazetteer), gazetteer)


def held(view: IncidentView) -> list[str] | None:
    snapshot = view.now()
    return None if snapshot is None else [incident.id for incident in snapshot.incidents]


def test_the_store_lies_beside_the_gazetteer_and_is_made_by_the_first_write(tmp_path: Path) -> None:
    view = opened(Settings(), At(tmp_path / "syria.gpkg"))
    assert held(view) is None
    assert [] == list(tmp_path.iterdir())
    view.store.upsert(incidents("a"), source="x")
    assert (tmp_path / "syria.incidents.sqlite").is_file()
    assert ["a"] == held(opened(Settings(), At(tmp_path / "syria.gpkg")))


def test_the_embedded_default_lies_in_a_cache_so_its_store_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    view = opened(Settings(), At(tmp_path / "cache" / "default-0123.gpkg"))
    view.store.upsert(incidents("a"), source="x")
    assert (tmp_path / "data" / "incidents.sqlite").is_file()
    assert not (tmp_path / "cache").exists()


def test_a_table_alone_is_kept_apart_from_the_store_beside_the_gazetteer(tmp_path: Path) -> None:
    gazetteer = At(tmp_path / "syria.gpkg")
    opened(Settings(), gazetteer).store.upsert(incidents("stored"), source="x")
    settings = Settings(incidents=a_table(tmp_path / "t.csv", "a,2016-05-30,Idlib"))
    view = opened(settings, gazetteer)
    view.store.upsert(incidents("posted"), source="x")
    assert ["a", "posted"] == held(view)
    assert ["stored"] == held(opened(Settings(), gazetteer))


def test_a_table_alone_may_have_no_ids_or_the_same_twice_and_loses_no_row(tmp_path: Path) -> None:
    table = a_table(tmp_path / "t.csv", "a,,Idlib", "a,,Aleppo", "a#2,,Idlib", ",,Idlib")
    assert ["a", "a#2", "a#2#2", "4"] == held(opened(Settings(incidents=table), FakeGazetteer()))
    table = a_table(tmp_path / "t.csv", ",Idlib", ",Aleppo", header="date,place")
    assert ["1", "2"] == held(opened(Settings(incidents=table), FakeGazetteer()))


def test_a_table_goes_into_the_store_that_is_named_and_twice_is_as_once(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    first = a_table(tmp_path / "a.csv", "a,2016-05-30,Idlib", "b,,Aleppo")
    opened(Settings(incidents=first, store=store), FakeGazetteer())
    generation = SqliteStore(store).generation()
    opened(Settings(incidents=first, store=store), FakeGazetteer())
    assert generation == SqliteStore(store).generation()
    second = a_table(tmp_path / "b.csv", "c,2016-05-30,Idlib")
    assert ["a", "b", "c"] == held(opened(Settings(incidents=second, store=store), FakeGazetteer()))
    assert 2 == SqliteStore(store).delete(source="a.csv")


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("date,place", "2016-05-30,Idlib", "no column of ids"),
        ("id,place", ",Idlib", "row 1 of .* has no id"),
        ("event_id,place", "x,Idlib\nx,Aleppo", "more than one row with the event_id 'x'"),
    ],
)
def test_a_store_takes_no_table_whose_rows_can_not_be_told_apart(
    tmp_path: Path, header: str, row: str, words: str
) -> None:
    table = a_table(tmp_path / "t.csv", row, header=header)
    with pytest.raises(TableError, match=words):
        opened(Settings(incidents=table, store=tmp_path / "s.sqlite"), FakeGazetteer())
    assert not (tmp_path / "s.sqlite").exists()


def test_what_is_wrong_with_the_store_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        opened(Settings(store=tmp_path / "nothing" / "s.sqlite"), FakeGazetteer())
    (tmp_path / "s.sqlite").write_text("id,place\n" * 50)
    with pytest.raises(StoreError, match=r"s\.sqlite"):
        opened(Settings(store=tmp_path / "s.sqlite"), FakeGazetteer())
