"""Finished answers to spellings, kept: the gazetteer never changes while it is open.

Reports repeat the same few thousand names, and writing an answer as JSON takes as long as finding it. So
answers of usual length are kept as bytes, the latest used ones, and asking again costs a look-up.
"""

from functools import lru_cache
from typing import NamedTuple

from gazetteer.values import Place
from service.disclosures import disclosures
from service.routes.answers import written
from service.state import State

__all__ = ["Resolutions", "WrittenResolution"]

#: How many answers are kept: of some 2 kB each, below 20 MB in a process.
_KEPT = 8192
#: Longer answers than this many matches aren't kept.
_USUAL_LIMIT = 5


class WrittenResolution(NamedTuple):
    """An answer as it is sent, the lines to quote that it holds, and the sensitive places that it tells."""

    written: bytes
    attribution: tuple[str, ...]
    sensitive: tuple[Place, ...]


class Resolutions:
    """The answers to spellings from one gazetteer.

    Parameters
    ----------
    state
        Whose gazetteer to ask.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept = lru_cache(_KEPT)(self._make)

    def answer(
        self,
        text: str,
        area: str | None,
        kind: str | None,
        context: tuple[str, ...],
        limit: int,
        min_confidence: float,
    ) -> WrittenResolution:
        """Return the answer; the parameters are those of :meth:`gazetteer.Gazetteer.resolve`.

        Raises
        ------
        InputError
            As there. What can't be answered isn't kept.
        """
        make = self._kept if limit <= _USUAL_LIMIT else self._make
        found = make(text, area, kind, context, limit, min_confidence)
        disclosures().add(found.sensitive)  # each time, also of an answer that was kept
        return found

    def _make(
        self,
        text: str,
        area: str | None,
        kind: str | None,
        context: tuple[str, ...],
        limit: int,
        min_confidence: float,
    ) -> WrittenResolution:
        found = self._state.gazetteer.resolve(
            text, area=area, kind=kind, context=context, limit=limit, min_confidence=min_confidence
        )
        places = list(dict.fromkeys(match.place for match in (*found.matches, *found.places)))
        quoted = self._state.quoted(places)
        sensitive = tuple(place for place in places if place.sensitive)
        return WrittenResolution(
            written({**found.as_json(), "attribution": quoted}), tuple(quoted), sensitive
        )
