"""Measure how places are read out of reports and out of news, with the command that users run.

    python -m scripts.measure_geoparse --gazetteer gazetteer.gpkg \
        --reports ../shared/data/labelled/reports_dev.csv --news FOLDER

A *resolved* mention has a position. It is *right* if that is near the true point, or if it is an area, or a
point with a radius, that holds the true point.

Reports are a table with id, language, text, true_latitude and true_longitude, the point of the event:
- ceiling: the share of texts with some words that sound like a name of a place near the true point. It is
  the most that can be found by name, but for names that are written otherwise;
- found: the share of texts with a resolved mention near the true point that is no area. As most texts are
  about a few towns, it is also averaged by true point, and its interval is of other choices of points;
- good: the share of resolved mentions that are right, and the share of those that are no areas;
- main: the share of texts whose main mention is near the true point, and this over the share found;
- spans: the share of mentions whose text is what stands at their offsets.

News are GeoWebNews and TR-News, ``data/GWN.xml`` and ``data/Corpora/TR-News.xml`` of the GitHub repository
milangritta/Pragmatic-Guide-to-Geoparsing-Evaluation. Of their toponyms those count whose position is inside
the country, but for the Middle East, which they put there too. 51 are places within it, also before a noun
("Damascus suburbs"); *found* is the share of these. 53 are the country itself or "Syrian": to find them is
right, but not asked. An article names the country if its text does or if it has such a toponym. A resolved
mention is *false* unless it overlaps one of them and is right for it.
"""

import argparse
import math
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml.ElementTree import parse
from rapidfuzz import fuzz, process

from gazetteer.gazetteer import Gazetteer
from gazetteer.names import fold
from gazetteer.names.similarity import sound, sound_of_words
from scripts.figures import markdown_table, read_rows, with_goal, write_rows

#: How near to the true point counts, in metres: in news it is GeoNames' point of a town, district or plain.
REPORT_M, NEWS_M = 5_000.0, 25_000.0
AREAS = frozenset({"country", "governorate", "district", "subdistrict", "region"})
#: From this likeness a run of so many words of a text may be a spelling of a place.
ALIKE, LONGEST_RUN = 0.8, 5
#: What Arabic writes as one with the word after it: and, in, then, to, as.
ATTACHED = "وبفلك"
DRAWS, SEED, EARTH_M = 2_000, 1, 6_371_008.8  # the last is the mean radius
COUNTRY_NAMES = frozenset({"Syria", "Syrian Arab Republic"})  # in GeoNames
NAMES_COUNTRY = re.compile(r"\bSyria")
#: The files of the corpora, and the attribute that numbers an article.
CORPORA = {"GeoWebNews": ("data/GWN.xml", "file"), "TR-News": ("data/Corpora/TR-News.xml", "docid")}
#: Of reports: what people call a figure, and its goal by language.
REPORT_ROWS: dict[str, tuple[str, dict[str, float]]] = {
    "ceiling": ("texts that hold a spelling of a place near (ceiling)", {}),
    "found": ("found", {"ar": 0.75, "en": 0.66}),
    "found_by_place": ("found, averaged by place", {}),
    "good": ("good", {"ar": 0.90, "en": 0.88}),
    "good_points": ("good, of mentions that are no areas", {"ar": 0.86, "en": 0.86}),
    "main": ("main", {}),
    "main_of_found": ("main, of found", {"ar": 0.92, "en": 0.92}),
    "spans": ("spans", {"ar": 1.0, "en": 1.0}),
}
#: Of news: what people call a figure, its goal, and that of a small English entity model before `resolve`.
NEWS_ROWS: dict[str, tuple[str, float | None, str]] = {
    "false_abroad": ("false places in 100 articles that do not name the country", 1.0, "5.0"),
    "false_here": ("false places in 100 resolved mentions of articles that name it", 8.0, "48"),
    "false_within": ("the same without mentions of the country itself", None, ""),
    "found": ("found of the toponyms in the country", 0.75, "0.33"),
    "spans": ("spans", 1.0, ""),
}

Point = tuple[float, float]


class Report(NamedTuple):
    """A text and the point of the event that it reports."""

    id: str
    language: str
    text: str
    point: Point


class Toponym(NamedTuple):
    """A place in the country that an article names, as its annotators saw it."""

    start: int
    end: int
    point: Point
    is_country: bool


class Article(NamedTuple):
    """A text of the news, and the toponyms in it that lie in the country."""

    id: str
    text: str
    toponyms: tuple[Toponym, ...]

    @property
    def names_country(self) -> bool:
        """Whether the text or a toponym in it names the country."""
        return bool(self.toponyms or NAMES_COUNTRY.search(self.text))


class Mention(NamedTuple):
    """A row that the command wrote; `point` is None unless it is resolved."""

    start: int
    end: int
    text: str
    main: bool
    point: Point | None
    radius_m: float
    kind: str

    def near(self, point: Point, within_m: float) -> bool:
        """Tell whether it is resolved to within some metres of a point."""
        return self.point is not None and metres(self.point, point) <= within_m

    def right_for(self, toponym: Toponym) -> bool:
        """Tell whether it overlaps a toponym and is right for it."""
        overlaps = self.start < toponym.end and toponym.start < self.end
        return overlaps and self.near(toponym.point, max(NEWS_M, self.radius_m))


Mentions = Mapping[str, Sequence[Mention]]


def metres(a: Point, b: Point) -> float:
    """Return the distance on a sphere, as the scoring script beside the labelled tables has it."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(h)))


def share(flags: Iterable[bool]) -> float:
    """Return the share that is true; 0 of none."""
    known = list(flags)
    return sum(known) / max(1, len(known))


def geoparse(texts: Iterable[Report | Article], gazetteer: Path) -> Mentions:
    """Return what the command writes for these texts; a mention has the id of its text."""
    with tempfile.TemporaryDirectory() as folder:
        table, written = Path(folder, "texts.csv"), Path(folder, "mentions.csv")
        write_rows(table, ["id", "text"], ({"id": t.id, "text": t.text} for t in texts))
        command = [sys.executable, "-m", "gazetteer", "geoparse", str(table), "--text", "text", "--id", "id"]
        done = subprocess.run([*command, "-o", str(written), "--gazetteer", str(gazetteer)], check=False)
        return read_mentions(written) if done.returncode == 0 else sys.exit(done.returncode)


def read_mentions(path: Path) -> Mentions:
    found = defaultdict(list)
    for row in read_rows(path):
        resolved = row["gaz_status"] == "resolved" and row["gaz_latitude"]
        mention = Mention(
            start=int(row["start"]),
            end=int(row["end"]),
            text=row["mention"],
            main=row["main"].lower() == "true",
            point=(float(row["gaz_latitude"]), float(row["gaz_longitude"])) if resolved else None,
            radius_m=float(row["gaz_uncertainty_m"] or 0),
            kind=row["gaz_kind"],
        )
        found[row["id"]].append(mention)
    return found


def spans(texts: Iterable[Report | Article], mentions: Mentions) -> float:
    return share(t.text[m.start : m.end] == m.text for t in texts for m in mentions.get(t.id, ()))


def read_reports(path: Path) -> list[Report]:
    return [
        Report(r["id"], r["language"], r["text"], (float(r["true_latitude"]), float(r["true_longitude"])))
        for r in read_rows(path)
    ]


def report_figures(reports: Sequence[Report], mentions: Mentions) -> dict[str, float]:
    """Return the figures of reports, without the ceiling."""
    found: dict[Point, list[bool]] = defaultdict(list)
    resolved: list[tuple[Mention, bool]] = []
    main = []
    for report in reports:
        its = [m for m in mentions.get(report.id, ()) if m.point]
        near = [m for m in its if m.near(report.point, REPORT_M)]
        found[report.point].append(any(m.kind not in AREAS for m in near))
        main.append(any(m.main for m in near))
        resolved += ((m, m.near(report.point, max(REPORT_M, m.radius_m))) for m in its)
    average, low, high = by_place(found)
    figures = {
        "found": share(hit for hits in found.values() for hit in hits),
        "found_by_place": average,
        "low": low,
        "high": high,
        "good": share(right for _, right in resolved),
        "good_points": share(right for m, right in resolved if m.kind not in AREAS),
        "main": share(main),
        "spans": spans(reports, mentions),
    }
    return figures | {"main_of_found": figures["main"] / (figures["found"] or 1)}


def by_place(found: Mapping[Point, Sequence[bool]]) -> tuple[float, float, float]:
    """Return the mean share of the places, and where 95 of 100 such means of other choices of them lie."""
    shares = np.array([share(hits) for hits in found.values()])
    draws = np.random.default_rng(SEED).choice(shares, (DRAWS, len(shares))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(shares.mean()), float(low), float(high)


def ceiling(reports: Sequence[Report], spellings: Sequence[tuple[Point, str]]) -> float:
    """Return the share of texts that hold a spelling of a place near their true point."""
    sounds: dict[Point, list[str]] = {}
    for point in {report.point for report in reports}:
        near = {sound(name) for at, name in spellings if metres(at, point) <= REPORT_M}
        sounds[point] = sorted(near - {""})
    return share(holds_one_of(report.text, sounds[report.point]) for report in reports)


def holds_one_of(text: str, sounds: Sequence[str]) -> bool:
    """Tell whether a run of words of a text is alike one of these sounds, as `sound_similarity` compares."""
    alike = partial(process.extractOne, choices=sounds, scorer=fuzz.ratio, score_cutoff=100 * ALIKE)
    return any(alike(run) for run in {*runs(text)} - {""})


def runs(text: str) -> Iterator[str]:
    """Yield the sound of every run of words, and that of an Arabic one without what is attached to it."""
    words = [word for written in text.split() for word in fold(written).split()]
    for start, first in enumerate(words):
        for end in range(start + 1, min(start + LONGEST_RUN, len(words)) + 1):
            rest = words[start + 1 : end]
            yield sound_of_words([first, *rest])
            if first[0] in ATTACHED and first[1:]:
                yield sound_of_words([first[1:], *rest])


def report_table(reports: Sequence[Report], mentions: Mentions, gazetteer: Gazetteer) -> Iterator[str]:
    places = ((place.position, name) for place, name in gazetteer.names() if place.kind not in AREAS)
    spellings = [((at.latitude, at.longitude), name) for at, name in places]
    rows = [[title] for title, _ in REPORT_ROWS.values()]
    heads = ["figure"]
    for language in sorted({report.language for report in reports}):
        its = [report for report in reports if report.language == language]
        heads.append(f"{language}: {len(its):,} reports of {len({r.point for r in its})} places")
        figures = report_figures(its, mentions) | {"ceiling": ceiling(its, spellings)}
        for row, (key, (_, goals)) in zip(rows, REPORT_ROWS.items(), strict=True):
            interval = " [{low:.3f}, {high:.3f}]".format_map(figures) if key == "found_by_place" else ""
            row.append(with_goal(figures[key], goals.get(language)) + interval)
    yield from markdown_table(f"Reports; near is within {REPORT_M / 1e3:g} km.", heads, rows)


def read_news(folder: Path, inside: Callable[[Point], bool]) -> list[Article]:
    """Return the articles of both corpora, with the toponyms whose position is inside."""
    articles = []
    for corpus, (path, number) in CORPORA.items():
        for node in parse(folder / path).iter("article"):
            toponyms = tuple(t for t in map(toponym_of, node.iter("toponym")) if t and inside(t.point))
            articles.append(Article(f"{corpus} {node.get(number)}", node.findtext("text", ""), toponyms))
    return articles


def toponym_of(node: Element) -> Toponym | None:
    """Return a toponym of either corpus; None for one without a position, and for the Middle East."""
    fields = (("normalisedName", "name"), ("latitude", "lat"), ("longitude", "lon"))
    name, latitude, longitude = (node.findtext(a, "") or node.findtext(f"gaztag/{b}", "") for a, b in fields)
    if not latitude or name == "Middle East":
        return None
    start, end = int(node.findtext("start", "")), int(node.findtext("end", ""))
    return Toponym(start, end, (float(latitude), float(longitude)), name in COUNTRY_NAMES)


def news_figures(articles: Sequence[Article], mentions: Mentions) -> dict[str, float]:
    abroad = [article for article in articles if not article.names_country]
    resolved = {a.id: [m for m in mentions.get(a.id, ()) if m.point] for a in articles}
    named = [(m, a.toponyms) for a in articles if a.names_country for m in resolved[a.id]]
    here = [(m, any(map(m.right_for, toponyms))) for m, toponyms in named]
    asked = [(a, t) for a in articles for t in a.toponyms if not t.is_country]
    return {
        "articles": len(articles),
        "abroad": len(abroad),
        "toponyms": len(asked),
        "resolved": len(here),
        "false_abroad": 100 * sum(len(resolved[a.id]) for a in abroad) / max(1, len(abroad)),
        "false_here": 100 * share(not right for _, right in here),
        "false_within": 100 * share(not right for m, right in here if m.kind != "country"),
        "found": share(any(m.right_for(t) for m in resolved[a.id]) for a, t in asked),
        "spans": spans(articles, mentions),
    }


def news_table(articles: Sequence[Article], mentions: Mentions) -> Iterator[str]:
    figures = news_figures(articles, mentions)
    rows = [
        [title, with_goal(figures[key], goal, most=key.startswith("false")), peer]
        for key, (title, goal, peer) in NEWS_ROWS.items()
    ]
    title = (
        "News: {articles} articles, {abroad} of which do not name the country; the others have {resolved} "
        "resolved mentions, and {toponyms} toponyms in the country. Near is within 25 km."
    ).format_map(figures)
    yield from markdown_table(title, ["figure", "", "a small English entity model before `resolve`"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument("--reports", type=Path, help="the labelled table of reports")
    parser.add_argument("--news", type=Path, help="the folder of the corpora's repository")
    parser.add_argument("--mentions", type=Path, help="score these, of reports or of news; run nothing")
    args = parser.parse_args()
    if not (args.reports or args.news) or (args.mentions and args.reports and args.news):
        parser.error("name --reports, --news or both; with --mentions one of them")

    gazetteer = Gazetteer.open(args.gazetteer)

    def inside(point: Point) -> bool:
        outside = gazetteer.areas_at([point[0]], [point[1]]).outside_country
        return outside is not None and not outside[0]

    if args.reports:
        reports = read_reports(args.reports)
        mentions = read_mentions(args.mentions) if args.mentions else geoparse(reports, args.gazetteer)
        print("\n".join(report_table(reports, mentions, gazetteer)))
    if args.news:
        articles = read_news(args.news, inside)
        mentions = read_mentions(args.mentions) if args.mentions else geoparse(articles, args.gazetteer)
        print("\n".join(news_table(articles, mentions)))


if __name__ == "__main__":
    main()
