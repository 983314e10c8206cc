"""How the command `gazetteer` lays text out: tables, labelled lines and sentences of at most 100 columns.

The width is the same in a terminal, a file and the documentation. What can't be broken, such as the
path of a file, may stand out. Lines carry no trailing blanks and no colour.
"""

import io
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100


def labelled(label: str, text: str, *, width: int) -> str:
    """Write a label, blanks up to `width`, and text that goes on below itself."""
    return _wrapped(f"{label:<{width}}{text}", " " * width)


def sentence(text: str) -> str:
    """Write text over as many lines as it needs."""
    return _wrapped(text, "")


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        subsequent_indent=indent,
        replace_whitespace=False,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, wide: Sequence[str] = ()) -> str:
    """Write a table; only the cells of the columns in `wide` may go on in a second line."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for header in headers:
        grid.add_column(header, no_wrap=header not in wide)
    for row in rows:
        grid.add_row(*(Text(" ".join(cell.split())) for cell in row))
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines() if line.strip())
