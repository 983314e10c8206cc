"""A damaged gazetteer file is refused or changes nothing; an opened one answers on, whatever befalls it."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gazetteer import Gazetteer
from gazetteer.errors import GazetteerFileError
from gazetteer.geodesy import LatLon
from tests.faults.inputs import a_small_gazetteer

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
    mixes = 0
    for page in range(4096, len(whole), 4096):
        mixed = whole[:page] + other[page:]
        if mixed not in (whole, other):
            mixes += 1
            path.write_bytes(mixed)
            refused(path)
    assert mixes > 2


def test_two_pages_in_each_others_place_are_refused(path: Path) -> None:
    whole = path.read_bytes()
    pages = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    pages[-1], pages[-2] = pages[-2], pages[-1]
    assert whole != b"".join(pages)
    path.write_bytes(b"".join(pages))
    assert "its checksum differs" in refused(path)


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


def replace_with_its_like(path: Path) -> None:
    """By another gazetteer of the same size and the same time."""
    before = path.stat()
    other = a_small_gazetteer(path.with_name("other.gpkg"), east_deg=0.1)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert (before.st_size, before.st_mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def overwrite(path: Path) -> None:
    """By another gazetteer, in place, as cp does."""
    shutil.copyfile(a_small_gazetteer(path.with_name("other.gpkg"), east_deg=0.1), path)


def change_a_row(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE places SET latitude = 0")
    connection.close()


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


FAULTS = [
    remove, empty, cut_short, flip_a_bit, replace_with_its_like, overwrite, change_a_row, put_a_folder_there
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_an_opened_gazetteer_answers_from_its_own_file_and_says_that_it_is_there_no_more(
    path: Path, fault: Callable[[Path], None]
) -> None:
    expected = answers(Gazetteer.open(path))
    opened = Gazetteer.open(path)  # nothing was asked of this one, so everything is still to be read
    opened.check()
    fault(path)
    for _ in range(2):
        assert expected == answers(opened)
        with pytest.raises(GazetteerFileError) as caught:
            opened.check()
        assert "\n" not in str(caught.value)


def test_a_file_that_comes_back_is_the_one_that_was_opened(path: Path) -> None:
    opened, whole = Gazetteer.open(path), path.read_bytes()
    path.unlink()
    with pytest.raises(GazetteerFileError, match="There is no gazetteer file"):
        opened.check()
    path.write_bytes(whole)
    opened.check()


def test_checking_an_untouched_file_reads_nothing_and_a_touched_one_is_read_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Gazetteer.open(path)
    os.utime(path, (1, 1))
    opened.check()
    monkeypatch.setattr("gazetteer.store.reader._read", None)  # which nobody can call
    opened.check()
