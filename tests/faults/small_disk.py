"""A disk of some kilobytes: a tmpfs, which only root may mount."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A folder with its own few kilobytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def grow(self, kib: int) -> None:
        """Make room."""
        _mount("-o", f"remount,size={kib}k", str(self.path))

    def fill(self, *, leave: int = 0) -> Path:
        """Put a file there that leaves so many bytes, a multiple of 4096."""
        path = self.path / "in the way"
        with path.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(file.tell() // 4096 * 4096 - leave)
        return path


@contextmanager
def small_disk(path: Path, *, kib: int) -> Iterator[SmallDisk]:
    """Give a disk of so many kibibytes at this folder, which is made."""
    path.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs the right to mount a small tmpfs, which root has: {error}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
