"""Kinds of place: one table, a row a kind.

A row says which group the kind belongs to, how it is called in Arabic, how far from its point it reaches where
no source says so, which words mean it, and whether its places are sensitive. A new kind is a new row.

Words do four different things, and stand in four columns:

* ``words``, English and Arabic, ask for the kind ("the nearest town"), and are set aside from a name before
  names are compared ("Idlib city");
* ``name_words`` ask for the kind too, but belong to the names that have them ("Wadi Barada", "Nahr Aysha"):
  they are never set aside;
* ``loose_words`` are set aside and say the kind, but nobody asks for it with them: words of other languages
  and romanised ones, which may be the name of a place ("Madina"), and things of which the kind is a wider
  one ("factory" for a landmark);
* ``asking_words`` ask for the kind and do nothing else: plurals and words that people use in questions, which
  tell nothing in a name ("جسور", "freeway").

Words are written as :func:`gazetteer.names.fold` leaves them; a "_" is the gap in a pair of words.

Examples
--------
>>> sorted(kinds_meant_by("villages")), PlaceKind.SCHOOL.group, PlaceKind.SCHOOL.name_ar
([<PlaceKind.SETTLEMENT: 'settlement'>], 'landmark', 'مدرسة')
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self


def _row(
    value: str,
    group: str,
    name_ar: str,
    radius_m: float,
    words: str = "",
    *,
    in_names: str = "",
    loosely: str = "",
    asking: str = "",
    level: int | None = None,
    sensitive: bool = False,
    prominence: float | None = None,
) -> tuple[str, dict[str, Any]]:
    columns = {"words": words, "name_words": in_names, "loose_words": loosely, "asking_words": asking}
    return value, {
        "group": group,
        "name_ar": name_ar,
        "radius_m": float(radius_m),
        "admin_level": level,
        "sensitive": sensitive,
        "prominence": prominence,
        **{name: tuple(word.replace("_", " ") for word in text.split()) for name, text in columns.items()},
    }


class PlaceKind(StrEnum):
    """What a place is, with what there is to know of each kind."""

    _value_: str
    #: The broad kind: admin, settlement, neighbourhood, facility, landmark or point.
    group: str
    name_ar: str
    #: Metres, where no source says how far such a place reaches: this project's choice; 0 for a computed point.
    radius_m: float
    #: 0 for the country to 3 for a sub-district; None for what is no area.
    admin_level: int | None
    #: Whether publishing the position of such a place could do harm.
    sensitive: bool
    #: How well known such a place is, 0 to 1; None where its population says it.
    prominence: float | None
    words: tuple[str, ...]
    name_words: tuple[str, ...]
    loose_words: tuple[str, ...]
    asking_words: tuple[str, ...]

    def __new__(cls, value: str, facts: dict[str, Any] | None = None) -> Self:  # looking up gives no facts
        """Make a kind that has these facts as its attributes."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.__dict__.update(facts or {})
        return kind

    # fmt: off
    # From the middle of the country to its corners; across most governorates, districts and sub-districts.
    COUNTRY = _row("country", "admin", "دولة", 400_000, "country", level=0, prominence=1.0)
    GOVERNORATE = _row("governorate", "admin", "محافظة", 100_000, "governorate province محافظه",
        loosely="muhafazat muhafazah mohafazat", level=1, prominence=0.8,
        asking="محافظات",
    )
    DISTRICT = _row("district", "admin", "منطقة", 40_000, "district منطقه قضا",
        loosely="mintaqat mantiqah qada", level=2, prominence=0.6,
        asking="مناطق اقضيه",
    )
    SUBDISTRICT = _row("subdistrict", "admin", "ناحية", 20_000, "subdistrict sub_district ناحيه",
        loosely="nahiya nahiyah nahia nahiyat", level=3, prominence=0.5,
        asking="نواحي",
    )
    SETTLEMENT = _row("settlement", "settlement", "بلدة", 2_000,
        "city town village villages towns hamlet settlement locality محله مدينه بلده قريه قري بلدات قصبه",
        in_names="cities مدن",
        loosely="villge qaryat qaryah madinat madinah madina medinat baldat koyu koy gund bajar sehir",
    )
    CAMP = _row("camp", "settlement", "مخيم", 2_500, "camp camps مخيم مخيمات",
        loosely="mukhayyam mukhayam", sensitive=True,
    )
    NEIGHBOURHOOD = _row("neighbourhood", "neighbourhood", "حي", 2_500,
        "neighbourhood neighborhood neighbourhoods neighborhoods quarter suburb حي احيا ضاحيه",
        loosely="hay hayy mahallesi tax",
        asking="حاره حارات ضواحي",
    )
    HOSPITAL = _row("hospital", "facility", "مشفى", 2_500,
        "hospital hospitals مستشفي مشفي مستشفيات",
        in_names="مشافي", loosely="national_hospital mustashfa mashfa", sensitive=True,
    )
    CLINIC = _row("clinic", "facility", "عيادة", 2_500, "clinic clinics dispensary مستوصف عياده",
        in_names="عيادات مستوصفات", sensitive=True,
    )
    SCHOOL = _row("school", "landmark", "مدرسة", 2_500, "school مدرسه",
        in_names="مدارس madrasa madrasah okul dibistan",
    )
    MARKET = _row("market", "landmark", "سوق", 2_500, "market سوق", in_names="marketplace souk souq bazaar اسواق",
        asking="bazar",
    )
    MOSQUE = _row("mosque", "landmark", "مسجد", 2_500, "mosque مسجد جامع", in_names="masjid mizgeft مساجد جوامع")
    BAKERY = _row("bakery", "landmark", "مخبز", 2_500, in_names="bakery مخبز فرن مخابز افران")
    AIR_BASE = _row("air_base", "landmark", "قاعدة جوية", 2_500, "airbase airbases air_base military_airport military_airbase",
        in_names="قاعده_جويه مطار_عسكري",
        asking="قواعد_جويه مطارات_عسكريه",
    )
    AIRPORT = _row("airport", "landmark", "مطار", 2_500, "airport مطار", loosely="matar", asking="مطارات")
    MILITARY_BASE = _row("military_base", "landmark", "قاعدة عسكرية", 2_500, "military_base army_base", in_names="قاعده_عسكريه ثكنه",
        asking="قواعد_عسكريه ثكنات",
    )
    PRISON = _row("prison", "landmark", "سجن", 2_500, in_names="prison jail سجن سجون",
        asking="detention_centre detention_center معتقل معتقلات",
    )
    DAM = _row("dam", "landmark", "سد", 2_500, "dam سد", loosely="sadd", asking="سدود")
    BRIDGE = _row("bridge", "landmark", "جسر", 2_500, "bridge جسر", asking="جسور")
    POWER_PLANT = _row("power_plant", "landmark", "محطة كهرباء", 2_500,
        in_names="power_plant power_station محطه_كهربا محطه_حراريه",
        asking="محطات_كهربا",
    )
    # A line, of which a source has one point: the radius is that of a stretch of it.
    BORDER = _row("border", "landmark", "حدود", 50_000, in_names="border frontier حدود")
    BORDER_CROSSING = _row("border_crossing", "landmark", "معبر حدودي", 2_500, "crossing border_crossing معبر",
        asking="معابر معبر_حدودي معابر_حدوديه",
    )
    OIL_FIELD = _row("oil_field", "landmark", "حقل نفط", 2_500, "oilfield oil_field gas_field", in_names="حقل_نفط حقل_غاز",
        asking="حقول_نفط حقول_غاز",
    )
    ROAD = _row("road", "landmark", "طريق", 50_000,
        in_names="road highway motorway طريق اوتستراد اوتوستراد",
        asking="freeway طرق طرقات اوتسترادات",
    )
    RIVER = _row("river", "landmark", "نهر", 50_000, in_names="river نهر nahr", asking="stream انهار")
    LAKE = _row("lake", "landmark", "بحيرة", 10_000, in_names="lake reservoir بحيره buhayrat", asking="بحيرات")
    VALLEY = _row("valley", "landmark", "وادي", 10_000, in_names="valley wadi وادي", asking="wady وديان اوديه")
    REGION = _row("region", "landmark", "منطقة", 25_000, "region countryside",
        loosely="rural pocket desert plain steppe ريف باديه rif reef", prominence=0.5,
    )
    MOUNTAIN = _row("mountain", "landmark", "جبل", 5_000, "mountain mountains mount جبل", loosely="mt hill hills",
        asking="جبال",
    )
    LANDMARK = _row("landmark", "landmark", "معلم", 2_500,
        loosely="checkpoint barracks brigade factory silos mill mills station farms farm roundabout junction مزرعه مزارع",
    )
    POINT = _row("point", "point", "نقطة", 0)
    # fmt: on


#: Stretches of land that are no admin unit: their middle says little.
REGIONS: Final = frozenset({PlaceKind.REGION, PlaceKind.MOUNTAIN})
#: What is drawn as a line or a water's outline: a point of it says little, and its word means nothing else.
LINES: Final = frozenset(
    {PlaceKind.BORDER, PlaceKind.ROAD, PlaceKind.RIVER, PlaceKind.VALLEY, PlaceKind.LAKE}
)

_ARTICLE: Final = re.compile(
    r"(?:(?:an?|any|the|some|all|every|each|one of the|أي|أحد|إحدى|كل|جميع)\s+)+", re.I
)
#: What is forgiven in a word that is asked with: gaps and their absence, and letters that keyboards vary.
_FORGIVEN: Final = str.maketrans("أإآىة", "ااايه", " -_ء")


def without_article(word: str) -> str:
    """Return a word for a kind without what stands before it: "any hospital" is "hospital".

    A name may begin with such a word ("An Nabk"): it is for kinds alone.
    """
    word = word.strip()
    found = _ARTICLE.match(word)
    return word[found.end() :] if found else word


@lru_cache(maxsize=1_024)
def kinds_meant_by(word: str) -> frozenset[PlaceKind]:
    """Return the kinds that a kind's name, a group's name or a kind's word stands for.

    "hospital" stands for one kind, "facility" for two; "town", "city" and "قرية" for the settlement. A plural
    "s", an article, spaces and hyphens are forgiven, and their absence: "airbase", "air-bases", "the border",
    "المدارس". Empty when the word names none.
    """
    name = without_article(word).casefold().translate(_FORGIVEN)
    for form in (name, name.removesuffix("s"), name.removesuffix("ies") + "y", name.removeprefix("ال")):
        found = frozenset(k for k in PlaceKind if form in (k.value.translate(_FORGIVEN), k.group))
        if found := found or frozenset(kind for kind in PlaceKind if form in _asking(kind)):
            return found
    return frozenset()


def _asking(kind: PlaceKind) -> list[str]:
    """Return the words that ask for a kind, as forgiving leaves them."""
    words = (*kind.words, *kind.name_words, *kind.asking_words)
    return [word.translate(_FORGIVEN) for word in words]
