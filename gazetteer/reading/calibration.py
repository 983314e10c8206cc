"""What the numbers of an answer promise: the calibration of confidence and radius.

A calibration turns the reader's raw probabilities into *confidences*, by labelled rows that the model had
not seen: of the answers given 0.8, eight in ten are right. It also holds what else those rows told:

- how far the error that all confidences share may go: the same curve for redrawn places;
- the *radius* round a place that holds the coder's point in 95 of 100 answers that are right;
- how much towards the middle of that radius the points lie.

The package carries one (``calibration.json``, made by ``scripts/train_ranker.py``); ``gazetteer calibrate``
makes one from a table of your own, for the same weights.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from gazetteer.errors import InputError
from gazetteer.kinds import LINES, REGIONS
from gazetteer.values import Place

if TYPE_CHECKING:
    from gazetteer.points import Floats

#: An answer is right if the place meant lies within so many metres of it.
RIGHT_M: Final = 5_000.0
#: The version of the file's form.
SCHEMA: Final = 1
#: The group of all places together, for kinds of which there are too few.
POOLED: Final = "all"
#: A radius is no less than this many times a place's own extent.
LEAST_TIMES: Final = 0.05
#: Settlements from this many inhabitants on are towns.
_TOWN: Final = 5_000


@dataclass(frozen=True, slots=True)
class Calibration:
    """From raw probabilities to confidences, and from places to radii; by default unchanged."""

    #: Knots of a rising curve, both 0 to 1; between them it is linear.
    raw: tuple[float, ...] = (0.0, 1.0)
    confidence: tuple[float, ...] = (0.0, 1.0)
    #: The confidence at the same raw values, for labelled places drawn again with replacement.
    draws: tuple[tuple[float, ...], ...] = ()
    #: For groups of `groups_of`, always for `POOLED`: how many times a place's own extent the circle reaches
    #: that holds a coder's point in 95 of 100 right answers.
    radius_quantiles: Mapping[str, float] = field(default_factory=lambda: {POOLED: 1.0})
    #: The share of right answers whose point lies within `t` times the radius is ``t ** inward``: 2 would be
    #: evenly spread, less is towards the middle.
    inward: float = 2.0
    #: Whether the reader favours governorates that reports name more often, where no area is stated.
    prior: bool = True
    names: int = 0  # how many distinct names it was made from
    rows: int = 0  # in how many labelled rows
    #: Hashes of the gazetteer's content and of the weights that it goes with, and the version that made it.
    gazetteer: str = ""
    weights: str = ""
    library: str = ""

    def calibrated(self, raw: float) -> float:
        """Return the confidence for a raw probability."""
        at = bisect_right(self.raw, raw)
        if at == 0:
            return self.confidence[0]
        if at == len(self.raw):
            return self.confidence[-1]
        x0, x1, y0, y1 = *self.raw[at - 1 : at + 1], *self.confidence[at - 1 : at + 1]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)

    def redrawn(self, confidences: "Floats", draw: int) -> "Floats":
        """Return one draw's confidences; one above the end of the curve, as a written position's 1, stays."""
        import numpy as np

        redrawn = np.interp(confidences, self.confidence, self.draws[draw])
        from_curve = (confidences <= self.confidence[-1]) & (confidences < 1.0)
        found: Floats = np.where(from_curve, redrawn, confidences)
        return found

    def radius_m(self, place: Place) -> float | None:
        """Return the radius in metres round a right answer; None for what keeps its own."""
        groups = () if place.generalised_to_deg is not None else groups_of(place)
        known = self.radius_quantiles
        return next((place.uncertainty_m * known[group] for group in groups if group in known), None)

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {"schema": SCHEMA, **{one.name: getattr(self, one.name) for one in fields(self)}}

    def as_text(self) -> str:
        """Return the JSON document that a file holds, a line for each thing that it says."""
        lines = (f" {json.dumps(name)}: {json.dumps(told)}" for name, told in self.as_json().items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @property
    def hash(self) -> str:
        """SHA-256 of what it says."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def of(cls, document: Any, *, name: str) -> Self:
        """Return the calibration that a JSON document of this name holds, or raise InputError."""
        schema = document.get("schema") if isinstance(document, dict) else None
        if type(schema) is int and schema != SCHEMA:
            raise InputError(
                f"{name} has schema {schema}, and this version reads {SCHEMA}: make a new one with "
                "'gazetteer calibrate'",
                parameter="calibration",
            )
        try:
            return cls(**_checked(document))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise _no_calibration(name) from error


#: Leaves probabilities and radii as they are.
UNCALIBRATED: Final = Calibration()


def groups_of(place: Place) -> tuple[str, ...]:
    """Return the groups that a place may have its radius from, the narrowest first; none if its own holds."""
    if place.kind.group in ("admin", "point") or place.kind in REGIONS | LINES:
        return ()
    if place.kind.group != "settlement":
        return place.kind.group, POOLED
    known = place.population
    size = "size not known" if known is None else "a town" if known >= _TOWN else "small"
    group = f"settlement, {size}"
    own = (f"{group}, {place.admin[0].pcode}",) if place.admin else ()
    return (*own, group, POOLED)


def load_calibration(path: Path | None = None) -> Calibration:
    """Return the calibration in a file, or raise InputError; None for the one that the package carries."""
    if path is None:
        return _packaged()
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror or error}", parameter="calibration"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _no_calibration(str(path)) from error
    return Calibration.of(document, name=str(path))


@cache
def _packaged() -> Calibration:
    text = files("gazetteer.reading").joinpath("calibration.json").read_text("utf-8")
    return Calibration.of(json.loads(text), name="calibration.json")


def _no_calibration(name: str) -> InputError:
    return InputError(
        f"{name} is no calibration: make one with 'gazetteer calibrate TABLE -o FILE'",
        parameter="calibration",
    )


def _checked(document: Any) -> dict[str, Any]:
    """Return the fields that a document of this schema holds; what is not as it should be raises."""
    found = {one.name: document[one.name] for one in fields(Calibration)}
    radii = {str(group): float(times) for group, times in found["radius_quantiles"].items()}
    raw, confidence, *draws = map(_curve, (found["raw"], found["confidence"], *found["draws"]))
    sound = (
        type(document["schema"]) is int  # and not true
        and all(isinstance(found[name], str) for name in ("gazetteer", "weights", "library"))
        and found["gazetteer"]
        and found["weights"]
        and all(type(found[name]) is int and found[name] >= 0 for name in ("names", "rows"))
        and isinstance(found["prior"], bool)
        and 0 < found["inward"] <= 2
        and len(set(raw)) == len(raw) > 1
        and all(len(curve) == len(raw) for curve in (confidence, *draws))
        and all(LEAST_TIMES <= times <= 100 for times in (radii[POOLED], *radii.values()))
    )
    if not sound:
        raise ValueError("no calibration")
    curves = {"raw": raw, "confidence": confidence, "draws": tuple(draws)}
    return {**found, **curves, "radius_quantiles": radii}


def _curve(values: Sequence[Any]) -> tuple[float, ...]:
    """Return shares that don't fall, or raise ValueError."""
    curve = tuple(map(float, values))
    if list(curve) != sorted(curve) or not all(0.0 <= one <= 1.0 for one in curve):
        raise ValueError("no rising curve of shares")
    return curve
