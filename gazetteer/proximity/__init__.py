"""Who is within a distance of whom, and how sure that is.

`near` answers for incidents and places; `targets_for` finds the places that a word, a name or a
table means; `select` keeps the incidents of an area and a time; `by_facility` and `count_incidents` count;
`write_near` writes the answer.
"""

from gazetteer.proximity.drawn import DrawnArea
from gazetteer.proximity.incidents_near import near
from gazetteer.proximity.loaded import LoadedIncidents
from gazetteer.proximity.near_rows import Certainty, NearAnswer, NearRow, NearSummary
from gazetteer.proximity.selection import Selection, lies_in, select
from gazetteer.proximity.summary import (
    AreaCount,
    FacilityAnswer,
    FacilityCount,
    by_facility,
    count_incidents,
)
from gazetteer.proximity.targets import Targets, area_named, targets_for, targets_named
from gazetteer.proximity.writing import feature, feature_collection, write_near

__all__ = [
    "AreaCount",
    "Certainty",
    "DrawnArea",
    "FacilityAnswer",
    "FacilityCount",
    "LoadedIncidents",
    "NearAnswer",
    "NearRow",
    "NearSummary",
    "Selection",
    "Targets",
    "area_named",
    "by_facility",
    "count_incidents",
    "feature",
    "feature_collection",
    "lies_in",
    "near",
    "select",
    "targets_for",
    "targets_named",
    "write_near",
]
