"""The numbered scripts that make a store's tables, and bring those of an older version up to date.

They lie in ``migrations/sqlite`` and ``migrations/postgresql``. Each is run once, in order, and all that are
missing in one transaction under a lock: so nobody sees half of it, and where one fails the store is as it
was. A store records the number of the last one. A script that was released is never changed; another one
follows it.
"""

from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from service.incident_store.protocol import StoreError

__all__ = ["Script", "missing_scripts", "scripts"]

Database = Literal["sqlite", "postgresql"]


class Script(NamedTuple):
    """A script: its number, its name without the ending, and its SQL."""

    number: int
    name: str
    sql: str


@cache
def scripts(database: Database) -> tuple[Script, ...]:
    """Return the scripts of a kind of database, in order."""
    folder = files("service.incident_store").joinpath("migrations", database)
    found = [
        Script(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return tuple(sorted(found))


def missing_scripts(database: Database, number: int, *, store: object) -> tuple[Script, ...]:
    """Return the scripts that a store lacks which has had those up to a number.

    Raises
    ------
    StoreError
        If it has had one that this program doesn't know.
    """
    known = scripts(database)
    if number > known[-1].number:
        raise StoreError(
            f"the incident store {store} is of a newer version of this program (layout {number}; this one "
            f"knows {known[-1].number}): update the program, or name another store"
        )
    return tuple(script for script in known if script.number > number)
