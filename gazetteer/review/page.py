"""The pieces of a page: text that is safe in HTML, tables, a chart.

Everything that comes from a table goes through :func:`text` or :func:`said`.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from gazetteer.review.tally import BINS

#: A longer string is cut in the report; the review file has it whole.
_LONGEST = 160
_LEFT, _PLOT_WIDTH, _PLOT_HEIGHT, _BASE = 40.0, 600.0, 150.0, 170.0


def text(value: str) -> str:
    """Return text for HTML; characters that don't show are shown as U+FFFD."""
    shown = "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") else char for char in value)
    return escape(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")


def said(value: str) -> str:
    """Return text in its own direction, so that Arabic and Latin don't mix up each other's order."""
    return f'<bdi dir="auto">{text(value)}</bdi>'


def number(value: int) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,}"


def section(title: str, *body: str) -> str:
    """Return a section with its heading."""
    return f"<section><h2>{text(title)}</h2>{''.join(body)}</section>\n"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """Return a table; `rows` are HTML, and a header that begins with "#" is over numbers."""
    numeric = [header.startswith("#") for header in headers]
    head = "".join(
        f'<th scope="col"{_NUMERIC if is_numeric else ""}>{text(header.removeprefix("#"))}</th>'
        for header, is_numeric in zip(headers, numeric, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_NUMERIC if is_numeric else ''}>{cell}</td>"
            for cell, is_numeric in zip(row, numeric, strict=True)
        )
        + "</tr>\n"
        for row in rows
    )
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    whole = f"{title}<thead><tr>{head}</tr></thead><tbody>\n{body}</tbody>"
    return f'<div class="scroll"><table>{whole}</table></div>'


_NUMERIC = ' class="n"'


def more(shown: int, total: int, what: str) -> str:
    """Say how many aren't shown; nothing where all are."""
    if total <= shown:
        return ""
    return f'<p class="soft">… and {number(total - shown)} more {text(what)}.</p>'


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of terms and what they are; the latter is HTML."""
    return "<dl>" + "".join(f"<dt>{text(term)}</dt><dd>{is_}</dd>" for term, is_ in pairs) + "</dl>"


def chart(counts: Mapping[tuple[int, bool], int], *, limit: float) -> str:
    """Draw the histogram of confidence: rows by bar, those resolved below the others.

    Parameters
    ----------
    counts
        Rows by bar and whether they are resolved.
    limit
        The confidence from which an answer counts as resolved, 0 to 1.
    """
    most = max((counts.get((bar, True), 0) + counts.get((bar, False), 0) for bar in range(BINS)), default=0)
    width = _PLOT_WIDTH / BINS
    bars = []
    for bar in range(BINS):
        top = _BASE
        for resolved, kind in ((True, "resolved"), (False, "other")):
            rows = counts.get((bar, resolved), 0)
            if not rows:
                continue
            height = max(1.0, _PLOT_HEIGHT * rows / most)
            top -= height
            what = "resolved" if resolved else "not resolved"
            title = f"{bar / BINS:.2f} to {(bar + 1) / BINS:.2f}: {number(rows)} rows {what}"
            left = _LEFT + bar * width + 1
            bars.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width - 2:.1f}" '
                f'height="{height:.1f}"><title>{title}</title></rect>'
            )
    ticks = "".join(
        f'<text x="{_LEFT + tick * _PLOT_WIDTH / 5:.0f}" y="{_BASE + 15:.0f}" text-anchor="middle">'
        f"{tick / 5:.1f}</text>"
        for tick in range(6)
    )
    at = _LEFT + limit * _PLOT_WIDTH
    right = _LEFT + _PLOT_WIDTH
    return (
        f'<svg class="chart" viewBox="0 0 660 192" role="img" aria-label="Histogram of confidence">'
        f'<text x="{_LEFT:.0f}" y="11">{number(most)} rows</text>{"".join(bars)}{ticks}'
        f'<line x1="{_LEFT:.0f}" y1="{_BASE:.0f}" x2="{right:.0f}" y2="{_BASE:.0f}"/>'
        f'<line class="limit" x1="{at:.1f}" y1="16" x2="{at:.1f}" y2="{_BASE:.0f}"/></svg>'
    )
