"""Who is within a distance of whom, and how sure that is.

`near` answers for incidents and places; `targets_for` finds the places that a word or a table means; `select`
chooses the incidents of an area, a time and a kind; `by_facility` and `count_incidents` count.
"""

from gazetteer.near.areas import DrawnArea
from gazetteer.near.count import AreaCount, FacilityAnswer, FacilityCount, by_facility, count_incidents
from gazetteer.near.near import CERTAINTIES, Certainty, NearAnswer, NearRow, NearSummary, near
from gazetteer.near.select import Selection, select, select_given
from gazetteer.near.targets import Targets, area_named, targets_for, targets_named

__all__ = [
    "CERTAINTIES",
    "AreaCount",
    "Certainty",
    "DrawnArea",
    "FacilityAnswer",
    "FacilityCount",
    "NearAnswer",
    "NearRow",
    "NearSummary",
    "Selection",
    "Targets",
    "area_named",
    "by_facility",
    "count_incidents",
    "near",
    "select",
    "select_given",
    "targets_for",
    "targets_named",
]
