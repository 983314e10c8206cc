"""What measuring scripts share: tables read and written, figures beside their goals put into a document."""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

csv.field_size_limit(10_000_000)  # articles stand in one cell
Row = dict[str, str]

BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write these columns of some rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def with_goal(value: float, goal: float | None, *, most: bool = False) -> str:
    """Return a figure with its goal beside it, and whether that is missed."""
    if goal is None:
        return f"{value:.3f}"
    missed = value > goal if most else value < goal
    digits = 4 if missed and round(value, 3) == goal else 3  # else it would look as if the goal were reached
    return f"{value:.{digits}f} ({'≤' if most else '≥'} {goal:g}{', missed' if missed else ''})"


def markdown_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    if title:
        yield f"{title}\n"
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


def renew(path: Path, figures: str) -> None:
    """Put the figures between the marks of a document."""
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(
            f"{path} has no place for figures: put a line {BEGIN.strip()} and a line {END.strip()} into it"
        )
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", "utf-8")
