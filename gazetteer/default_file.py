"""Finding the embedded default without knowing who holds it.

The library imports no data builder. The distribution names, under the entry point group
``gazetteer.default_file``, a function without arguments that returns the path of a gazetteer file and
builds it on first use.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from gazetteer.errors import GazetteerFileError

_DISTRIBUTION: Final = "conflict-gazetteer"
_GROUP, _NAME = "gazetteer.default_file", "embedded"


def find_default_file() -> Path:
    """Return the path of the embedded default, built if need be.

    Only this project's own distribution is asked: looking through everything installed would take longer
    than opening the file.

    Raises
    ------
    GazetteerFileError
        If no default is installed, or it cannot be built.
    """
    try:
        found = distribution(_DISTRIBUTION).entry_points.select(group=_GROUP, name=_NAME)
    except PackageNotFoundError:
        found = None
    if not found:
        raise GazetteerFileError(
            f"No embedded gazetteer is installed: install {_DISTRIBUTION} with pip, or name a gazetteer"
            " file with --gazetteer or GAZETTEER_FILE"
        )
    (entry,) = found
    path = entry.load()()
    if not isinstance(path, Path):
        raise GazetteerFileError(
            f"The entry point {entry.value!r} gave {path!r} instead of a path; install again"
        )
    return path
