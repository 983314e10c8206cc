"""What a row says about its place, and each distinct saying resolved once.

A mention is the place cell with the area cells beside it. Incident tables repeat themselves, so a
table of a million rows holds a few thousand mentions.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from gazetteer.coords import read_point
from gazetteer.errors import CoordinateError, InputError
from gazetteer.results import Resolution
from gazetteer.tables.columns import TableColumns
from gazetteer.tables.table import Chunk

__all__ = ["Answers", "Mention", "Progress", "Resolves", "mentions_of"]

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]
#: No place is written in more characters than this; a cell that is longer is a report, not a name.
_LONGEST_NAME = 500


class Resolves(Protocol):
    """The part of a gazetteer that tables need; an open ``Gazetteer`` is one."""

    def resolve(
        self, text: str, *, context: Sequence[str] = (), limit: int = 5, min_confidence: float = 0.7
    ) -> Resolution:
        """Resolve a spelling; `context` holds area names that help where they are known."""


class Mention(NamedTuple):
    """A place as a row writes it, and the non-empty area cells beside it."""

    text: str
    context: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Whether there is anything to resolve.

        False for an empty cell, one without a letter or digit ("-", "???"), one with control
        characters other than tabs and line breaks, one of more than 500 characters, and a position that
        is off the globe ("95.2, 36.1").
        """
        return (
            0 < len(self.text) <= _LONGEST_NAME
            and any(char.isalnum() for char in self.text)
            and not any(unicodedata.category(char) == "Cc" and char not in "\t\r\n" for char in self.text)
            and not _is_off_the_globe(self.text)
        )


def _is_off_the_globe(text: str) -> bool:
    try:
        read_point(text)
    except CoordinateError:
        return True
    return False


def mentions_of(chunk: Chunk, columns: TableColumns) -> list[Mention]:
    """Return what each row says of its place: the place, or the Arabic one where that is empty."""
    names = [chunk.texts(name) for name in (columns.place, columns.place_ar) if name is not None]
    areas = [chunk.texts(name) for name in columns.admin]
    texts = [_first(cells) for cells in zip(*names, strict=True)] if names else [""] * len(chunk)
    contexts = [_filled(cells) for cells in zip(*areas, strict=True)] if areas else [()] * len(chunk)
    return list(map(Mention, texts, contexts))


def _first(cells: Sequence[str]) -> str:
    return next((text for cell in cells if (text := cell.strip())), "")


def _filled(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for cell in cells if (text := cell.strip()))


class Answers:
    """Resolutions by mention, each made once.

    Parameters
    ----------
    gazetteer
        What resolves.
    limit
        How many candidates to keep of each.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.

    Raises
    ------
    InputError
        If `min_confidence` is not between 0 and 1.
    """

    def __init__(self, gazetteer: Resolves, *, limit: int, min_confidence: float) -> None:
        if not 0.0 <= min_confidence <= 1.0:  # false for NaN too
            raise InputError(
                f"min_confidence must lie between 0 and 1, not {min_confidence:g}", parameter="min_confidence"
            )
        self._gazetteer = gazetteer
        self._limit = limit
        self._min_confidence = min_confidence
        self._known: dict[Mention, Resolution | None] = {}

    def resolve_all(self, mentions: Iterable[Mention], progress: Progress | None = None) -> None:
        """Resolve these mentions now; the distinct ones are counted before the first is resolved."""
        distinct = dict.fromkeys(mentions)
        for done, mention in enumerate(distinct, start=1):
            self.of(mention)
            if progress is not None:
                progress(done, len(distinct))

    def of(self, mention: Mention) -> Resolution | None:
        """Return the answer to a mention; None where it is invalid."""
        if mention not in self._known:
            self._known[mention] = self._resolve(mention)
        return self._known[mention]

    def _resolve(self, mention: Mention) -> Resolution | None:
        if not mention.is_valid:
            return None
        return self._gazetteer.resolve(
            mention.text, context=mention.context, limit=self._limit, min_confidence=self._min_confidence
        )
