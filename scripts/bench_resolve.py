"""Time `resolve`: by how a name is found, strings a second, opening, and the worst of bad input.

    python scripts/bench_resolve.py [--gazetteer gazetteer.gpkg] [--labelled ../shared/data/labelled]

Every distinct string is resolved once, with no area, in one process; those of the labelled tables where the
folder is there, and otherwise the gazetteer's own spellings, every fifth with its last letter gone. A
string counts as exact or skeleton where its best candidate was found so, and as fuzzy where nothing shared
its skeleton and near ones were searched. "Warm" is the same strings a second time. Beside each stands how
many times as long rapidfuzz's extractOne with WRatio takes over the same spellings, on a sample.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rapidfuzz import fuzz, process

from gazetteer import Gazetteer
from gazetteer.names import fold
from gazetteer.resolve.labelled import read_labelled

PEER_SAMPLE = 200
#: What the issue of bad input names: an answer or a status, each within 50 ms.
BAD = {
    "empty": "",
    "whitespace": " \t\n",
    "digits": "1234567890",
    "emoji": "😀🏥💥",
    "10,000 letters": "a" * 10_000,
    "10,000 consonants": "ghdhthzc" * 1_250,
    "1,000 names": "Kafr Nabl, " * 1_000,
    "1,000 and": "Hass and " * 1_100,
    "1,000 between": "between Hass and " * 600,
    "mixed scripts": "Idإدلب 伊德利卜",
    "right-to-left marks": "\u202b\u200fإدلب\u202c",
    "NUL": "Idlib\0",
    "coordinate": "35.93, 36.63",
    "HTML": "<td class='x'><b>Idlib</b>&nbsp;</td>",
}
LABELLED = Path(__file__).resolve().parents[2] / "shared" / "data" / "labelled"


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def strings_of(gazetteer: Gazetteer, labelled: Path) -> list[str]:
    """Return distinct strings to resolve, in a fixed order."""
    if (labelled / "ucdp_dev.csv").is_file():
        return list(dict.fromkeys(row.text for table in read_labelled(labelled) for row in table.rows))
    names = dict.fromkeys(text for _, text in gazetteer.names())
    return [text[:-1] if n % 5 == 0 else text for n, text in enumerate(names)]


def way_found(gazetteer: Gazetteer, text: str) -> str:
    """Return how the best candidate was found; "other" for relations, codes and nothing at all."""
    matches = gazetteer.resolve(text).matches
    if any(m.method in ("exact", "skeleton") for m in matches[:1]):
        return "exact or skeleton"
    found = {m.method for m in matches}
    return "fuzzy" if "fuzzy" in found and not found & {"exact", "skeleton"} else "other"


def peer_median(gazetteer: Gazetteer, strings: Iterable[str]) -> float:
    spellings = list(dict.fromkeys(fold(text) for _, text in gazetteer.names()))
    sample = list(strings)[:: max(1, len(list(strings)) // PEER_SAMPLE)][:PEER_SAMPLE]

    def pick(text: str) -> object:
        return process.extractOne(fold(text), spellings, scorer=fuzz.WRatio)

    return statistics.median(seconds(lambda text=text: pick(text)) for text in sample)  # type: ignore[misc]


def line(what: str, median_s: float, peer_s: float) -> None:
    print(f"{what:44s} {median_s * 1e6:10.0f} µs {peer_s / median_s:10.0f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, help="default: the embedded one")
    parser.add_argument("--labelled", type=Path, default=LABELLED, help="folder of the labelled tables")
    args = parser.parse_args()

    opened = time.perf_counter()
    gazetteer = Gazetteer.open(args.gazetteer)
    opened = time.perf_counter() - opened
    strings = strings_of(gazetteer, args.labelled)
    gazetteer.resolve("Idlib")  # what is made at the first question belongs to opening
    gazetteer.resolve("Xqrtzmn")
    cold = {text: seconds(lambda text=text: gazetteer.resolve(text)) for text in strings}  # type: ignore[misc]
    warm = {text: seconds(lambda text=text: gazetteer.resolve(text)) for text in strings}  # type: ignore[misc]
    peer = peer_median(gazetteer, strings)
    ways = {text: way_found(gazetteer, text) for text in strings}

    spellings = sum(1 for _ in gazetteer.names())
    print(f"{len(strings):,} distinct strings; {spellings:,} spellings; opened in {opened:.2f} s")
    print(f"{'median':44s} {'':13s} {'WRatio takes':>12s}")
    for way in ("exact or skeleton", "fuzzy", "other"):
        texts = [text for text in strings if ways[text] == way]
        if texts:
            line(f"{way}, first time ({len(texts):,})", statistics.median(cold[t] for t in texts), peer)
            line(f"{way}, warm", statistics.median(warm[t] for t in texts), peer)
    print(f"{len(strings) / sum(cold.values()):,.0f} strings a second the first time; WRatio {1 / peer:,.0f}")
    worst = {name: seconds(lambda text=text: gazetteer.resolve(text)) for name, text in BAD.items()}  # type: ignore[misc]
    slowest = max(worst, key=lambda name: worst[name])
    print(f"bad input: slowest is {slowest!r} with {worst[slowest] * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
