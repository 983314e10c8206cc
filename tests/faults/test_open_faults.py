"""A damaged gazetteer file is refused or changes nothing; an opened one answers on, whatever befalls it."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gazetteer import Gazetteer
from gazetteer.errors import GazetteerFileError
from gazetteer.geodesy import LatLon
from tests.faults.inputs import HARMS, a_small_gazetteer

#: SQLite's own counters and mode of journal, which a GIS moves by opening a file.
HEADER = 100
SEED = 8


def answers(gazetteer: Gazetteer) -> list[object]:
    """Everything that a gazetteer reads from its file, at once or when it is first asked."""
    return [
        [(place, gazetteer.spellings(place.id)) for place in gazetteer.places()],
        gazetteer.reverse(LatLon(35.05, 36.5)),
        gazetteer.outlines(level=1),
        gazetteer.outline("SY07", simplified=False),
        gazetteer.resolve("Tel 3", area="Idleb"),
        gazetteer.info(),
    ]


def refused(path: Path) -> str:
    with pytest.raises(GazetteerFileError) as caught:
        Gazetteer.open(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_small_gazetteer(tmp_path / "g.gpkg")


def places_to_flip(content: bytes) -> Iterator[tuple[int, int]]:
    """Every bit of the header and of the checksum's row, and one of some hundred bytes everywhere."""
    chance = random.Random(SEED)
    row = content.index(b"file_checksum")
    for at in (*range(HEADER), *range(row - 20, row + 90)):
        yield from ((at, 1 << bit) for bit in range(8))
    for at in chance.sample(range(len(content)), 600):
        yield at, 1 << chance.randrange(8)


def test_a_bit_flipped_anywhere_is_refused_or_changes_no_answer(path: Path) -> None:
    whole = path.read_bytes()
    expected = answers(Gazetteer.open(path))
    harmless = set[int]()
    with path.open("r+b", buffering=0) as file:
        for at, bit in places_to_flip(whole):
            os.pwrite(file.fileno(), bytes([whole[at] ^ bit]), at)
            try:
                opened = Gazetteer.open(path)
            except GazetteerFileError as error:
                assert "\n" not in str(error)
            else:
                assert at in harmless or expected == answers(opened), (at, bit)
                harmless.add(at)
            os.pwrite(file.fileno(), whole[at : at + 1], at)
    assert {18, 19, *range(24, 28), *range(92, 100)} == harmless


def test_a_file_cut_short_anywhere_or_with_bytes_after_its_end_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    chance = random.Random(SEED)
    lengths = {0, 1, 99, 100, len(whole) - 1, *range(0, len(whole), 4096)}
    for length in sorted(lengths | set(chance.sample(range(len(whole)), 100))):
        path.write_bytes(whole[:length])
        assert "build it again with" in refused(path)
    for more in (b"\0", bytes(4096), whole):
        path.write_bytes(whole + more)
        refused(path)


def test_two_files_of_one_length_mixed_at_a_page_are_refused(path: Path, tmp_path: Path) -> None:
    whole, other = path.read_bytes(), a_small_gazetteer(tmp_path / "2.gpkg", east_deg=0.1).read_bytes()
    assert len(whole) == len(other)
    pages = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    turned = b"".join([*pages[:-2], pages[-1], pages[-2]])  # two pages in each other's place
    mixes = [whole[:at] + other[at:] for at in range(4096, len(whole), 4096)]
    mixes = [mixed for mixed in mixes if mixed not in (whole, other)]
    assert len(mixes) > 2
    for mixed in (*mixes, turned):
        path.write_bytes(mixed)
        assert "its checksum differs" in refused(path)


def test_an_opened_gazetteer_answers_from_its_own_file_and_says_that_it_is_there_no_more(path: Path) -> None:
    whole, expected = path.read_bytes(), answers(Gazetteer.open(path))
    for harm in HARMS:
        opened = Gazetteer.open(path)  # nothing was asked of this one, so everything is still to be read
        opened.check()
        harm(path)
        for _ in range(2):
            assert expected == answers(opened), harm
            with pytest.raises(GazetteerFileError) as caught:
                opened.check()
            assert "\n" not in str(caught.value), harm
        if path.is_dir():
            path.rmdir()
        path.write_bytes(whole)


def test_a_file_that_comes_back_is_the_one_that_was_opened_and_a_touched_one_is_read_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, whole = Gazetteer.open(path), path.read_bytes()
    path.unlink()
    with pytest.raises(GazetteerFileError, match="There is no gazetteer file"):
        opened.check()
    path.write_bytes(whole)
    os.utime(path, (1, 1))
    opened.check()
    monkeypatch.setattr("gazetteer.store.reader._read", None)  # which nobody can call
    opened.check()
