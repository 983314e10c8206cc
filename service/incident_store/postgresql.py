"""Connections to a PostgreSQL server: few, kept, never inherited, and none that waits for ever.

A connection is made when it is first needed and kept for the next use, by each process for itself: one that
a forked worker inherited is left alone. A kept one may have died, with its server or on the way. So the first
statement on it, which only begins or only asks, is tried once more on a new one; nothing later is repeated.

No server is waited for without end. Connecting has a limit, and so has every answer: the server keeps one
itself (``statement_timeout``, ``lock_timeout``), and where it says nothing at all this side gives up.

Psycopg's own pool isn't used: it connects in a thread of its own, so that what was wrong stands in a log
and the one who waits learns only that time ran out.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from gazetteer.errors import InputError
from service.incident_store.protocol import StoreError

__all__ = ["Address", "Connection", "Connections", "Limits"]

#: Connections that a process keeps while nobody uses them.
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds.

    Parameters
    ----------
    connect_s
        To connect.
    answer_s
        For what is quick: beginning, or telling the generation.
    lock_s
        To wait for another write.
    work_s
        For a statement that reads or writes many rows, as the server keeps it.
    grace_s
        How much longer this side waits for its answer.
    """

    connect_s: int = 5
    answer_s: float = 5.0
    lock_s: float = 10.0
    work_s: float = 120.0
    grace_s: float = 5.0


_SILENT = "the server doesn't answer"
_SYNCHRONOUS = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


class Address:
    """Where a database is, and who connects; never shows the password.

    Parameters
    ----------
    url
        ``postgresql://USER@HOST:PORT/DATABASE``; whatever libpq takes may be left out or added.

    Raises
    ------
    InputError
        If it can't be read. The message doesn't quote it, as what isn't where it belongs may be a password.
    """

    def __init__(self, url: str) -> None:
        try:
            self.parameters: dict[str, Any] = conninfo_to_dict(url)
        except psycopg.Error:
            raise _unreadable() from None
        known = {name: str(self.parameters.get(name) or "") for name in ("user", "host", "port", "dbname")}
        # Where "@" or "/" stand unescaped in a password, its end is taken for a host, a port or a database.
        if "@" in known["host"] + known["dbname"] or not known["port"].replace(",", "").isascii():
            raise _unreadable()
        if known["port"] and not known["port"].replace(",", "").isdigit():
            raise _unreadable()
        user = f"{quote(known['user'], safe='')}@" if known["user"] else ""
        port = f":{known['port']}" if known["port"] else ""
        self._name = f"postgresql://{user}{quote(known['host'], safe=',:')}{port}/{quote(known['dbname'])}"

    def __str__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"<Address {self}>"

    def without_password(self, text: str) -> str:
        """Return a text in one line and without the password, should it be there."""
        for secret in (self.parameters.get("password"), self.parameters.get("sslpassword")):
            text = text.replace(secret, "…") if secret else text
        return " ".join(text.split())


def _unreadable() -> InputError:
    return InputError(
        "the address of the incident store can't be read: write it as postgresql://USER@HOST:PORT/DATABASE, "
        "and in a name or a password %40 for @, %2F for /, %3A for : and %25 for %",
        parameter="store",
    )


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that waits no longer than it is told for any answer."""

    limit_s = 5.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer; OperationalError where none comes in time."""
        limit_s, begun_s = self.limit_s if timeout is None else timeout, monotonic()
        try:
            return super().wait(gen, interval, limit_s)
        except psycopg.OperationalError as error:
            if monotonic() - begun_s >= limit_s:
                raise psycopg.OperationalError(_SILENT) from error
            raise

    def __del__(self, *_: Any) -> None:
        """Say nothing: those that are kept end with their process, which closes them."""


class Connections:
    """Connections to one database.

    Parameters
    ----------
    address
        Where it is.
    limits
        How long things may take.
    """

    def __init__(self, address: Address, limits: Limits) -> None:
        self.address, self.limits = address, limits
        self._kept: dict[int, list[Connection]] = {}  # by process: those of a parent stay its own

    def ask(self, query: str) -> tuple[Any, ...] | None:
        """Return the first row that answers a quick question; asked again where the connection had died."""
        with self._errors():
            connection, row = self._first(query)
            self._keep(connection)
            return row

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """Begin, and give the connection; what isn't committed when the block ends is undone."""
        with self._errors():
            connection, _ = self._first(begin)
            connection.limit_s = self.limits.work_s + self.limits.grace_s
            try:
                yield connection
            finally:
                with suppress(psycopg.Error):  # then it is closed, and the server undoes it
                    if connection.info.transaction_status in (
                        TransactionStatus.INTRANS,
                        TransactionStatus.INERROR,
                    ):
                        connection.execute("ROLLBACK")
                self._keep(connection)

    def commit(self, connection: Connection) -> None:
        """Commit.

        Raises
        ------
        StoreError
            If it can't be told whether that was done. It isn't tried again, since another may have written
            in the meantime.
        """
        try:
            connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            if connection.info.transaction_status is TransactionStatus.IDLE:
                raise  # the server says that it hasn't
            raise StoreError(
                f"the incident store {self.address} went away while it was written, so whether it was isn't "
                "known: send the same once more, which changes nothing that is there already"
            ) from error

    def close(self) -> None:
        """Close those that this process keeps."""
        kept = self._kept.pop(os.getpid(), [])
        while kept:
            kept.pop().close()

    def _first(self, query: str) -> tuple[Connection, tuple[Any, ...] | None]:
        """Run the first statement on a kept connection, or a new one where there is none or it has died."""
        try:
            connection = self._kept.get(os.getpid(), []).pop()
        except IndexError:
            connection = self._new()
        else:
            try:
                return connection, _row(connection, query)
            except psycopg.Error:
                if connection.info.transaction_status is TransactionStatus.IDLE:
                    self._keep(connection)  # it lives: the answer is an error
                    raise
                is_dead = connection.closed
                connection.close()
                self.close()  # the others that are kept are as it is
                if not is_dead:
                    raise  # it was waited for long enough
            connection = self._new()
        try:
            return connection, _row(connection, query)
        except BaseException:
            self._keep(connection)
            raise

    def _new(self) -> Connection:
        limits, given = self.limits, self.address.parameters
        settings = {
            "statement_timeout": int(limits.work_s * 1000),
            "lock_timeout": int(limits.lock_s * 1000),
            "idle_in_transaction_session_timeout": int(limits.work_s * 1000),
        }
        own = " ".join(f"-c {name}={value}" for name, value in settings.items())
        connection = Connection.connect(
            **{
                "application_name": "gazetteer-serve",
                "keepalives_idle": 30,
                **given,
                "client_encoding": "UTF8",
                "connect_timeout": limits.connect_s,
                "options": f"{given.get('options', '')} {own}".strip(),
            },
            autocommit=True,
            prepare_threshold=None,
        )
        connection.limit_s = limits.answer_s
        # What is acknowledged is on the disk, whatever the server does for others.
        connection.execute(_SYNCHRONOUS)
        return connection

    def _keep(self, connection: Connection) -> None:
        kept = self._kept.setdefault(os.getpid(), [])
        if connection.info.transaction_status is not TransactionStatus.IDLE or len(kept) >= _KEPT:
            connection.close()
            return
        connection.limit_s = self.limits.answer_s
        kept.append(connection)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise StoreError(
                f"the incident store {self.address} can't be used: {self._reason(error)}; see that its "
                "server runs, and that user, password (PGPASSWORD or ~/.pgpass) and rights are right"
            ) from error

    def _reason(self, error: psycopg.Error) -> str:
        said = error.diag.message_primary  # without the details, which may quote a row
        if said is None:
            said = (
                str(error).partition("Is the server running")[0].partition("Multiple connection attempts")[0]
            )
        if isinstance(error, psycopg.errors.LockNotAvailable):
            said = "another write takes too long"
        if isinstance(error, psycopg.errors.ConnectionTimeout):
            said = _SILENT
        return self.address.without_password(said).rstrip(".; ")


def _row(connection: Connection, query: str) -> tuple[Any, ...] | None:
    cursor = connection.execute(query)
    return cursor.fetchone() if cursor.description else None
