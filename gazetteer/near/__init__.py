"""Who is within a distance of whom, and how sure that is.

`near` answers for incidents and places; `targets_for` finds the places that a word or a table means; `select`
chooses the incidents of an area, a time and a kind; `near_counts`, `count_chosen` and `by_facility` count.
Beside what is certain and possible they give what is :class:`Expected`.
"""

from gazetteer.near.areas import DrawnArea
from gazetteer.near.count import (
    AreaCount,
    CountAnswer,
    FacilityAnswer,
    FacilityCount,
    NearCount,
    NearCounts,
    by_facility,
    count_chosen,
    count_incidents,
    near_counts,
)
from gazetteer.near.near import CERTAINTIES, Certainty, NearAnswer, NearRow, near
from gazetteer.near.probability import Expected
from gazetteer.near.select import Selection, select
from gazetteer.near.targets import Targets, area_named, targets_for, targets_named

__all__ = [
    "CERTAINTIES",
    "AreaCount",
    "Certainty",
    "CountAnswer",
    "DrawnArea",
    "Expected",
    "FacilityAnswer",
    "FacilityCount",
    "NearAnswer",
    "NearCount",
    "NearCounts",
    "NearRow",
    "Selection",
    "Targets",
    "area_named",
    "by_facility",
    "count_chosen",
    "count_incidents",
    "near",
    "near_counts",
    "select",
    "targets_for",
    "targets_named",
]
