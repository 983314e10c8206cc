"""The writes of `scripts/soak_load.py`: incidents added, sent again, changed and deleted; what came of it.

Of five writes two add an incident, one sends an old one unchanged, one changes one and one deletes one: the
store grows by one in five. An incident is never in two writes at a time, so what must be stored in the end
is known for all that was acknowledged. What wasn't acknowledged may be there or not.
"""

import json
import random
from typing import Any

from scripts.soak_connection import Answer

__all__ = ["Writes"]

_STEPS = ("add", "add", "again", "change", "delete")


class Writes:
    """Makes writes, and remembers what was acknowledged.

    Parameters
    ----------
    texts
        Rows to choose from, without ids: place, date and position.
    draw
        Chooses.
    """

    def __init__(self, texts: list[dict[str, Any]], draw: random.Random) -> None:
        self._texts, self._draw = texts, draw
        self._made = self._acknowledged = 0
        self._stored: dict[str, dict[str, Any]] = {}
        self._free: list[str] = []  # ids that are in no write
        self._deleted: set[str] = set()
        self._unknown: set[str] = set()

    def next(self) -> tuple[str, str, str | None, str, Any]:
        """Return the next write: method, address, body, media type, and what tells it."""
        step = _STEPS[self._made % len(_STEPS)]
        self._made += 1
        if step == "add" or not self._free:
            row = {"id": f"soak-{self._made}", **self._draw.choice(self._texts)}
            return self._post("add", row)
        at = self._draw.randrange(len(self._free))
        self._free[at], self._free[-1] = self._free[-1], self._free[at]
        row = self._stored[self._free.pop()]
        if step == "delete":
            expected = {"has": "deleted", "step": step, "row": row}
            return "DELETE", f"/v1/incidents?id={row['id']}", None, "", expected
        changed = {**row, "note": f"seen {self._made}"} if step == "change" else row
        return self._post(step, changed)

    def _post(self, step: str, row: dict[str, Any]) -> tuple[str, str, str | None, str, Any]:
        expected = {"has": "added", "step": step, "row": row}
        return "POST", "/v1/incidents?source=soak", json.dumps([row]), "application/json", expected

    def answered(self, expected: dict[str, Any], answer: Answer | None) -> None:
        """Remember what became of a write; None for no answer."""
        row = expected["row"]
        own = row["id"]
        if answer is None or answer.status != 200:
            self._stored.pop(own, None)
            self._unknown.add(own)
            return
        self._acknowledged += 1
        if expected["step"] == "delete":
            del self._stored[own]
            self._deleted.add(own)
            return
        self._stored[own] = row
        self._free.append(own)

    def report(self) -> dict[str, Any]:
        """Return what must be stored, what must not, and how many writes were acknowledged."""
        return {
            "acknowledged": self._acknowledged,
            "stored": self._stored,
            "deleted": sorted(self._deleted),
            "unknown": sorted(self._unknown),
        }
