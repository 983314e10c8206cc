"""Where a server's incidents lie, and the table that it loads at start.

* With a store named in the settings, a file or a database, there, and a table goes into it.
* With a table alone, a store of its own that ends with the server, so that two tables never mix unasked.
* With neither, the file beside the gazetteer: ``syria.gpkg`` has ``syria.incidents.sqlite``. The embedded
  default lies in a cache, which anyone may empty: its incidents are in the user's data folder.
"""

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer.errors import InputError, TableError
from gazetteer.gazetteer import FILE_VARIABLE
from gazetteer.incidents import Incident, read_incidents
from gazetteer.incidents.columns import find_columns, own_columns
from gazetteer.tables.reading import read_table
from service.incident_store.protocol import IncidentStore
from service.incident_store.sqlite import SqliteStore
from service.settings import Settings

if TYPE_CHECKING:
    from service.state import Catalogue

__all__ = ["open_store"]

#: How many ids are named in a refusal.
_SHOWN = 5


def open_store(settings: Settings, gazetteer: "Catalogue") -> Callable[[], IncidentStore]:
    """Return what gives the incident store of a server, with the table in the settings loaded.

    Raises
    ------
    TableError
        If the table can't be read; or, where it goes into a store that stays, has not an id of its own in
        every row.
    InputError
        If the store's folder doesn't exist, or its address can't be read.
    StoreError
        If the store can't be read or written.
    """
    named = _named(settings)
    if settings.incidents is None:
        if named is None:
            place = _place(settings, gazetteer)  # now: what gives the store must hold no positions
            return cache(lambda: SqliteStore(place))
        named.generation()  # what is wrong with it is said at the start
        return lambda: named
    incidents = read_incidents(settings.incidents, gazetteer)
    if named is None:
        store: IncidentStore = SqliteStore(_private_folder() / "incidents.sqlite")
        store.upsert(_told_apart(incidents), source=settings.incidents.name)
    else:
        _check_ids(settings.incidents, incidents)
        store = named
        store.upsert(incidents, source=settings.incidents.name)
    return lambda: store


def _named(settings: Settings) -> IncidentStore | None:
    """Return the store that the settings name; None where they name none."""
    if settings.store is None:
        return None
    if isinstance(settings.store, Path):
        _check_folder(settings.store)
        return SqliteStore(settings.store)
    try:
        from service.incident_store.postgis import PostgisStore
    except ImportError as error:
        raise InputError(
            "a store in a database needs Psycopg: install it with pip install 'conflict-gazetteer[postgis]'",
            parameter="store",
        ) from error
    return PostgisStore(settings.store.get_secret_value())


def _place(settings: Settings, gazetteer: "Catalogue") -> Path:
    """Return where the store lies that nobody named."""
    file = gazetteer.info().path
    # The name tells the embedded default from a gazetteer that a caller made and handed in.
    if settings.gazetteer is None and not os.environ.get(FILE_VARIABLE) and file.name.startswith("default-"):
        import platformdirs

        return Path(platformdirs.user_data_dir("conflict-gazetteer", appauthor=False)) / "incidents.sqlite"
    return file.with_name(f"{file.stem}.incidents.sqlite")


def _check_folder(store: Path) -> None:
    if not store.absolute().parent.is_dir():
        raise InputError(
            f"there is no folder {store.parent} to keep the incident store in: make it first",
            parameter="store",
        )


def _check_ids(table: Path, incidents: Iterable[Incident]) -> None:
    """Refuse a table whose rows can't be told from those of another table, or from each other."""
    column = find_columns(own_columns(read_table(table).columns)).id
    if column is None:
        raise TableError(
            f"{table} has no column of ids, and a store keeps incidents by id: add a column id, or leave "
            "--store out",
            parameter="incidents",
        )
    for number, incident in enumerate(incidents, start=1):
        if not incident.properties[column].strip():
            raise TableError(
                f"row {number} of {table} has no {column}, and a store keeps incidents by id: give it one",
                parameter="incidents",
            )
    counts = Counter(incident.id for incident in incidents)
    if repeated := [one for one, count in counts.items() if count > 1]:
        shown = ", ".join(map(repr, repeated[:_SHOWN])) + (" and more" if len(repeated) > _SHOWN else "")
        raise TableError(
            f"{table} has more than one row with the {column} {shown}: a store keeps incidents by id, so "
            "give each its own",
            parameter="incidents",
        )


def _told_apart(incidents: Iterable[Incident]) -> Iterator[Incident]:
    """Yield incidents with ids of their own: of several with one id, the second gets "#2" behind it."""
    seen: set[str] = set()
    for incident in incidents:
        own, number = incident.id, 1
        while own in seen:
            number += 1
            own = f"{incident.id}#{number}"
        seen.add(own)
        yield incident if own == incident.id else replace(incident, id=own)


def _private_folder() -> Path:
    """Return a new folder that only this user can read, which is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="gazetteer-serve-"))
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # a forked worker ends before its parent
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
