"""Which rows of different sources are one place: same name, near enough, and nobody else as likely.

Two places may be one when their kinds agree, a spelling of one shares a skeleton with a spelling of the other
and has the same modifiers (Upper, Lower, East, 2), the two sound alike, and they lie within a distance that
depends on the kind. The most alike and nearest pair is joined first; each place joins one of a source only.
Whatever could also have been joined, or nearly, is handed back as a doubt.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys, skeleton
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.skeleton import without_articles
from gazetteer.names.words import core_words, modifiers_of, split_kind_words

#: How far apart two sources may put one place, in metres. GeoNames' towns and OCHA's settlements of the same
#: name mostly lie within 2 km of each other; tests/geodata/test_upstream_numbers.py holds this to the data.
_REACH_M: Final = {
    **dict.fromkeys((PlaceKind.SETTLEMENT, PlaceKind.CAMP), 5_000.0),
    **dict.fromkeys((PlaceKind.AIRPORT, PlaceKind.AIR_BASE), 5_000.0),
    **dict.fromkeys((PlaceKind.HOSPITAL, PlaceKind.BRIDGE), 1_000.0),
    PlaceKind.CLINIC: 500.0,
    PlaceKind.DAM: 3_000.0,
    PlaceKind.OIL_FIELD: 10_000.0,
}
_OTHER_REACH_M: Final = 2_000.0
#: Sound similarity from which names count as one; below it a shared skeleton is a doubt.
ALIKE: Final = 0.8
#: Rivals this close in likeness and at most this many times as far away make a join doubtful.
_RIVAL_LIKENESS, _RIVAL_DISTANCE = 0.06, 2.0
#: Places under this distance are told apart by the rival rule only if they are that near each other too.
_NEAR_M: Final = 500.0
#: What it costs a pair, in metres, when only further spellings agree and not the display names.
_OTHER_NAME_M: Final = 2_000.0
_SAME_SPOT_M: Final = 200.0
#: Consonants that a name needs to be telling by itself, and how far off a town and any other place may be
#: put, as multiples of the usual distance.
_TELLING: Final = 4
_FAR, _FAR_TOWN, _TOWN_PEOPLE = 2, 12, 5_000
_KINDSALIKE: Final = (
    frozenset((PlaceKind.AIRPORT, PlaceKind.AIR_BASE)),
    frozenset((PlaceKind.HOSPITAL, PlaceKind.CLINIC)),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A place as far as joining is concerned; its id is unique on its side."""

    id: str
    kind: PlaceKind
    position: LatLon
    #: Its spellings.
    names: tuple[str, ...]
    #: Radius of its position in metres, added to the distance at which it may be joined.
    slack_m: float = 0.0
    population: int | None = None
    #: Its display names: that these agree counts more than that some further spelling does.
    displays: tuple[str, ...] = ()
    folded: frozenset[str] = field(init=False, default=frozenset())
    #: By the skeletons of its spellings their modifiers and sounds.
    forms: dict[str, tuple[tuple[frozenset[str], str], ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        found: dict[str, dict[tuple[frozenset[str], str], None]] = {}
        for name in self.names:
            words, _ = split_kind_words(fold(name))
            core = " ".join(core_words(words))
            form = (modifiers_of(words), sound(core))
            # "Ayo" has no consonant, so no skeleton: equal folded forms count as well.
            for key in (*keys(core), f"={fold(core)}"):
                found.setdefault(key, {})[form] = None
        self.forms.update({key: tuple(forms) for key, forms in found.items()})
        object.__setattr__(self, "folded", frozenset(_core(name) for name in self.displays))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that could be one."""

    newcomer: str
    resident: str
    likeness: float
    distance_m: float
    same_display: bool = False


class Doubt(NamedTuple):
    """A pair that was kept apart, and why."""

    pair: Pair
    reason: str


def reach_m(kind: PlaceKind) -> float:
    """Return how far apart two sources may put one place of this kind, in metres."""
    return _REACH_M.get(kind, _OTHER_REACH_M)


def join(newcomers: Sequence[Named], residents: Sequence[Named]) -> tuple[dict[str, str], list[Doubt]]:
    """Decide which newcomers are residents: the resident's id by the newcomer's, and the doubtful pairs."""
    pairs = sorted(_pairs(newcomers, residents), key=lambda p: (_rank(p), p.newcomer, p.resident))
    by_newcomer: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_newcomer.setdefault(pair.newcomer, []).append(pair)
    at = {newcomer.id: newcomer for newcomer in newcomers}
    joined: dict[str, str] = {}
    taken: dict[str, str] = {}
    doubts: list[Doubt] = []
    for pair in pairs:
        if pair.newcomer in joined:
            continue
        if pair.likeness < ALIKE:
            doubts.append(Doubt(pair, f"the names are only {pair.likeness:.0%} alike"))
        elif pair.resident in taken:
            me, other = at[pair.newcomer], at[taken[pair.resident]]
            # A mapper's node and outline of one thing: the same name on the same spot.
            same = pair.same_display and not me.folded.isdisjoint(other.folded)
            if same and distance_m(me.position, other.position) <= _SAME_SPOT_M:
                joined[pair.newcomer] = pair.resident
            else:
                doubts.append(Doubt(pair, f"{other.id} is nearer or more alike"))
        elif rival := _rival(pair, by_newcomer[pair.newcomer], taken):
            doubts.append(Doubt(pair, f"{rival.resident} is as likely, {rival.distance_m:,.0f} m away"))
        else:
            joined[pair.newcomer] = pair.resident
            taken[pair.resident] = pair.newcomer
    doubts = [d for d in doubts if d.pair.newcomer not in joined]
    return joined, sorted(doubts, key=lambda d: (d.pair.newcomer, d.pair.resident))


def _rank(pair: Pair) -> float:
    """Return a number that is least for the best pair: a kilometre weighs as much as 0.04 of likeness."""
    return round((1 - pair.likeness) * 25_000 + pair.distance_m + (0 if pair.same_display else _OTHER_NAME_M))


def _rival(pair: Pair, pairs: Iterable[Pair], taken: dict[str, str]) -> Pair | None:
    limit = max(pair.distance_m * _RIVAL_DISTANCE, pair.distance_m + _NEAR_M)
    for other in pairs:
        if pair.same_display and not other.same_display:
            continue
        near = other.distance_m <= limit and other.likeness >= pair.likeness - _RIVAL_LIKENESS
        if other.resident != pair.resident and near and other.resident not in taken:
            return other
    return None


def _pairs(newcomers: Sequence[Named], residents: Sequence[Named]) -> Iterator[Pair]:
    by_key: dict[str, list[Named]] = {}
    for resident in residents:
        for key in resident.forms:
            by_key.setdefault(key, []).append(resident)
    for newcomer in newcomers:
        for resident in {r.id: r for key in newcomer.forms for r in by_key.get(key, ())}.values():
            likeness = _likeness(newcomer, resident)
            if likeness <= 0 or not kinds_agree(newcomer.kind, resident.kind):
                continue
            metres = distance_m(newcomer.position, resident.position)
            if metres <= reach_m(newcomer.kind) + newcomer.slack_m + resident.slack_m:
                same = not newcomer.folded.isdisjoint(resident.folded)
                yield Pair(newcomer.id, resident.id, likeness, metres, same)


def kinds_agree(a: PlaceKind, b: PlaceKind) -> bool:
    """Tell whether things of two kinds may be one place."""
    return a is b or any({a, b} <= group for group in _KINDSALIKE)


def _likeness(a: Named, b: Named) -> float:
    """Return the best likeness of two spellings that share a skeleton and their modifiers; 0 without."""
    return max(
        (
            sound_similarity(sounds, other_sounds)
            for key in a.forms.keys() & b.forms.keys()
            for modifiers, sounds in a.forms[key]
            for others, other_sounds in b.forms[key]
            if modifiers == others
        ),
        default=0.0,
    )


def _core(name: str) -> str:
    words, _ = split_kind_words(fold(name))
    return " ".join(without_articles(list(words)))


def join_far(
    newcomers: Sequence[Named], residents: Sequence[Named], taken: Collection[str] = ()
) -> tuple[list[Pair], list[Doubt]]:
    """Find the newcomers that a source puts far off: same display name, and nobody else has it.

    A name of four consonants and more that only one place has on either side, at most twice the usual
    distance away; or at most twelve times, when it is a town, for of towns no source leaves out any.

    `newcomers` are those that nobody was near; that a resident is one place with another newcomer already,
    because its id is `taken`, makes a doubt. Pairs and doubts come in the order of the newcomers' ids.
    """
    ours, theirs = _by_display(newcomers), _by_display(residents)
    found: dict[str, Pair] = {}
    for name, here in ours.items():
        there = [b for b in theirs.get(name, ()) if kinds_agree(here[0].kind, b.kind)]
        if len(here) != 1 or len(there) != 1:
            continue
        a, b = here[0], there[0]
        metres = distance_m(a.position, b.position)
        far = _FAR_TOWN if (a.population or 0) >= _TOWN_PEOPLE else _FAR
        if len(skeleton(name)) >= _TELLING and metres <= far * reach_m(a.kind):
            found.setdefault(a.id, Pair(a.id, b.id, 1.0, metres, same_display=True))
    pairs = [found[key] for key in sorted(found)]
    doubts = [
        Doubt(p, "same name, but another place of the source is nearer") for p in pairs if p.resident in taken
    ]
    return [p for p in pairs if p.resident not in taken], doubts


def _by_display(places: Iterable[Named]) -> dict[str, list[Named]]:
    found: dict[str, list[Named]] = {}
    for place in places:
        for name in place.folded:
            found.setdefault(name, []).append(place)
    return found
