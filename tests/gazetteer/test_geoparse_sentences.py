"""Sentences of our own, Syrian and foreign, are read rightly, and hardly ever wrongly with confidence.

The sentences, fifty English and fifty Arabic, are in ``geoparse_sentences.toml`` beside this module, with
what each must give. A resolved mention is wrong if its place is none that the sentence names there, and lies
further than 5 km from all of those. A sentence is wholly right if nothing is wrong, every name that it asks
for is found, and the place of the event is the one that it says.

To see every sentence that is not wholly right, expected and got::

    python -m tests.gazetteer.test_geoparse_sentences gazetteer.gpkg
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazetteer import Gazetteer, LatLon
from gazetteer.answers import Mention
from gazetteer.geodesy import distance_m
from gazetteer.store.contents import Contents
from gazetteer.store.reader import GazetteerReader
from gazetteer.values import Place
from geodata.assemble import Built

SENTENCES = Path(__file__).with_name("geoparse_sentences.toml")

#: How many of the hundred must be wholly right.
LEAST_RIGHT = 82
#: How many may have a wrong place: what is read wrongly is told in docs/geoparse.md, "What goes wrong".
MOST_WRONG = 3

#: Two points of one place are no further apart than this; further is another place.
SAME_PLACE_M = 5_000.0

#: The points of the gazetteer's places, by id.
Positions = Mapping[str, LatLon]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a sentence, and the places that it may mean; without any it must stay open."""

    text: str
    start: int
    end: int
    places: tuple[str, ...]
    asked: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, the names in it, and the one that is the place of the event, where that is clear."""

    text: str
    names: tuple[Name, ...]
    main: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with the mentions of a sentence, and what they miss."""

    sentence: Sentence
    found: tuple[Mention, ...]
    wrong: tuple[str, ...]
    missed: tuple[str, ...]

    def __str__(self) -> str:
        expected = [f"{n.text!r} {' or '.join(n.places) or 'open'}" for n in self.sentence.names]
        got = [
            f"{m.text!r} {m.resolution.status} {', '.join(place.id for place in places_of(m))}"
            for m in self.found
        ]
        told = [f"expected: {'; '.join(expected) or 'nothing'}", f"got:      {'; '.join(got) or 'nothing'}"]
        return "\n  ".join([self.sentence.text, *told, *self.wrong, *self.missed])


def where(name: str, text: str) -> list[tuple[int, int]]:
    """Return the spans of a name as a whole word; Arabic may have letters written on to its front."""
    front = "" if re.match(r"[\u0600-\u06ff]", name) else r"(?<!\w)"
    return [match.span() for match in re.finditer(rf"{front}{re.escape(name)}(?!\w)", text)]


def read_sentences() -> list[Sentence]:
    """Return the sentences of the file; a name that doesn't stand in its text exactly once is an error."""
    sentences = []
    for row in tomllib.loads(SENTENCES.read_text("utf-8"))["sentence"]:
        unknown = row.keys() - {"text", "places", "may", "open", "main"}
        assert not unknown, f"{row['text']}: {unknown}"
        named = [(name, ids, True) for name, ids in row.get("places", {}).items()]
        named += [(name, ids, False) for name, ids in row.get("may", {}).items()]
        named += [(name, [], False) for name in row.get("open", [])]
        names = []
        for name, ids, asked in named:
            spans = where(name, row["text"])
            assert len(spans) == 1, f"{name!r} stands {len(spans)} times in: {row['text']}"
            names.append(Name(name, *spans[0], tuple([ids] if isinstance(ids, str) else ids), asked))
        main = row.get("main")
        assert main is None or main in row.get("places", {}), f"{main!r} is no place of: {row['text']}"
        sentences.append(Sentence(row["text"], tuple(names), main))
    return sentences


def places_of(mention: Mention) -> list[Place]:
    answer = mention.resolution
    return [match.place for match in ((answer.best,) if answer.best else answer.places)]


def is_meant(place: Place, name: Name, positions: Positions) -> bool:
    return place.id in name.places or any(
        distance_m(place.position, positions[other]) <= SAME_PLACE_M for other in name.places
    )


def judge(sentence: Sentence, found: Sequence[Mention], positions: Positions) -> Verdict:
    """Compare the mentions of a sentence with what it must give."""
    wrong, seen = [], set()
    for mention in found:
        if sentence.text[mention.start : mention.end] != mention.text:
            wrong.append(f"wrong: {mention.text!r} is not what stands at its span")
        touched = [n for n in sentence.names if n.start < mention.end and mention.start < n.end]
        for place in places_of(mention):
            meant = [name for name in touched if is_meant(place, name, positions)]
            if not meant:
                wrong.append(f"wrong: {mention.text!r} is not {place.id} {place.name}")
            seen |= {n.text for n in meant if mention.start <= n.start and n.end <= mention.end}
    missed = [f"missed: {n.text!r}" for n in sentence.names if n.asked and n.text not in seen]
    mains = [mention.text for mention in found if mention.main]
    if sentence.main is not None and (len(mains) != 1 or sentence.main not in mains[0]):
        missed.append(f"main: {mains or 'none'} instead of {sentence.main!r}")
    return Verdict(sentence, tuple(found), tuple(wrong), tuple(missed))


def verdicts_on(path: Path) -> Iterator[Verdict]:
    """Geoparse every sentence with a gazetteer file, and judge what comes out."""
    positions = positions_in(path)
    with Gazetteer.open(path) as gazetteer:
        for sentence in read_sentences():
            yield judge(sentence, gazetteer.geoparse(sentence.text).mentions, positions)


def positions_in(path: Path) -> dict[str, LatLon]:
    return {place.id: place.position for place in Contents(GazetteerReader(path)).places}


def failed_of(verdicts: Sequence[Verdict]) -> list[str]:
    return [str(verdict) for verdict in verdicts if verdict.wrong or verdict.missed]


def test_there_are_a_hundred_sentences_half_of_them_arabic() -> None:
    sentences = {sentence.text for sentence in read_sentences()}
    arabic = [text for text in sentences if re.search(r"[\u0600-\u06ff]", text)]
    assert (100, 50) == (len(sentences), len(arabic))


def test_nearly_all_sentences_are_wholly_right_and_hardly_any_has_a_wrong_place(
    full_gazetteer: tuple[Path, Built],
) -> None:
    expected = {place for sentence in read_sentences() for name in sentence.names for place in name.places}
    assert set() == expected - positions_in(full_gazetteer[0]).keys()
    verdicts = list(verdicts_on(full_gazetteer[0]))
    wrong = [str(verdict) for verdict in verdicts if verdict.wrong]
    assert len(wrong) <= MOST_WRONG, "\n\n".join(["", *wrong])
    failed = failed_of(verdicts)
    right = len(verdicts) - len(failed)
    assert right >= LEAST_RIGHT, "\n\n".join([f"{right} of {len(verdicts)} are wholly right", *failed])


def main(path: str) -> None:
    """Print every sentence that is not wholly right, and how many are."""
    verdicts = list(verdicts_on(Path(path)))
    failed, wrong = failed_of(verdicts), sum(bool(verdict.wrong) for verdict in verdicts)
    print(*failed, sep="\n\n", end="\n\n")
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} wholly right, {wrong} with a wrong place")


if __name__ == "__main__":
    main(sys.argv[1])
