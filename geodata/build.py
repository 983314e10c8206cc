"""The file that answers where none is named: what ``gazetteer-data setup`` installed, else the default.

The embedded default is built on first use into the user's cache.

The file's name holds a key made from everything that decides its contents: the embedded tables, the schema
version, and the source text of the code that reads, merges, folds and writes. When any of these changes
another file is built. That code is imported only then: finding a file is part of every start of a command.

Processes that start at once may each build the file; each renames a whole one into place, and they are
equal. A file that turns out damaged is built again. The cache is the folder in the environment variable
``GAZETTEER_CACHE``, else the user's own; if it cannot be written, a folder under the system's temporary
folder takes its place, with one line in the log that says so.
"""

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

import gazetteer.names
import gazetteer.store
from gazetteer.errors import GazetteerFileError
from gazetteer.store import SCHEMA_VERSION, GazetteerReader

#: Where the embedded tables lie.
FACTS: Final = Path(__file__).parent / "default"
_LOG: Final = logging.getLogger(__name__)


def default_file() -> Path:
    """Return the gazetteer file of this user: the one installed, else the embedded default."""
    installed = installed_file()
    return installed if installed.exists() else embedded_file()


def installed_file() -> Path:
    """Return where `gazetteer-data setup` installs; whether it is there is not said."""
    import platformdirs

    return platformdirs.user_data_path("conflict-gazetteer", appauthor=False) / "gazetteer.gpkg"


def embedded_file() -> Path:
    """Return the embedded default, a gazetteer file; built if need be, or a GazetteerFileError."""
    name = f"default-{_key()}.gpkg"
    cache = cache_folder()
    try:
        return _sound_or_built(cache / name)
    except GazetteerFileError as refused:
        try:
            instead = _sound_or_built(_temporary_folder() / name)
        except (GazetteerFileError, OSError) as error:
            raise GazetteerFileError(
                f"The embedded gazetteer needs a folder to be written to: {refused}; set GAZETTEER_CACHE to a"
                " folder that you can write"
            ) from error
        _LOG.warning("%s; using %s. Set GAZETTEER_CACHE to a folder that you can write.", refused, instead)
        return instead


def cache_folder() -> Path:
    """Return the folder that holds built files: ``GAZETTEER_CACHE``, else the user's cache folder."""
    if named := os.environ.get("GAZETTEER_CACHE"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("conflict-gazetteer", appauthor=False))


def _sound_or_built(target: Path) -> Path:
    with contextlib.suppress(GazetteerFileError):
        GazetteerReader(target)
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GazetteerFileError(f"The folder {target.parent} cannot be made: {error.strerror}") from error
    from geodata.assemble import build_from

    build_from(None, target)
    return target


def _key() -> str:
    """Return 16 hex digits that change when the default's contents may change."""
    own = Path(__file__).parent
    folders = [(FACTS, "*.csv"), *((own, pattern) for pattern in ("*.toml", "*.py", "importers/*.py"))]
    folders += [(Path(package.__path__[0]), "*.py") for package in (gazetteer.names, gazetteer.store)]
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}".encode())
    for path in (path for folder, pattern in folders for path in sorted(folder.glob(pattern))):
        digest.update(f"\n{path.name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _temporary_folder() -> Path:
    """Return a folder for this user alone under the system's temporary folder."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"conflict-gazetteer-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # Another user may have made a folder or link of this name, to hand us a file of theirs.
    seen = folder.lstat()
    if hasattr(os, "getuid") and (
        not stat.S_ISDIR(seen.st_mode) or seen.st_uid != user or seen.st_mode & 0o022
    ):
        return Path(tempfile.mkdtemp(prefix="conflict-gazetteer-"))
    return folder
