"""Reports whose places are known: sentences of our own, filled with the gazetteer's names."""

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.values import Place

#: A text, and for each name in it where it stands and the place.
MadeReport = tuple[str, list[tuple[int, int, Place]]]


def made_reports(places: Sequence[Place], index: NameIndex, *, count: int, seed: int) -> Iterator[MadeReport]:
    """Yield reports, English and Arabic in turn; the same seed gives the same texts."""
    dice = random.Random(seed)  # nosec B311 # texts to fit on, no secrets
    texts = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    spelled: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, spelling, _ in index.spellings:
        spelled[places[number].id, script_of(spelling)].append(spelling)
    districts: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.kind is PlaceKind.SETTLEMENT and len(place.admin) > 1 and place.name_ar:
            districts[place.admin[1].pcode].append(place)
    large = [group for group in districts.values() if len(group) > 3]
    units = {place.id: place for place in places if place.kind is PlaceKind.GOVERNORATE}
    for number in range(count):
        script, group = "Arab" if number % 2 else "Latn", dice.choice(large)
        text, names = "", []
        for n in range(dice.randint(1, 4)):
            meant = dict(zip("vwx", dice.sample(group, 3), strict=True))
            meant["g"] = units[group[0].admin[0].pcode]
            told = texts[script]["around" if n and not dice.randrange(3) else "sentences"]
            template = dice.choice(re.split(r"(?<=\.) ", " ".join(told.split())))
            text += " " if text else ""
            for at, word in enumerate(re.split(r"\{(.)\}", template)):
                filled = word
                if at % 2 and (own := meant.get(word)):  # its name as often as all its other spellings
                    name = own.name_ar if script == "Arab" else own.name
                    filled = dice.choice([name, dice.choice(spelled.get((own.id, script), [name]))])
                    names.append((len(text), len(text) + len(filled), own))
                elif at % 2:
                    parts = ["agencies"] if word == "a" else ["given", "family"]
                    filled = " ".join(dice.choice(texts[script][part]) for part in parts)
                text += filled
        yield text, names
