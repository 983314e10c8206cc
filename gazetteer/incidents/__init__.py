"""Rows of tables as incidents: one reader for enriching, near, counts, questions, uploads and places."""

from gazetteer.incidents.incident import Incident, Incidents
from gazetteer.incidents.reading import Progress, read_incidents
from gazetteer.values import ColumnChoice

__all__ = ["ColumnChoice", "Incident", "Incidents", "Progress", "read_incidents"]
