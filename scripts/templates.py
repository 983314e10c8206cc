"""Texts whose right reading is known: templates filled with the gazetteer's own names.

Labelled tables of real events tell how names are spelled, and next to nothing of how people put names
together. So the weights of roles and lists are fitted on texts that are made here: a settlement whose name
no other place has, beside its governorate and district, in the orders, joiners and scripts that tables use.
In some of them the settlement is left out of the gazetteer, and the right reading is that nothing is meant.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.values import Place

#: {v}, {w}, {x} settlements of one governorate, {g} and {d} the governorate and district; {va} v in Arabic.
_ONE: Final = (
    "{v} | {va} | {v}, {g} | {g}, {v} | {v} - {g} | {g} - {v} | {v} / {g} | {g} / {v} | {g}: {v} | "
    "{v} ({g}) | {g} ({v}) | {v} in {g} | {v} {g} | {v}, {d}, {g} | {g}, {d}, {v} | {g} - {d} - {v} | "
    "{v} / {d} / {g} | {d}, {v} | {v} ({d}) | {v}, {g} governorate | {d} district, {v} | "
    "{v} in rural {g} | {v} in the countryside of {g} | {v}, northern {g} countryside | "
    "village of {v}, {g} | {v} town in {d} district | {v} {va} | {va} - {v} | {v} ({va}) | "
    "{v}, {va}, {g} | near {v}, {g} | {v} area, {g} | {v}\n{g} | {va}، {ga} | {ga}، {va} | {va} - {ga} | "
    "{ga} - {va} | {ga}: {va} | {va} في {ga} | {va} بريف {ga} | ريف {ga} - {va} | "
    "بلدة {va} في ريف {ga} الشرقي | محافظة {ga} - {va} | {ga} / {da} / {va} | قرب {va}، {ga} | "
    "#{va} #{ga} | منطقة {da} - {va}"
).split(" | ")
_MANY: Final = (
    "{v}; {w} | {v} and {w} | {v} & {w} | {v} or {w} | {v}, {w} and {x} | {v}, {w}, {x} | {v} / {w} | "
    "{v} - {w} | {v}\n{w} | {v}, {w}, {g} | {v} and {w}, {g} | {v} and {w} in {g} | {g}: {v}, {w} | "
    "towns of {v} and {w} | {v} + {w} + {x} | {va} و{wa} | {va}، {wa}، {xa} | {va} و{wa} في ريف {ga} | "
    "{va} - {wa} - {xa} | {va} / {wa} | {va} ; {wa} | {ga}: {va} و{wa}"
).split(" | ")
#: Every how many of the texts their settlement is left out of the gazetteer.
_LEFT_OUT: Final = 5


@dataclass(frozen=True, slots=True)
class MadeText:
    """A text and what it means."""

    text: str  # as somebody might write it
    places: tuple[str, ...]  # the ids of the settlements that it names
    left_out: bool  # whether they are to be left out of the gazetteer


def made_texts(places: Sequence[Place], *, count: int, seed: int) -> Iterator[MadeText]:
    """Yield texts of the gazetteer's places; the same seed gives the same."""
    dice = random.Random(seed)  # nosec B311 # texts to fit on, no secrets
    names = Counter(fold(name) for place in places for name in {place.name, place.name_ar})
    villages = [place for place in places if _is_clear(place, names)]
    groups: dict[str, list[Place]] = {}
    for place in villages:
        groups.setdefault(place.admin[0].pcode, []).append(place)
    for number in range(count):
        first = dice.choice(villages)
        template = dice.choice(_ONE if number % 3 else _MANY)
        group = groups[first.admin[0].pcode]
        if len(group) < 3:
            continue
        trio = [first, *dice.sample([place for place in group if place is not first], 2)]
        named = trio[: 3 if "{x" in template else 2 if "{w" in template else 1]
        words = {
            "g": first.admin[0].name, "ga": first.admin[0].name_ar,
            "d": first.admin[1].name, "da": first.admin[1].name_ar,
            **{key: place.name for key, place in zip("vwx", trio, strict=True)},
            **{f"{key}a": place.name_ar for key, place in zip("vwx", trio, strict=True)},
        }  # fmt: skip
        yield MadeText(
            template.format(**words), tuple(p.id for p in named), len(named) == 1 and number % _LEFT_OUT == 1
        )


def _is_clear(place: Place, names: Counter[str]) -> bool:
    """Tell whether a settlement has names in both scripts that no other place has, and that are no area's."""
    return (
        place.kind is PlaceKind.SETTLEMENT
        and len(place.admin) > 1
        and len(place.name_ar) > 3
        and len(place.name) > 3
        and names[fold(place.name)] == names[fold(place.name_ar)] == 1
    )
