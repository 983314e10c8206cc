"""Where incidents are kept while servers come and go: a small Protocol, and SQLite behind it.

A store knows nothing of the gazetteer or of HTTP. :class:`IncidentView` holds its present state in
memory, ready for questions; :func:`open_store` says where the store lies.
"""

from service.incident_store.opening import open_store
from service.incident_store.protocol import Changes, IncidentStore, StoreError
from service.incident_store.sqlite import SqliteStore
from service.incident_store.view import IncidentView, Snapshot

__all__ = [
    "Changes",
    "IncidentStore",
    "IncidentView",
    "Snapshot",
    "SqliteStore",
    "StoreError",
    "open_store",
]
