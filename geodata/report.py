"""What a build found, repaired and left alone, kept in the gazetteer file beside the places.

The kinds are fixed, so that issues can be counted and compared between builds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from geodata.importers import RawRecord

#: How many issues of one kind are printed unless all are asked for.
_SHOWN = 5


class IssueKind(StrEnum):
    """What can be said of a row or a place."""

    SKIPPED_FILE = "file not used"
    SKIPPED_ROW = "row without a usable code, name or position"
    REPEATED_CODE = "code used by several rows"
    SWAPPED = "latitude and longitude swapped, repaired"
    MAYBE_SWAPPED = "latitude and longitude perhaps swapped, left as they are"
    OUTSIDE_COUNTRY = "position outside the country's border"
    OUTSIDE_AREAS = "position outside every sub-district"
    ADMIN_MISMATCH = "stated and computed sub-district differ"
    UNKNOWN_AREA = "states an area that does not exist"
    MOJIBAKE = "mis-decoded name, repaired"
    MAYBE_MOJIBAKE = "name that looks mis-decoded, left as it is"
    SEVERAL_LINES = "name on several lines, put on one"
    SEVERAL_NAMES = "several names in one field, each made a spelling"
    DISAMBIGUATED = "name with an area's name to make it unique, reduced"
    AREA_AT_END = "name that ends with its area's name, made a spelling without it too"
    UNSPLIT = "several names in one field, left whole"
    BAD_NAME = "label that is no name, left out"
    KEPT_APART = "alike, but not certainly one place: kept apart"
    JOINED_FROM_AFAR = "one place that sources put far apart: joined, the first source's position kept"
    UNIT_NOT_PLACE = "settlement that is a sub-district by its name, joined to it"
    NAMESAKE = "name from one source alone that is another place's own nearby: kept, and marked"
    NAMES_WITHOUT_PLACE = "names for a place that no source has"
    BORDER_DIFFERS = "published border of the country differs from its governorates"


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One finding: of which place or key, a sentence, and the file and row."""

    kind: IssueKind
    subject: str
    detail: str
    where: str = ""


class Report:
    """Issues in the order in which they are found; each once."""

    def __init__(self) -> None:
        self._issues: dict[Issue, None] = {}

    def add(self, kind: IssueKind, subject: str, detail: str, where: object = "") -> None:
        """Note an issue."""
        self._issues[Issue(kind, subject, detail, str(where))] = None

    def row(self, record: RawRecord, kind: IssueKind, detail: str) -> None:
        """Note an issue of a publisher's row."""
        self.add(kind, record.key or record.origin.file, detail, record.origin)

    def __iter__(self) -> Iterator[Issue]:
        order = {kind: n for n, kind in enumerate(IssueKind)}
        return iter(sorted(self._issues, key=lambda i: (order[i.kind], i.subject, i.detail, i.where)))

    def counts(self) -> dict[str, int]:
        """Return how many issues there are of each kind that occurs."""
        return dict(Counter(issue.kind.value for issue in self))


def report_lines(issues: Iterable[Issue], *, everything: bool = False) -> Iterator[str]:
    """Yield the report as lines of text: every kind with its number, and its first issues or all."""
    by_kind: dict[IssueKind, list[Issue]] = {}
    for issue in issues:
        by_kind.setdefault(issue.kind, []).append(issue)
    for kind, found in by_kind.items():
        yield f"{len(found):>6,}  {kind.value}"
        shown = found if everything else found[:_SHOWN]
        for issue in shown:
            where = f"  ({issue.where})" if issue.where else ""
            yield f"          {issue.subject}: {issue.detail}{where}"
        if len(shown) < len(found):
            yield f"          … and {len(found) - len(shown):,} more; --all lists them"
