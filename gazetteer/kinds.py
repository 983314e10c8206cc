"""Kinds of place: one table, a row a kind.

A row says which group the kind belongs to, which words mean it, how it is called in Arabic, whether its
places are sensitive, and how far from its point it reaches where no source says so. A new kind is a new
member of :class:`PlaceKind` and a row of :data:`KINDS`.

Words do three different things, and stand in three columns:

* ``words``, English and Arabic, ask for the kind ("the nearest town"), and are set aside from a name before
  names are compared ("Idlib city");
* ``name_words`` ask for the kind too, but belong to the names that have them ("Wadi Barada", "Nahr Aysha"):
  they are never set aside;
* ``loose_words`` are set aside and say the kind, but nobody asks for it with them: words of other languages
  and romanised ones, which may be the name of a place ("Madina"), and things of which the kind is a wider
  one ("factory" for a landmark).

Words are written as :func:`gazetteer.names.fold` leaves them; a "_" is the gap in a pair of words.

Examples
--------
>>> sorted(kinds_meant_by("villages")), PlaceKind.SCHOOL.group, PlaceKind.SCHOOL.name_ar
([<PlaceKind.SETTLEMENT: 'settlement'>], 'landmark', 'مدرسة')
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class PlaceKind(StrEnum):
    """What a place is."""

    COUNTRY = "country"
    GOVERNORATE = "governorate"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    SETTLEMENT = "settlement"
    CAMP = "camp"
    NEIGHBOURHOOD = "neighbourhood"
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    SCHOOL = "school"
    MARKET = "market"
    MOSQUE = "mosque"
    BAKERY = "bakery"
    AIR_BASE = "air_base"
    AIRPORT = "airport"
    MILITARY_BASE = "military_base"
    PRISON = "prison"
    DAM = "dam"
    BRIDGE = "bridge"
    POWER_PLANT = "power_plant"
    BORDER = "border"
    BORDER_CROSSING = "border_crossing"
    OIL_FIELD = "oil_field"
    ROAD = "road"
    RIVER = "river"
    LAKE = "lake"
    VALLEY = "valley"
    REGION = "region"
    MOUNTAIN = "mountain"
    LANDMARK = "landmark"
    POINT = "point"

    @property
    def row(self) -> "KindRow":
        """Everything that the table says of this kind."""
        return _ROWS[self]

    @property
    def group(self) -> str:
        """The broad kind: admin, settlement, neighbourhood, facility, landmark or point."""
        return _ROWS[self].group

    @property
    def admin_level(self) -> int | None:
        """0 for the country to 3 for a sub-district; None for everything else."""
        return _ROWS[self].admin_level

    @property
    def name_ar(self) -> str:
        """What it is called in Arabic."""
        return _ROWS[self].name_ar

    @property
    def sensitive(self) -> bool:
        """Whether publishing the position of such a place could do harm."""
        return _ROWS[self].sensitive

    @property
    def radius_m(self) -> float:
        """Radius in metres of such a place where no source says how far it reaches; 0 for a computed point."""
        return _ROWS[self].radius_m


#: Stretches of land that are no admin unit: their middle says little.
REGIONS: Final = frozenset({PlaceKind.REGION, PlaceKind.MOUNTAIN})


@dataclass(frozen=True, slots=True)
class KindRow:
    """What there is to know of a kind; the words are folded, and the module says what each sort does."""

    kind: PlaceKind
    #: The broad kind: admin, settlement, neighbourhood, facility, landmark or point.
    group: str
    name_ar: str
    #: Metres, where no source says how far such a place reaches: this project's choice.
    radius_m: float
    words: tuple[str, ...]
    name_words: tuple[str, ...]
    loose_words: tuple[str, ...]
    #: 0 for the country to 3 for a sub-district; None for what is no area.
    admin_level: int | None
    #: Whether publishing the position of such a place could do harm.
    sensitive: bool
    #: How well known such a place is, 0 to 1; None where its population says it.
    prominence: float | None


def _row(
    kind: PlaceKind, group: str, name_ar: str, radius_m: float, words: str = "", *, in_names: str = "",
    loosely: str = "", level: int | None = None, sensitive: bool = False, prominence: float | None = None,
) -> KindRow:  # fmt: skip
    asked, kept, said = (
        tuple(word.replace("_", " ") for word in text.split()) for text in (words, in_names, loosely)
    )
    return KindRow(
        kind, group, name_ar, float(radius_m), asked, kept, said, level, sensitive, prominence
    )  # fmt: skip


#: Every kind, in the order of :class:`PlaceKind`.
KINDS: Final[tuple[KindRow, ...]] = (
    # From the middle of the country to its corners; across most governorates, districts and sub-districts.
    _row(PlaceKind.COUNTRY, "admin", "دولة", 400_000, "country", level=0, prominence=1.0),
    _row(
        PlaceKind.GOVERNORATE, "admin", "محافظة", 100_000, "governorate province محافظه",
        loosely="muhafazat muhafazah mohafazat", level=1, prominence=0.8,
    ),
    _row(
        PlaceKind.DISTRICT, "admin", "منطقة", 40_000, "district منطقه قضا",
        loosely="mintaqat mantiqah qada", level=2, prominence=0.6,
    ),
    _row(
        PlaceKind.SUBDISTRICT, "admin", "ناحية", 20_000, "subdistrict sub_district ناحيه",
        loosely="nahiya nahiyah nahia nahiyat", level=3, prominence=0.5,
    ),
    _row(
        PlaceKind.SETTLEMENT, "settlement", "بلدة", 2_000,
        "city town village villages towns hamlet settlement locality محله مدينه بلده قريه قري بلدات قصبه",
        in_names="cities مدن",
        loosely="villge qaryat qaryah madinat madinah madina medinat baldat koyu koy gund bajar sehir",
    ),
    _row(
        PlaceKind.CAMP, "settlement", "مخيم", 2_500, "camp camps مخيم مخيمات",
        loosely="mukhayyam mukhayam", sensitive=True,
    ),
    _row(
        PlaceKind.NEIGHBOURHOOD, "neighbourhood", "حي", 2_500,
        "neighbourhood neighborhood neighbourhoods neighborhoods quarter suburb حي احيا ضاحيه",
        loosely="hay hayy mahallesi tax",
    ),
    _row(
        PlaceKind.HOSPITAL, "facility", "مشفى", 2_500,
        "hospital hospitals مستشفي مشفي مستشفيات",
        in_names="مشافي", loosely="national_hospital mustashfa mashfa", sensitive=True,
    ),
    _row(
        PlaceKind.CLINIC, "facility", "عيادة", 2_500, "clinic clinics dispensary مستوصف عياده",
        in_names="عيادات مستوصفات", sensitive=True,
    ),
    _row(
        PlaceKind.SCHOOL, "landmark", "مدرسة", 2_500, "school مدرسه",
        in_names="مدارس madrasa madrasah okul dibistan",
    ),
    _row(PlaceKind.MARKET, "landmark", "سوق", 2_500, "market سوق", in_names="marketplace souk souq bazaar اسواق"),
    _row(PlaceKind.MOSQUE, "landmark", "مسجد", 2_500, "mosque مسجد جامع", in_names="masjid mizgeft مساجد جوامع"),
    _row(PlaceKind.BAKERY, "landmark", "مخبز", 2_500, in_names="bakery مخبز فرن مخابز افران"),
    _row(PlaceKind.AIR_BASE, "landmark", "قاعدة جوية", 2_500, "airbase airbases air_base military_airport military_airbase",
         in_names="قاعده_جويه مطار_عسكري"),
    _row(PlaceKind.AIRPORT, "landmark", "مطار", 2_500, "airport مطار", loosely="matar"),
    _row(PlaceKind.MILITARY_BASE, "landmark", "قاعدة عسكرية", 2_500, "military_base army_base", in_names="قاعده_عسكريه ثكنه"),
    _row(PlaceKind.PRISON, "landmark", "سجن", 2_500, in_names="prison jail سجن سجون"),
    _row(PlaceKind.DAM, "landmark", "سد", 2_500, "dam سد", loosely="sadd"),
    _row(PlaceKind.BRIDGE, "landmark", "جسر", 2_500, "bridge جسر"),
    _row(
        PlaceKind.POWER_PLANT, "landmark", "محطة كهرباء", 2_500,
        in_names="power_plant power_station محطه_كهربا محطه_حراريه",
    ),
    # A line, of which a source has one point: the radius is that of a stretch of it.
    _row(PlaceKind.BORDER, "landmark", "حدود", 50_000, in_names="border frontier حدود"),
    _row(PlaceKind.BORDER_CROSSING, "landmark", "معبر حدودي", 2_500, "crossing border_crossing معبر"),
    _row(PlaceKind.OIL_FIELD, "landmark", "حقل نفط", 2_500, "oilfield oil_field gas_field", in_names="حقل_نفط حقل_غاز"),
    _row(
        PlaceKind.ROAD, "landmark", "طريق", 50_000,
        in_names="road highway motorway طريق اوتستراد اوتوستراد",
    ),
    _row(PlaceKind.RIVER, "landmark", "نهر", 50_000, in_names="river نهر nahr"),
    _row(PlaceKind.LAKE, "landmark", "بحيرة", 10_000, in_names="lake reservoir بحيره buhayrat"),
    _row(PlaceKind.VALLEY, "landmark", "وادي", 10_000, in_names="valley wadi وادي"),
    _row(
        PlaceKind.REGION, "landmark", "منطقة", 25_000, "region countryside",
        loosely="rural pocket desert plain steppe ريف باديه rif reef", prominence=0.5,
    ),
    _row(PlaceKind.MOUNTAIN, "landmark", "جبل", 5_000, "mountain mountains mount جبل", loosely="mt hill hills"),
    _row(
        PlaceKind.LANDMARK, "landmark", "معلم", 2_500,
        loosely="checkpoint barracks brigade factory silos mill mills station farms farm roundabout junction مزرعه مزارع",
    ),
    _row(PlaceKind.POINT, "point", "نقطة", 0),
)  # fmt: skip
_ROWS: Final = {row.kind: row for row in KINDS}

#: What is forgiven in a word that is asked with: gaps and their absence, and letters that keyboards vary.
_FORGIVEN: Final = str.maketrans("أإآىة", "ااايه", " -_ء")


@lru_cache(maxsize=1_024)
def kinds_meant_by(word: str) -> frozenset[PlaceKind]:
    """Return the kinds that a kind's name, a group's name or a kind's word stands for.

    "hospital" stands for one kind, "facility" for two; "town", "city" and "قرية" for the settlement. A plural
    "s", spaces and hyphens are forgiven, and their absence: "airbase", "air-bases". Empty when the word names
    none.
    """
    name = word.strip().casefold().translate(_FORGIVEN)
    for form in (name, name.removesuffix("s"), name.removesuffix("ies") + "y"):
        found = frozenset(k for k in PlaceKind if form in (k.value.translate(_FORGIVEN), k.group))
        if found := found or frozenset(row.kind for row in KINDS if form in _asking(row)):
            return found
    return frozenset()


def _asking(row: KindRow) -> list[str]:
    """Return the words that ask for a kind, as forgiving leaves them."""
    return [word.translate(_FORGIVEN) for word in (*row.words, *row.name_words)]
