"""Which rows of a table are about a sensitive place: it is named, typed, or has the id of one.

The words in ``words.toml`` are more than resolving knows, misspelt ones and those of other languages too: a
hospital that is passed over may harm, and a row too many costs a look. A note counts where it says that the
place was hit, or where it is, and not where people were taken to it. Columns of sources, actors and of what
is nearest don't tell where a row is.

Examples
--------
>>> [names_facility(text) for text in ("Idlib Hosptial", "hôpital de Saraqeb", "دار الشفاء", "Saraqeb")]
[True, True, True, False]
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from importlib.resources import files
from itertools import zip_longest
from textwrap import wrap
from typing import Any, Final, NamedTuple

from gazetteer.errors import InputError, NotFoundError, TableError
from gazetteer.incidents.columns import find_columns, normal_name
from gazetteer.incidents.row import is_blank
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.names.fold import MAX_CHARACTERS, fold
from gazetteer.notation.in_text import positions_in
from gazetteer.privacy.withhold import is_ours
from gazetteer.tables.table import Table
from gazetteer.values import ColumnChoice, Place

#: Kinds that are sensitive by themselves.
_KINDS: Final = tuple(kind for kind in PlaceKind if kind.sensitive)
_OWN_WORDS: Final = {
    word for kind in _KINDS for word in (*kind.words, *kind.name_words, *kind.loose_words, *kind.asking_words)
}
#: From which similarity a word is taken for a misspelt one: one slip in seven letters.
_ALIKE: Final = 0.85
_SENTENCES: Final = re.compile(r"[.!?;؛؟\n]\s+|\n")
#: How many characters before a word are looked at for what makes it a mention in passing.
_BEFORE: Final = 60
#: An id of a source's: "osm:way/9", "geonames:169389".
_ID: Final = re.compile(r"[a-z]+:(?!//)\S+")
#: From how many characters a cell is a note.
_NOTE: Final = 60


class Subject(NamedTuple):
    """A sensitive place that a row is about."""

    key: str  # the same for rows about the same place
    place_id: str  # "" where the gazetteer doesn't know it
    name: str


@lru_cache(maxsize=16_384)
def names_facility(text: str, *, camps: bool = True) -> bool:
    """Tell whether a text has a word for a medical facility or a camp."""
    return _found_at(fold(text), camps=camps) is not None


def _is_facility(name: str) -> bool:
    """Tell whether a cell that names a place names a facility: by a word, a code, or its kind alone."""
    words = fold(name)
    return names_facility(name) or any(pattern(one).fullmatch(words) for one in ("code_name", "types"))


@lru_cache(maxsize=16_384)
def _found_at(folded: str, *, camps: bool = True) -> int | None:
    """Return where in a folded text the first such word begins."""
    from rapidfuzz.distance import OSA

    if pattern("animals").search(folded):
        return None
    folded = pattern("named_after").sub(lambda found: " " * len(found[0]), folded)
    if found := pattern("phrases").search(folded):
        return found.start()
    for word in re.finditer(r"[^\W\d_]+", folded):
        token = word[0]
        bare = token.removeprefix("و").removeprefix("ب").removeprefix("ال").removeprefix("لل")
        if token in _words("camps") or bare in _words("camps"):
            if camps and not pattern("military").search(folded):
                return word.start()
            continue
        if {token, bare} & (_OWN_WORDS | _words("more")) or pattern("stems").search(token):
            return word.start()
        is_long = len(token) > 6 and not token.startswith("hospitali")
        if is_long and any(OSA.normalized_similarity(token, one) >= _ALIKE for one in _words("misspelt")):
            return word.start()
    return None


@lru_cache(maxsize=16_384)
def note_names(text: str) -> str:
    """Return the sentence of a note that says that a sensitive place was hit, or where it is; else ""."""
    # Folding cuts what is longer, so a sentence without an end is read in pieces.
    pieces = [one for sentence in _SENTENCES.split(text) for one in wrap(sentence, MAX_CHARACTERS)]
    for sentence, following in zip_longest(pieces, pieces[1:], fillvalue=""):
        folded = fold(sentence)
        at = _found_at(folded)
        has_position = bool(positions_in(sentence))
        if at is None or _is_in_passing(folded, at, has_position=has_position):
            continue
        if len(text) < _NOTE or pattern("hit").search(folded) or has_position or positions_in(following):
            return sentence
    return ""


def _is_in_passing(folded: str, at: int, *, has_position: bool) -> bool:
    """Tell whether a word is where people were taken to, or who says so, by what stands nearest before."""
    before = folded[max(0, at - _BEFORE) : at]
    passing, said, hit = (
        [found.end() for found in one.finditer(before)]
        for one in (pattern("passing"), pattern("speech"), pattern("hit"))
    )
    passing += [] if has_position else said
    if passing or hit:
        return max(passing, default=-1) > max(hit, default=-1)
    return not has_position and bool(pattern("says").search(folded[at : at + _BEFORE]))


class Subjects:
    """Tells of the rows of a table which sensitive place they are about."""

    def __init__(self, gazetteer: Lookups, table: Table, choice: ColumnChoice) -> None:
        self._gazetteer = gazetteer
        self._known: dict[tuple[str, tuple[str, ...]], Place | None] = {}
        names = [normal_name(column) for column in table.columns]
        try:
            read = find_columns(table.columns, choice, tags=table.tags, has_points=table.geometry is not None)
        except TableError:  # several columns may hold the place: every one is looked at
            read = find_columns(["?"])
        self.columns = read
        at = {column: number for number, column in enumerate(table.columns)}
        self._own = [at[one] for one in (read.place, read.place_ar) if one is not None]
        self._areas = [at[one] for one in read.admin if one in at]
        self._ids = [n for n, name in enumerate(names) if name in ("gaz_place_id", "place_id")]
        self._kind = [
            n for n, name in enumerate(names) if name in ("gaz_kind", "incident_kind", "place_kind")
        ]
        rest = [
            n
            for n, name in enumerate(names)
            if not pattern("not_where").search(name) and not name.startswith("gaz_")
        ]
        self._places = [n for n in rest if n in self._own or pattern("places").search(names[n])]
        self._notes = [n for n in rest if n not in self._places]
        self._flags = [n for n in rest if _is_flag(table.columns[n])]
        self._named = [n for n in rest if pattern("facility_name").search(names[n])]
        self._types = [n for n in rest if pattern("type_column").search(names[n])]
        of_health = read.dataset == "Insecurity Insight" and any("health" in name for name in names)
        has_buildings = any("health_building" in name for name in names)  # and then they say which rows
        self._every = (of_health and not has_buildings) or _is_list(table)

    def of(self, texts: Sequence[str]) -> Subject | None:
        """Return the sensitive place that a row, given as texts, is about; None where it is about none."""
        names = tuple(dict.fromkeys(texts[n].strip() for n in self._own if not is_blank(texts[n])))
        areas = tuple(texts[n].strip() for n in self._areas if not is_blank(texts[n]))
        for n in self._ids:
            if (place := self.by_id(texts[n].strip())) and place.sensitive:
                return _known(place)
        own = self.own_place(texts)
        if own is not None and own.sensitive:
            return _known(own)
        about = next(iter(names), "")
        if any(texts[n].strip() in _KINDS for n in self._kind):
            return _unknown(about)
        if any(map(_is_facility, names)):
            return _unknown(about)
        named = self._beside(texts, (*names, *areas))
        if named is None or named.place_id:
            return named
        # A hospital here and a hospital there are two, though both are called "hospital".
        return named._replace(key=f"{named.key} {own.id if own else about}")

    def own_place(self, texts: Sequence[str]) -> Place | None:
        """Return what the row's own place means."""
        areas = tuple(texts[n].strip() for n in self._areas if not is_blank(texts[n]))
        names = (texts[n].strip() for n in self._own if not is_blank(texts[n]))
        return next(filter(None, (self.place(name, areas) for name in names)), None)

    def has_name_of(self, place: Place, texts: Sequence[str]) -> bool:
        """Tell whether a cell of a row names this place and nothing else."""
        areas = tuple(texts[n].strip() for n in self._areas if not is_blank(texts[n]))
        names = (text.strip() for text in texts if len(text) < _NOTE and any(map(str.isalpha, text)))
        return any(self.place(name, areas) == place for name in names)

    def outside_ids(self, texts: Sequence[str]) -> Iterator[tuple[int, Place]]:
        """Yield the cells that hold an id by which others know a sensitive place too, and the place."""
        for n, text in enumerate(texts):
            written = text.strip()
            if not is_ours(written) and (n in self._ids or _ID.fullmatch(written)):
                place = self.by_id(written)
                if place is not None and place.sensitive:
                    yield n, place

    def areas(self, texts: Sequence[str]) -> list[Place]:
        """Return the areas that a row states, or that its place lies in."""
        named = [self.area(texts[n].strip()) for n in self._areas if not is_blank(texts[n])]
        own = self.own_place(texts)
        chain = [self.by_id(pcode) for pcode in (own.pcodes if own else ())]
        return list({one.id: one for one in (*named, *chain) if one is not None}.values())

    def area(self, name: str) -> Place | None:
        """Return the area of a name; None where there is none."""
        with suppress(NotFoundError, InputError):
            return self._gazetteer.area(name)
        return None

    def by_id(self, place_id: str) -> Place | None:
        """Return the place of an id; None where there is none."""
        with suppress(NotFoundError):
            return self._gazetteer.place(place_id)
        return None

    def place(self, name: str, areas: Sequence[str] = ()) -> Place | None:
        """Return the place that a name means, or most likely means."""
        key = name, tuple(areas)
        if key not in self._known:
            answer = self._gazetteer.resolve(name[:300], context=key[1], limit=1)
            best = answer.best or next((one for one in answer.matches if one.confidence >= 0.5), None)
            self._known[key] = best.place if best else None
        return self._known[key]

    def _beside(self, texts: Sequence[str], context: Sequence[str]) -> Subject | None:
        """Return the place that other cells than the row's own place name or type."""
        for n in self._places:
            text = texts[n].strip()
            if n in self._own or is_blank(text) or len(text) >= _NOTE:
                continue
            place = self.place(text, context) if any(map(str.isalpha, text)) else None
            if place is not None and place.sensitive:
                return _known(place)
            if _is_facility(text):
                return _unknown(text)
        kinds = [fold(texts[n]) for n in self._types]
        if any(map(pattern("types").fullmatch, kinds)):
            return _unknown(next(iter(context), ""))
        is_other = any(map(pattern("other_kind").search, kinds))
        for n in () if is_other else (*self._flags, *self._named):
            text = texts[n].strip()
            if (
                not is_blank(text)
                and fold(text) not in _words("no")
                and not pattern("other_kind").search(fold(text))
            ):
                return _unknown(next(iter(context), text))
        for n in (*self._notes, *self._places):
            text = texts[n]
            if "://" in text[:8] or (text.isascii() and not any(map(str.isalpha, text))):
                continue
            if sentence := note_names(text):
                return _unknown(sentence.strip()[:_NOTE])
        return _unknown(next(iter(context), "")) if self._every else None


def _known(place: Place) -> Subject:
    return Subject(place.id, place.id, place.name)


def _unknown(name: str) -> Subject:
    return Subject(fold(name), "", name)


def _is_flag(column: str) -> bool:
    """Tell whether a column says of rows whether they are about a medical facility, or which."""
    words = fold(column.replace("_", " "))
    if pattern("people").search(words):
        return False
    return bool(pattern("header").search(words)) or (
        _found_at(words, camps=False) is not None and len(words) < _NOTE
    )


def _is_list(table: Table) -> bool:
    """Tell whether a file or its sheet is called after medical facilities, and nothing else."""
    titles = [re.sub(r"\.\w+$", "", re.split(r"[\\/]", table.source.name)[-1]), table.sheet or ""]
    rest = re.compile(r"\b(?:list|of|in|the|all|syria|syrian|table|data|final|public|field|national|\d+)\b")
    for title in titles:
        words = rest.sub(" ", fold(re.sub(r"[_-]+", " ", title))).split()
        if words and all(_found_at(word, camps=False) is not None for word in words):
            return True
        if words and pattern("phrases").fullmatch(" ".join(words)):
            return True
    return False


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_lists()["words"][name])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return the regular expression that the patterns of a name in ``words.toml`` make."""
    patterns = _lists()["patterns"]
    return re.compile("|".join(patterns[name]).replace("HEALTH", f"(?:{'|'.join(patterns['health'])})"))


@cache
def _lists() -> Mapping[str, Any]:
    """Return what words.toml holds; read when it is first asked for."""
    return tomllib.loads(files("gazetteer.leaks").joinpath("words.toml").read_text("utf-8"))
