"""Where a server's incidents lie, and the table that it loads at start.

* With a store named in the settings, a file or a database, there, and a table goes into it.
* With a table alone, in a store of its own that ends with the server, so that two tables never mix unasked.
* With neither, in the file beside the gazetteer: ``syria.gpkg`` has ``syria.incidents.sqlite``. The embedded
  default lies in a cache, which anyone may empty: its incidents are in the user's data folder.
"""

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from gazetteer.errors import InputError, TableError
from gazetteer.gazetteer import FILE_VARIABLE
from gazetteer.incidents import Incident, read_incidents
from gazetteer.incidents.columns import column_named, find_columns, own_columns
from gazetteer.lookups import Lookups
from gazetteer.tables.reading import read_table
from service.settings import Settings
from service.store import IncidentStore


def open_store(settings: Settings, gazetteer: Lookups) -> IncidentStore:
    """Return the incident store of a server, with the table in the settings loaded.

    TableError where the table can't be read, or can't go into a store that stays; InputError where there is
    no such folder or column; StoreError where the store can't be used.
    """
    table, named = settings.incidents, settings.store
    if isinstance(named, Path) and not named.absolute().parent.is_dir():
        raise InputError(
            f"there is no folder {named.parent} to keep the incident store in: make it first",
            parameter="store",
        )
    address = named.get_secret_value() if isinstance(named, SecretStr) else named
    store = None if address is None else IncidentStore(address)
    if table is None:
        if store is None:
            return IncidentStore(_beside(settings, gazetteer))
        store.change()  # what is wrong with it is said at the start
        return store
    opened = read_table(table)
    published = [column_named(opened.columns, one, option="--publish") for one in settings.publish]
    incidents: Iterable[Incident] = read_incidents(opened, gazetteer)
    if store is None:
        store, incidents = IncidentStore(_private_folder() / "incidents.sqlite"), _told_apart(incidents)
    else:
        _check_ids(table, opened.columns, incidents)
    published = ["*"] if settings.public_table else published
    store.upsert(incidents, owner="", source=table.name, published=published)
    return store


def _beside(settings: Settings, gazetteer: Lookups) -> Path:
    """Return where the store lies that nobody named."""
    file = gazetteer.info().path
    # The name tells the embedded default from a gazetteer that a caller made and handed in.
    if settings.gazetteer is None and not os.environ.get(FILE_VARIABLE) and file.name.startswith("default-"):
        import platformdirs

        return Path(platformdirs.user_data_dir("conflict-gazetteer", appauthor=False)) / "incidents.sqlite"
    return file.with_name(f"{file.stem}.incidents.sqlite")


def _check_ids(table: Path, columns: Iterable[str], incidents: Iterable[Incident]) -> None:
    """Refuse a table whose rows can't be told from those of another table, or from each other."""
    column = find_columns(own_columns(columns)).id
    ids = [incident.properties[column].strip() for incident in incidents] if column else []
    if column is None:
        wrong = "has no column of ids: add a column id, or leave --store out"
    elif "" in ids:
        wrong = f"has no {column} in row {ids.index('') + 1}: give it one"
    elif repeated := [one for one, times in Counter(ids).most_common(5) if times > 1]:
        wrong = f"has more than one row with the {column} {', '.join(map(repr, repeated))}: give each its own"
    else:
        return
    raise TableError(f"a store keeps incidents by id, and {table} {wrong}", parameter="incidents")


def _told_apart(incidents: Iterable[Incident]) -> Iterator[Incident]:
    """Yield incidents with ids of their own: of several with one id, the second gets "#2" behind it."""
    seen: set[str] = set()
    for incident in incidents:
        ids = (f"{incident.id}#{n}" if n > 1 else incident.id for n in count(1))
        own = next(one for one in ids if one not in seen)
        seen.add(own)
        yield replace(incident, id=own)


def _private_folder() -> Path:
    """Return a new folder that only this user can read, which is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="gazetteer-serve-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
