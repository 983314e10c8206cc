"""What happened in an incident, in a few words that are the same for every dataset.

Tables write what happened in their own words, and so say more than that. :func:`event_kind` reads them into
a closed list, and :func:`people` reads counts. Known are the columns and words of ACLED, UCDP GED, GTD,
Airwars, Insecurity Insight and SNHR, in English and Arabic.

Examples
--------
>>> event_kind({"event_type": "Explosions/Remote violence", "sub_event_type": "Air/drone strike"})
'strike'
>>> people({"fatalities": "3.0", "notes": "12"}, KILLED), people({"fatalities": "many"}, KILLED)
('3', '')
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

from gazetteer.incidents.columns import KIND_COLUMNS, normal_name
from gazetteer.names.fold import fold
from gazetteer.notation import plain

#: "" where a row has no word on it.
EventKind = Literal["strike", "shelling", "ground", "explosive", "chemical", "other", ""]

#: The normal names of the columns of the dead and of the injured, the most telling first.
KILLED: Final = tuple(
    "killed total_killed number_killed people_killed fatalities deaths dead best nkill civilians_killed "
    "civilian_deaths health_workers_killed aid_workers_killed القتلى عدد_القتلى قتلى الوفيات عدد_الوفيات "
    "الضحايا عدد_الضحايا".split()
)
INJURED: Final = tuple(
    "injured total_injured number_injured people_injured wounded injuries nwound civilians_injured "
    "civilians_wounded health_workers_injured aid_workers_injured الجرحى عدد_الجرحى جرحى المصابين "
    "عدد_المصابين الإصابات الاصابات".split()
)
_WHOLE: Final = re.compile(r"(\d{1,4})(?:\.0+)?")
#: Words of each kind, folded; where a row has words of several, the first kind here counts.
_WORDS: Final[dict[EventKind, str]] = {
    "chemical": "chemical chlorine sarin كيميايي كيميايه كيماوي كيماويه غازات سامه",
    "strike": "air airstrike airstrikes aerial drone uav warplane helicopter barrel "
    "جوي جويه غاره غارات طيران براميل برميل",
    "shelling": "shelling artillery mortar mortars rocket rockets missile missiles bombardment "
    "قصف مدفعي مدفعيه صاروخي صاروخ هاون",
    "explosive": "explosion explosions explosive explosives bomb bombing bombs suicide ied landmine "
    "landmines mine grenade uxo ordnance cluster تفجير انفجار لغم الغام عبوه مفخخه ذخاير عنقوديه مخلفات",
    "ground": "battle battles clash clashes ground gunfire shooting sniper raid armed arms territory "
    "اشتباك اشتباكات قنص اطلاق بري بريه اقتحام",
}
_KIND_OF: Final = {word: kind for kind in reversed(_WORDS) for word in _WORDS[kind].split()}


def event_kind(row: Mapping[str, str]) -> EventKind:
    """Return what happened, by the columns that tables have for it; "other" for words that are not known."""
    return _kind_in(" ".join(row[name] for name in _columns(tuple(row), KIND_COLUMNS)))


def people(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    """Return the first whole number from 0 to 9,999 in one of the columns, else ""."""
    found = (_WHOLE.fullmatch(plain(row[name]).strip()) for name in _columns(tuple(row), columns))
    return next((str(int(number[1])) for number in found if number), "")


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    found = {normal_name(name): name for name in reversed(names)}
    return tuple(found[one] for one in wanted if one in found)


@lru_cache(maxsize=4_096)
def _kind_in(text: str) -> EventKind:
    found = {_KIND_OF.get(word, "other") for word in fold(text).split()}
    return next((kind for kind in (*_WORDS, "other") if kind in found), "")
