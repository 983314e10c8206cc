"""Draw the picture of certain, possible, no and unanswerable for docs/distances.md.

    python -m scripts.draw_discs            # writes docs/img/discs.svg

What is written in the picture comes from the library: each strike is judged, not labelled by hand.
"""

from pathlib import Path

from gazetteer.geodesy import LatLon, destination
from gazetteer.incidents import Incident
from gazetteer.kinds import PlaceKind
from gazetteer.near import near
from gazetteer.values import Place

TARGET = Path(__file__).resolve().parent.parent / "docs" / "img" / "discs.svg"
WITHIN_M = 5000.0
HOSPITAL = LatLon(35.93, 36.63)
#: Distance from the hospital and radius of each strike, in metres.
STRIKES = ((2500.0, 1500.0), (5000.0, 2500.0), (9500.0, 2500.0), (4000.0, 21_000.0))
#: Pixels for a metre, and the size of one panel.
SCALE, WIDE, HIGH = 0.0105, 230, 250
COLOURS = {"certain": "#1a7f37", "possible": "#9a6700", "no": "#57606a", "unanswerable": "#b42318"}


def words_for(away_m: float, radius_m: float) -> tuple[str, str]:
    """Return the certainty of one strike, and its probability in words."""
    at = destination(HOSPITAL, azimuth_deg=90.0, distance_m=away_m)
    strike = Incident("1", None, at, radius_m, (), {})
    hospital = Place("1", "Hospital", "", PlaceKind.HOSPITAL, HOSPITAL, uncertainty_m=0.0)
    (row,) = near([strike], [hospital], within_m=WITHIN_M).rows
    share = "no probability" if row.probability is None else f"probability {row.probability:.2f}"
    return row.certainty, share


def panel(number: int, away_m: float, radius_m: float) -> list[str]:
    word, share = words_for(away_m, radius_m)
    left, middle, colour = number * WIDE, HIGH / 2 - 20, COLOURS[word]
    home = left + 75
    strike = home + away_m * SCALE
    return [
        f'<g clip-path="url(#panel{number})">',
        f'<circle cx="{home:.1f}" cy="{middle:.1f}" r="{WITHIN_M * SCALE:.1f}" fill="none" '
        'stroke="#0969da" stroke-dasharray="4 3"/>',
        f'<circle cx="{strike:.1f}" cy="{middle:.1f}" r="{radius_m * SCALE:.1f}" fill="{colour}" '
        f'fill-opacity="0.22" stroke="{colour}"/>',
        f'<circle cx="{strike:.1f}" cy="{middle:.1f}" r="2.5" fill="{colour}"/>',
        f'<path d="M{home - 6:.1f} {middle:.1f}h12m-6 -6v12" stroke="#0969da" stroke-width="3"/>',
        "</g>",
        f'<text x="{left + WIDE / 2:.1f}" y="{HIGH - 32}" font-weight="bold" fill="{colour}">{word}</text>',
        f'<text x="{left + WIDE / 2:.1f}" y="{HIGH - 12}" fill="#1f2328">{share}</text>',
    ]


def drawing() -> str:
    """Return the picture as SVG."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE * len(STRIKES)} {HIGH}" role="img" '
        'font-family="sans-serif" font-size="14" text-anchor="middle">',
        "<title>Four strikes and a hospital: certain, possible, no and unanswerable within 5 km</title>",
        f'<rect width="{WIDE * len(STRIKES)}" height="{HIGH}" fill="#ffffff"/>',
    ]
    for number, (away_m, radius_m) in enumerate(STRIKES):
        lines.append(
            f'<clipPath id="panel{number}"><rect x="{number * WIDE + 4}" y="4" width="{WIDE - 8}" '
            f'height="{HIGH - 60}"/></clipPath>'
        )
        lines += panel(number, away_m, radius_m)
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(drawing(), encoding="utf-8")
    print(f"Wrote {TARGET}")


if __name__ == "__main__":
    main()
