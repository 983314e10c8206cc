"""A place while it is put together from the rows of several sources.

The rows stand in the order of precedence: what an earlier one says, a later one does not change.
"""

from dataclasses import dataclass
from typing import Final

from gazetteer.country import pcode_chain, pcode_kind
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.store import PlaceRecord
from gazetteer.values import AdminMethod, Place, Spelling
from geodata.areas import farthest_m, point_inside
from geodata.default_facts import settlement_radius_m
from geodata.importers.records import RawName, RawRecord
from geodata.matching import Named, reach_m
from geodata.multinames import split_field

__all__ = ["Draft", "Located"]

#: Settlements without a known population: half the way to the next one, between these bounds, in metres. A
#: reporter's point for a village seldom lies nearer to another one, and seldom more than 2 km off.
_LEAST_RADIUS_M, _MOST_RADIUS_M = 1_000.0, 2_000.0
_CURATED: Final = "cg:"
_INDEXED: Final = frozenset(("Latn", "Arab"))
#: What reaches across areas: the one that its point lies in says nothing.
_UNCHAINED: Final = frozenset(
    (
        PlaceKind.REGION,
        PlaceKind.MOUNTAIN,
        PlaceKind.BORDER,
        PlaceKind.ROAD,
        PlaceKind.RIVER,
        PlaceKind.VALLEY,
    )
)
#: Kinds whose most exact position wins, whichever source has it.
_EXACT_WINS: Final = frozenset(("facility", "landmark"))


@dataclass(frozen=True, slots=True)
class Located:
    """A row after repair: with clean names and the position that it is taken to mean."""

    raw: RawRecord
    position: LatLon | None


class Draft:
    """A place in the making.

    Parameters
    ----------
    first
        The row that begins it; it must say what the place is.
    """

    def __init__(self, first: Located) -> None:
        if first.raw.kind is None:
            raise ValueError(f"{first.raw.key} does not say what it is")
        self.kind: PlaceKind = first.raw.kind
        self.rows: list[Located] = [first]

    @property
    def id(self) -> str:
        """The P-code where there is one, then the curated id, then the first source's."""
        keys = [row.raw.key for row in self.rows]
        curated = next((key for key in keys if key.startswith(_CURATED)), keys[0])
        return next((key for key in keys if pcode_kind(key)), curated)

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The place's id in each source, its own first."""
        linked = [code for row in self.rows for code in (row.raw.key, *row.raw.same_as)]
        return tuple(dict.fromkeys((self.id, *(code for code in linked if code))))

    @property
    def position(self) -> LatLon | None:
        """The point inside its polygon, else that of the first row that has one."""
        shape = self.shape_row
        if shape is not None and shape.raw.shape is not None:
            return point_inside(shape.raw.shape)
        placed = [row for row in self.rows if row.position is not None]
        if self.kind.group in _EXACT_WINS:
            placed.sort(key=lambda row: row.raw.uncertainty_m or self.kind.radius_m)
        return placed[0].position if placed else None

    @property
    def shape_row(self) -> Located | None:
        """The first row that has a polygon."""
        return next((row for row in self.rows if row.raw.shape is not None), None)

    @property
    def population(self) -> int | None:
        """Inhabitants as the first source that knows them says."""
        return next((row.raw.population for row in self.rows if row.raw.population), None)

    @property
    def stated(self) -> tuple[str, ...]:
        """P-codes of the first row that states areas."""
        return next((row.raw.stated for row in self.rows if row.raw.stated), ())

    def names(self) -> list[tuple[RawName, str]]:
        """Return every name with its source: display names first, each text once."""
        found: dict[str, tuple[RawName, str]] = {}
        for row in self.rows:
            for name in row.raw.names:
                if name.text:
                    found.setdefault(name.text, (name, row.raw.origin.source))
        return list(found.values())

    @property
    def display(self) -> tuple[str, str]:
        """The display names in Latin and in Arabic script; an empty one where there is none."""
        names = [name for name, _ in self.names()]
        latin = next((n.text for n in names if script_of(n.text) == "Latn"), "")
        arabic = next((n.text for n in names if n.language == "ar" and script_of(n.text) == "Arab"), "")
        return latin, arabic

    def named(self) -> Named | None:
        """Return what joining needs to know; None without a position or a name that can be compared."""
        position = self.position
        whole = [n for n, _ in self.names() if script_of(n.text) in _INDEXED]
        # Parts of a field that are too common to be spellings still help to recognise the place.
        parts = [part for n in whole if not n.is_label for part in split_field(n.text)]
        texts = tuple(dict.fromkeys([n.text for n in whole] + parts))
        if position is None or not texts:
            return None
        facility = self.kind.group in _EXACT_WINS
        return Named(
            self.id,
            self.kind,
            position,
            texts,
            slack_m=(self.rows[0].raw.uncertainty_m or 0.0) if facility else 0.0,
            population=self.population,
            displays=tuple(name for name in self.display if name),
        )

    def radius_m(self, position: LatLon, nearest_m: float | None) -> float:
        """Return the radius in metres that holds what is reported in the place.

        Parameters
        ----------
        position
            Its position.
        nearest_m
            Distance to the nearest other settlement, where there is one.
        """
        shape = self.shape_row
        if shape is not None and shape.raw.shape is not None:
            return max(1.0, farthest_m(position, shape.raw.shape))
        if self.kind is PlaceKind.SETTLEMENT or (self.kind is PlaceKind.CAMP and not self._own_radius):
            own = self._settlement_radius_m(nearest_m)
            # Sources that put the place elsewhere may be right: the circle holds their points too.
            away = [distance_m(position, row.position) for row in self.rows if row.position is not None]
            return max(own, *(float(round(m)) for m in away if m <= reach_m(self.kind)))
        return self._own_radius or self.kind.radius_m

    @property
    def _own_radius(self) -> float | None:
        return min((row.raw.uncertainty_m for row in self.rows if row.raw.uncertainty_m), default=None)

    def _settlement_radius_m(self, nearest_m: float | None) -> float:
        if self.population is not None:
            return settlement_radius_m(self.population)
        half = nearest_m / 2 if nearest_m is not None else _MOST_RADIUS_M
        return float(round(min(max(half, _LEAST_RADIUS_M), _MOST_RADIUS_M)))

    def record(self, position: LatLon, *, nearest_m: float | None, computed: str | None) -> PlaceRecord:
        """Return the place as it goes into the file.

        Parameters
        ----------
        position
            Its position.
        nearest_m
            Distance to the nearest other settlement, for its radius.
        computed
            The sub-district whose polygon holds the position.
        """
        names = self.names()
        latin, arabic = self.display
        level = self.kind.admin_level
        stated = self._chain() if level is None else pcode_chain(self.id)
        method: AdminMethod = "stated" if stated else "unknown"
        if not stated and computed and self.kind not in _UNCHAINED and level is None:
            method = "within"
        place = Place(
            id=self.id,
            name=latin or arabic or _unnamed(self.kind),
            name_ar=arabic,
            kind=self.kind,
            position=position,
            uncertainty_m=self.radius_m(position, nearest_m),
            population=self.population,
            admin_method=method,
            sources=tuple(dict.fromkeys(row.raw.origin.source for row in self.rows)),
            valid_from=next((row.raw.valid_from for row in self.rows if row.raw.valid_from), None),
            valid_to=next((row.raw.valid_to for row in self.rows if row.raw.valid_to), None),
            sensitive=any(row.raw.sensitive for row in self.rows),
        )
        chain = dict(zip(("adm1_pcode", "adm2_pcode", "adm3_pcode"), stated, strict=False))
        return PlaceRecord(
            place,
            tuple(Spelling(n.text, n.language, script_of(n.text), source) for n, source in names),
            **chain,
            computed_adm3_pcode=computed if level is None else None,
            source_ids=self.source_ids,
            source_note="; ".join(dict.fromkeys(row.raw.note for row in self.rows if row.raw.note)),
        )

    def _chain(self) -> tuple[str, ...]:
        """Return the stated codes of levels 1 to 3 in order; a code implies those above it."""
        return max(map(pcode_chain, self.stated), key=len, default=())


def _unnamed(kind: PlaceKind) -> str:
    return f"Unnamed {kind.value.replace('_', ' ')}"
