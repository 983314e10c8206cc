"""Reports whose places are known: sentences of our own, filled with the gazetteer's names.

The titles that `scripts/train_geoparse.py` fits on are short. How names stand in prose, in lists, beside
persons and agencies, it learns here: every stretch that is no slot names nothing.
"""

import random
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.values import Place

__all__ = ["MadeReport", "made_reports"]

#: {v}, {w}, {x} settlements near one another, {g} their governorate, {p} a person, {a} an agency.
_ENGLISH: Final = (
    "Warplanes struck {v} and {w} in {g} province on Monday, killing six people.",
    "{p}, a teacher from {v}, said two shells landed near the school.",
    "Artillery fire hit {v}, {w} and {x} overnight, {a} reported.",
    "Fighting resumed on the road between {v} and {w}, residents said.",
    "Thousands fled {v} towards {w} after barrel bombs hit the market.",
    "In {v}, in the countryside of {g}, a bakery was destroyed.",
    "A car bomb exploded in the centre of {v}, {g} governorate.",
    "The raid on {v} wounded a nurse and her son, the rescue service said.",
    "Government forces entered {v} from {w} without a fight.",
    "Families from {v} now live in tents outside {w}.",
    "Helicopters dropped leaflets over {v}, north of {w}.",
    "Rockets fell on the village of {v} and the nearby town of {w}.",
    "Snipers opened fire at {v} while aid was handed out in {w}.",
    "{v}: three civilians were killed when a mine went off in a field.",
    "{g}: shelling of {v} and its surroundings went on all day.",
    "According to {p}, prisoners were moved from {v} to {w} last week.",
    "Electricity returned to {v}, {w} and parts of {x}.",
    "The clinic in {v} closed after the attack; patients were taken to {w}.",
    "Rebels lost {v} in rural {g}, their last position south of {w}.",
    "Doctors in {v} said that fuel had run out.",
    "A drone was seen above {v} at dawn, hours before the strike on {w}.",
    "The convoy passed {v} and stopped at {w}, where it was searched.",
)
_ARABIC: Final = (
    "شن الطيران غارات على {v} و{w} في ريف {g} أمس وقتل ستة أشخاص.",
    "قال {p}، وهو معلم من {v}، إن قذيفتين سقطتا قرب المدرسة.",
    "قصفت المدفعية {v} و{w} و{x} خلال الليل بحسب {a}.",
    "تجددت الاشتباكات على الطريق بين {v} و{w}.",
    "نزح الآلاف من {v} إلى {w} بعد قصف السوق بالبراميل.",
    "دمر القصف مخبزا في {v} بريف {g}.",
    "انفجرت سيارة مفخخة وسط {v} في محافظة {g}.",
    "أسفر القصف على بلدة {v} عن إصابة ممرضة وابنها.",
    "دخلت القوات {v} قادمة من {w} دون قتال.",
    "تعيش عائلات من {v} في خيام قرب {w}.",
    "ألقت المروحيات مناشير فوق {v} شمال {w}.",
    "سقطت صواريخ على قرية {v} وبلدة {w} المجاورة.",
    "{v}: مقتل ثلاثة مدنيين بانفجار لغم في حقل.",
    "{g}: تواصل القصف على {v} ومحيطها طوال اليوم.",
    "عادت الكهرباء إلى {v} و{w} وأجزاء من {x}.",
    "أغلق المستوصف في {v} ونقل المرضى إلى {w}.",
    "خسر المقاتلون {v} آخر مواقعهم جنوب {w}.",
    "قال أطباء في {v} إن الوقود نفد.",
    "استهدفت الطائرات بلدتي {v} و{w} بالصواريخ.",
    "حلقت طائرة مسيرة فوق {v} فجرا قبل الغارة على {w}.",
    "وصلت القافلة من {v} وتوقفت في {w} للتفتيش.",
    "أصيب {p} بجروح أثناء تصوير القصف على {v} و{w}.",
)
_ENGLISH_AROUND: Final = (
    "{p} told {a} that the ceasefire would not hold.",
    "The ministry said prices had doubled since Sunday.",
    "Nobody claimed the attack, and the army did not comment.",
    "The United Nations called for the release of the detained.",
    "Winter came early this year, and firewood is scarce.",
    "{p} and {p} were among the wounded, a medic said.",
    "Talks will go on in Geneva on Tuesday.",
    "The report, which {a} published in March, lists forty names.",
)
_ARABIC_AROUND: Final = (
    "وقال {p} لوكالة الأنباء إن الهدنة لن تصمد.",
    "ذكرت الوزارة أن الأسعار تضاعفت منذ الأحد.",
    "ولم تتبن أي جهة الهجوم حتى الآن.",
    "دعت الأمم المتحدة إلى الإفراج عن المعتقلين.",
    "جاء الشتاء باكرا هذا العام وشح الحطب.",
    "وكان {p} بين الجرحى بحسب مسعف.",
    "تستأنف المحادثات في جنيف يوم الثلاثاء.",
    "نشرت {a} تقريرا في آذار يضم أربعين اسما.",
)
_ENGLISH_GIVEN: Final = (
    "Ahmad Mahmoud Khaled Hassan Omar Yusuf Samir Layla Rami Nour Mustafa Fadi Salim Huda Ibrahim".split()
)
_ENGLISH_FAMILY: Final = (
    "al-Halabi al-Homsi Haddad Khalil Darwish al-Shami Hamdan Mansour al-Ahmad"
    " Nasser Qasim al-Hamwi Salama Daher"
).split()
_ARABIC_GIVEN: Final = "أحمد محمود خالد حسن عمر يوسف سمير ليلى رامي نور مصطفى فادي سليم هدى إبراهيم".split()
_ARABIC_FAMILY: Final = (
    "الحلبي الحمصي حداد خليل درويش الشامي حمدان منصور الأحمد ناصر قاسم الحموي سلامة ضاهر".split()
)
_ENGLISH_AGENCIES: Final = (
    "the Damascus Post",
    "Aleppo News Network",
    "Homs Media Centre",
    "Qasioun News",
    "the Free Press Agency",
)
_ARABIC_AGENCIES: Final = ("وكالة قاسيون", "شبكة حلب نيوز", "تنسيقية حمص", "مركز إدلب الإعلامي", "قناة الشام")
_SLOT: Final = re.compile(r"\{([a-z])\}")
#: Every how many sentences name no place, and how many sentences a report has at most.
_AROUND: Final = 3
_MOST_SENTENCES: Final = 4


class MadeReport(NamedTuple):
    """A text, and for each name in it where it stands and the place."""

    text: str
    names: tuple[tuple[int, int, Place], ...]


def made_reports(places: Sequence[Place], index: NameIndex, *, count: int, seed: int) -> Iterator[MadeReport]:
    """Yield reports, English and Arabic in turn; the same seed gives the same texts."""
    dice = random.Random(seed)  # nosec B311 # texts to fit on, no secrets
    spelled: dict[str, dict[str, list[str]]] = {}
    for number, text, _ in index.spellings:
        spelled.setdefault(places[number].id, {}).setdefault(script_of(text), []).append(text)
    groups: dict[str, list[Place]] = {}
    for place in places:
        if place.kind is PlaceKind.SETTLEMENT and len(place.admin) > 1 and place.name_ar:
            groups.setdefault(place.admin[1].pcode, []).append(place)
    districts = [group for group in groups.values() if len(group) > 3]
    units = {place.id: place for place in places if place.kind is PlaceKind.GOVERNORATE}
    for number in range(count):
        yield _report(dice, dice.choice(districts), units, spelled, arabic=bool(number % 2))


def _report(
    dice: random.Random,
    group: Sequence[Place],
    units: dict[str, Place],
    spelled: dict[str, dict[str, list[str]]],
    *,
    arabic: bool,
) -> MadeReport:
    sentences, around = (_ARABIC, _ARABIC_AROUND) if arabic else (_ENGLISH, _ENGLISH_AROUND)
    text = ""
    names: list[tuple[int, int, Place]] = []
    for n in range(dice.randint(1, _MOST_SENTENCES)):
        trio = dict(zip("vwx", dice.sample(list(group), 3), strict=True))
        here = {**trio, "g": units[group[0].admin[0].pcode]}
        template = dice.choice(around if n and not dice.randrange(_AROUND) else sentences)
        text += " " if text else ""
        at = 0
        for slot in _SLOT.finditer(template):
            text += template[at : slot.start()]
            at = slot.end()
            place = here.get(slot[1])
            filled = (
                _name(dice, place, spelled, arabic=arabic) if place else _other(dice, slot[1], arabic=arabic)
            )
            if place:
                names.append((len(text), len(text) + len(filled), place))
            text += filled
        text += template[at:]
    return MadeReport(text, tuple(names))


def _name(
    dice: random.Random, place: Place, spelled: dict[str, dict[str, list[str]]], *, arabic: bool
) -> str:
    """Return a place's name as often as all its other spellings together."""
    name = place.name_ar if arabic else place.name
    return dice.choice([name, dice.choice(spelled[place.id].get("Arab" if arabic else "Latn", [name]))])


def _other(dice: random.Random, slot: str, *, arabic: bool) -> str:
    if slot == "a":
        return dice.choice(_ARABIC_AGENCIES if arabic else _ENGLISH_AGENCIES)
    given, family = (_ARABIC_GIVEN, _ARABIC_FAMILY) if arabic else (_ENGLISH_GIVEN, _ENGLISH_FAMILY)
    return f"{dice.choice(given)} {dice.choice(family)}"
