"""What goes into a gazetteer file: a place with its spellings, and the shape of an admin unit."""

from dataclasses import dataclass

from gazetteer.values import Place, Spelling


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place as it goes into the file.

    Parameters
    ----------
    place
        Its facts. The chain in `place.admin` is not written: the P-codes below are.
    spellings
        Every written form of its name, each text once, the display names among them.
    adm1_pcode, adm2_pcode, adm3_pcode
        The areas that its source states. An admin unit states itself and those above it.
    computed_adm3_pcode
        The sub-district whose polygon holds the position; None without polygons.
    source_note
        In words, where the facts of this row come from; for people who open the file.
    source_ids
        The place's id in each source that has one, its own first ("C3871", "geonames:169389"). Empty means
        that it is known by its own id only.
    """

    place: Place
    spellings: tuple[Spelling, ...]
    adm1_pcode: str | None = None
    adm2_pcode: str | None = None
    adm3_pcode: str | None = None
    computed_adm3_pcode: str | None = None
    source_note: str = ""
    source_ids: tuple[str, ...] = ()

    @property
    def is_mismatch(self) -> bool:
        """Whether the stated sub-district is another than the computed one, both being known."""
        return None not in (self.adm3_pcode, self.computed_adm3_pcode) and (
            self.adm3_pcode != self.computed_adm3_pcode
        )


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """The shape of an admin unit.

    Parameters
    ----------
    pcode, level
        Which unit: 0 the country to 3 a sub-district.
    wkb
        Polygon or multipolygon at full precision, two-dimensional WKB in degrees, x the longitude.
    simple_wkb
        The same, simplified for maps; None leaves it out of ``areas_simple``.
    """

    pcode: str
    level: int
    wkb: bytes
    simple_wkb: bytes | None = None
