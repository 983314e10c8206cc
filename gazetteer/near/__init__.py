"""Who is within a distance of whom, and how sure that is.

`near` answers for incidents and places; `targets_for` finds the places that a word or a table means; `select`
chooses the incidents of an area, a time and a kind; `by_facility`, `near_counts` and `count_chosen` count.
Beside what is certain and possible they give what is :class:`Expected`.
"""

from gazetteer.near.areas import DrawnArea
from gazetteer.near.count import (
    AreaCount,
    NearCount,
    NearCounts,
    count_chosen,
    count_incidents,
    near_chosen,
    near_counts,
)
from gazetteer.near.expected import Expected
from gazetteer.near.facilities import FacilityAnswer, FacilityCount, by_facility
from gazetteer.near.near import CERTAINTIES, Certainty, NearAnswer, NearRow, NearSummary, near
from gazetteer.near.select import Selection, select, select_given
from gazetteer.near.targets import Targets, area_named, targets_for, targets_named

__all__ = [
    "CERTAINTIES",
    "AreaCount",
    "Certainty",
    "DrawnArea",
    "Expected",
    "FacilityAnswer",
    "FacilityCount",
    "NearAnswer",
    "NearCount",
    "NearCounts",
    "NearRow",
    "NearSummary",
    "Selection",
    "Targets",
    "area_named",
    "by_facility",
    "count_chosen",
    "count_incidents",
    "near",
    "near_chosen",
    "near_counts",
    "select",
    "select_given",
    "targets_for",
    "targets_named",
]
