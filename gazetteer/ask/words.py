"""The words that questions are made of, in English and Arabic: one table a language, a line a meaning.

A word or several stand for what they do in a question. They are compared folded, and Arabic ones without the
article, so that "الغارات" and "غارات" are one. A new wording is a new entry here; a new language a new table.
"""

from functools import lru_cache
from typing import Final, Literal, NamedTuple

from gazetteer.kinds import PlaceKind, kinds_meant_by, without_article
from gazetteer.names.fold import fold

#: What words do: "noise" changes nothing, "vague" is a time that no calendar knows, "lead" may stand before a
#: length and "link" after it; "less" and "more" need a length, "near" and "far" may do without.
Role = Literal[
    "noise", "vague", "not", "count", "incidents", "month", "area",
    "nearest", "distance", "and", "to", "from", "lead", "link",
    "in", "at", "of", "near", "far", "less", "more", "along", "between",
]  # fmt: skip
#: The roles that say how a place is meant that follows.
RELATIONS: Final = frozenset(("in", "at", "of", "near", "far", "less", "more", "along", "between"))

_ENGLISH: Final[dict[Role, str]] = {
    "noise": "whats|a|an|all|any|the|some|there|were there|there were|that|which|what|where|is|are|was|were|"
    "has|have|been|do|does|did|show|show me|list|find|give|give me|tell me|me|please|happened|happen|"
    "occurred|occur|took place|take place|recorded|reported|documented|located|lie|lies|lying|"
    "every|it|away|apart|total",
    "vague": "today|yesterday|tomorrow|ago|week|weeks|weekend|days|recent|recently|lately|last|next|early|"
    "late|mid|summer|winter|spring|autumn|beginning of|end of|then|now",
    "not": "not|no|isnt|arent|werent|wasnt|never",
    "count": "how many|how many of the|number of|the number of|count|count of|total number of|how often",
    "incidents": "incident|incidents|event|events|strike|strikes|airstrike|airstrikes|air strike|air strikes|"
    "attack|attacks|air attack|air attacks|raid|raids|air raid|air raids|shelling|shellings|"
    "bombing|bombings|bombardment|bombardments|explosion|explosions|what happened",
    "month": "month",
    "area": "governorate|province|district|sub district|subdistrict|area",
    "nearest": "nearest|closest|the nearest|the closest",
    "distance": "distance|how far|how many km|how many kilometres|how many kilometers|how many miles",
    "and": "and",
    "to": "to",
    "from": "from",
    "lead": "a|an|the|distance|distance of|radius|radius of|range|of|about",
    "link": "of|from|to|around|away|off|radius",
    "in": "in|inside|within|throughout|across",
    "at": "at|on|upon|against|hit|hits|hitting|that hit|targeting|targeted|that targeted|struck|"
    "striking|affecting",
    "of": "of",
    "near": "near|near to|nearby|close to|around|round|next to|beside|in the vicinity of|"
    "in the surroundings of|in the neighbourhood of",
    "far": "far from|away from",
    "less": "less than|at most|no more than|not more than|no farther than|no further than|closer than|"
    "up to",
    "more": "more than|at least|no less than|not less than|farther than|further than|beyond|outside|"
    "outside of|out of|at a distance of more than",
    "along": "along|alongside|all along",
    "between": "between|in between",
}  # fmt: skip
_ARABIC: Final[dict[Role, str]] = {
    "noise": "بعيد|بعيدة|ما|ماذا|من هي|هي|هو|هل|أين|كل|جميع|كافة|أي|التي|الذي|كان|كانت|وقع|وقعت|حدث|حدثت|حصل|"
    "حصلت|جرت|تمت|سجلت|المسجلة|الموثقة|الواقعة|الواقع|يوجد|توجد|هناك|اعرض|أظهر|أرني|أعطني|اذكر|لي|تقع|"
    "يقع|تبعد|يبعد|تفصل|من فضلك",
    "vague": "اليوم|أمس|البارحة|غدا|أسبوع|أسابيع|الماضي|الماضية|آخر|أوائل|أواخر|منتصف|مطلع|نهاية|الصيف|"
    "الشتاء|الخريف",
    "not": "لا|لم|ليس|ليست|غير|ما لا",
    "count": "كم|كم عدد|عدد|ما عدد|كم هو عدد|ما هو عدد|إجمالي عدد|العدد الكلي ل|كم بلغ عدد",
    "incidents": "حادث|حادثة|حوادث|أحداث|غارة|غارات|غارة جوية|غارات جوية|ضربة|ضربات|ضربة جوية|ضربات جوية|"
    "هجوم|هجمات|هجوم جوي|هجمات جوية|قصف|قصف جوي|قصف مدفعي|عمليات قصف|اعتداء|اعتداءات|استهداف|"
    "استهدافات|تفجير|تفجيرات|انفجار|انفجارات|ماذا حدث|ماذا حصل|ماذا جرى",
    "month": "شهر",
    "area": "محافظة|منطقة|ناحية",
    "nearest": "أقرب",
    "distance": "مسافة|كم تبعد|كم يبعد|كم المسافة|كم بعد|ما بعد|كم كيلومتر|كم كيلومترا|كم كيلو مترا",
    "and": "و",
    "to": "إلى|حتى|ل",
    "from": "من|عن",
    "lead": "مسافة|دائرة|نطاق|نصف|قطر|قطرها|قطره|محيط|بعد|حدود|نحو|لا تتجاوز",
    "link": "من|عن|حول|إلى",
    "in": "في|داخل|ضمن|في داخل",
    "at": "على|ضد|استهدفت|التي استهدفت|طالت|التي طالت|أصابت|التي أصابت|ضربت|التي ضربت",
    "of": "",
    "near": "قرب|بقرب|بالقرب من|قريبة من|قريب من|قريبا من|بجوار|جوار|بجانب|حول|محيط|في محيط|بمحيط|"
    "على بعد|على مسافة",
    "far": "بعيدة عن|بعيد عن|بعيدا عن",
    "less": "أقل من|على بعد أقل من|على مسافة أقل من",
    "more": "أكثر من|أبعد من|على بعد أكثر من|على مسافة أكثر من|على بعد لا يقل عن|خارج|لا تقل عن|لا يقل عن",
    "along": "على طول|على امتداد|بمحاذاة|على طول خط",
    "between": "بين|ما بين|فيما بين",
}  # fmt: skip
#: What makes "month" or "district" something to count by.
_EACH: Final = "by|per|each|for each|in each|every|in every|for every|by each|حسب|بحسب|لكل|في كل|كل|على أساس"
#: The same in one word; and numbers that are written out before a unit, and units that say two.
_BY_ONE_WORD: Final[dict[str, Role]] = {"monthly": "month", "شهريا": "month"}
NUMBERS: Final = {
    fold(word): number
    for number, words in {
        1: "one a واحد واحدة", 2: "two اثنين اثنان", 3: "three ثلاثة ثلاث", 4: "four أربعة أربع",
        5: "five خمسة خمس", 6: "six ستة ست", 7: "seven سبعة سبع", 8: "eight ثمانية ثماني",
        9: "nine تسعة تسع", 10: "ten عشرة عشر",
        15: "fifteen", 20: "twenty عشرين عشرون", 30: "thirty ثلاثين ثلاثون", 50: "fifty خمسين خمسون",
        100: "hundred مئة مائة",
    }.items()
    for word in words.split()
}  # fmt: skip
TWO: Final = {"كيلومترين": "2 km", "مترين": "2 m", "ميلين": "2 mi"}
#: The most words that an entry has.
LONGEST: Final = 6


class By(NamedTuple):
    """What incidents are to be counted by: "month", or "area" with the kind of area that was asked for."""

    what: Role
    word: str


@lru_cache(maxsize=4096)
def same(word: str) -> str:
    """Return the form in which words are compared: folded, and Arabic ones without the article."""
    return " ".join(
        one.removeprefix("ال") if len(one) > 4 and one.startswith("ال") else one for one in fold(word).split()
    )


@lru_cache(maxsize=1)
def roles() -> dict[str, frozenset[Role]]:
    """Return what each word and each group of words may do."""
    found: dict[str, set[Role]] = {}
    for table in (_ENGLISH, _ARABIC):
        for role, text in table.items():
            for entry in filter(None, text.split("|")):
                found.setdefault(same(entry), set()).add(role)
    return {entry: frozenset(some) for entry, some in found.items()}


@lru_cache(maxsize=1)
def ways() -> dict[str, By]:
    """Return what each group of words counts by ("per month", "in every district")."""
    found = {same(word): By(role, word) for word, role in _BY_ONE_WORD.items()}
    for table in (_ENGLISH, _ARABIC):
        for role in ("month", "area"):
            for unit in table[role].split("|"):
                for each in _EACH.split("|"):
                    found[same(f"{each} {unit}")] = found[same(f"{each} {unit}s")] = By(role, unit)
    return found


def kind_in(text: str) -> str:
    """Return the word for a kind or a group of kinds that a text is, without its article; "" if it is none.

    >>> kind_in("any hospital"), kind_in("المشافي"), kind_in("Idlib")
    ('hospital', 'المشافي', '')
    """
    bare = without_article(text)
    bare = _SAME_AS.get(same(bare), bare)
    for word in (bare, " ".join(one.removeprefix("ال") for one in bare.split())):
        if kinds_meant_by(word) - {PlaceKind.POINT}:
            return word
    return ""


#: Plurals of kinds that "s" doesn't make: a name after one is that of an area.
_PLURALS: Final = frozenset(
    same(word)
    for word in "مشافي مستشفيات عيادات مستوصفات مدارس أسواق مساجد جوامع مخابز أفران سجون مخيمات جسور "
    "مطارات".split()
)


def is_plural(word: str) -> bool:
    """Tell whether a word means several places of a kind.

    >>> is_plural("hospitals"), is_plural("المشافي"), is_plural("hospital")
    (True, True, False)
    """
    return bool(kind_in(word)) and (word.casefold().endswith("s") or same(word) in _PLURALS)


#: How else the facilities are asked for.
_SAME_AS: Final = {
    same(entry): "facility"
    for entry in "health facility|health facilities|medical facility|medical facilities|المرافق الصحية|"
    "المنشآت الصحية|المنشآت الطبية|المرافق الطبية|النقاط الطبية".split("|")
}
