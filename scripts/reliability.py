"""Draw reliability diagrams: how often answers are right, against how sure they said they were.

``scripts/measure_accuracy.py`` calls it. A point is a tenth of a table's distinct names, by confidence. On
the diagonal, confidence says how often answers are right.
"""

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

#: Pixels of a panel's square, and what stands round it.
SIDE, LEFT, TOP, BELOW = 330, 52, 34, 150
COLOURS = ("#1f6feb", "#0a3069", "#1a7f37", "#bc4c00", "#8250df")


def tenths(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return mean confidence and share right of ten bands with equally many answers."""
    rising, n = sorted(pairs), len(pairs)
    bands = [rising[i * n // 10 : (i + 1) * n // 10] for i in range(10)]
    return [(sum(p for p, _ in b) / len(b), sum(h for _, h in b) / len(b)) for b in bands if b]


def diagrams(panels: Mapping[str, Mapping[str, Points]]) -> str:
    """Return an SVG with a panel beside the other for each title, and a line for each table in it."""
    wide, high = len(panels) * (SIDE + LEFT + 16), SIDE + TOP + BELOW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
    ]
    for number, (title, tables) in enumerate(panels.items()):
        lines += panel(title, tables, left=number * (SIDE + LEFT + 16) + LEFT)
    return "\n".join([*lines, "</svg>", ""])


def panel(title: str, tables: Mapping[str, Points], *, left: int) -> list[str]:
    bottom = TOP + SIDE

    def at(x: float, y: float) -> str:
        return f"{left + x * SIDE:.1f},{bottom - y * SIDE:.1f}"

    lines = [
        f'<text x="{left}" y="{TOP - 12}" font-weight="bold">{escape(title)}</text>',
        f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#8c959f"/>',
        f'<path d="M {at(0, 0)} L {at(1, 1)}" stroke="#8c959f" stroke-dasharray="4 4" fill="none"/>',
        f'<text x="{left + SIDE / 2}" y="{bottom + 36}" text-anchor="middle">confidence</text>',
        f'<text x="{left - 36}" y="{TOP + SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 {left - 36} {TOP + SIDE / 2})">share within 5 km</text>',
    ]
    for tick in range(0, 11, 2):
        x, y = left + tick / 10 * SIDE, bottom - tick / 10 * SIDE
        lines.append(f'<text x="{x}" y="{bottom + 17}" text-anchor="middle">{tick / 10:g}</text>')
        lines.append(f'<text x="{left - 7}" y="{y + 4}" text-anchor="end">{tick / 10:g}</text>')
    for n, (name, points) in enumerate(tables.items()):
        colour, y = COLOURS[n % len(COLOURS)], bottom + 58 + n * 18
        path = " L ".join(at(*point) for point in points)
        lines.append(f'<path d="M {path}" stroke="{colour}" stroke-width="1.5" fill="none"/>')
        lines += [
            f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
            for x, y in (at(*point).split(",") for point in points)
        ]
        lines.append(f'<path d="M {left},{y - 4} h 20" stroke="{colour}" stroke-width="3"/>')
        lines.append(f'<text x="{left + 27}" y="{y}">{escape(name)}</text>')
    return lines
