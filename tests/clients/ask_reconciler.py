"""The PyPI package reconciler, in an environment of its own: the example table's column of places."""

from typing import Any

import pandas
from reconciler import reconcile

from tests.clients.asking import Ask, tell

TABLE = pandas.read_csv("examples/incidents.csv").dropna(subset=["place", "area"])
ODD = "x" * 1001


def found(url: str, places: Any = TABLE["place"], **options: Any) -> Any:
    """What came for each place: rows with the place's name as their index."""
    rows = reconcile(places, reconciliation_endpoint=f"{url}/reconcile", **options)
    return rows.set_index("input_value")


def matched(rows: Any) -> list[str]:
    return sorted(rows.index[rows["match"].astype(bool)])


IN_AREAS: dict[str, Any] = {"property_mapping": {"governorate": TABLE["area"]}}
KNOWN = sorted({*TABLE["place"]} - {"Kafr Nowhere"})
ASKS: dict[str, Ask] = {
    "a column with its areas": lambda url: (KNOWN, matched(found(url, **IN_AREAS))),
    "a column alone": lambda url: (True, "Saraqeb" in matched(found(url))),
    "one type": lambda url: (
        "cg:idlib-national-hospital",
        found(url, type_id="hospital", **IN_AREAS)["id"]["Idlib national hospital"],
    ),
    "all candidates": lambda url: (True, len(found(url, pandas.Series(["Mansoura"]), top_res="all")) > 1),
    "a cell of 1,001 characters": lambda url: (["Idlib"], matched(found(url, pandas.Series(["Idlib", ODD])))),
    "a property that isn't ours": lambda url: (
        True,
        "Saraqeb" in found(url, property_mapping={"P17": TABLE["area"]}).index,
    ),
    "a type that isn't ours": lambda url: ({*TABLE["place"]}, {*found(url, type_id="Q486972").index}),
}

if __name__ == "__main__":
    tell("reconciler", ASKS, str)
