"""What a column holds by its HXL tag, such as ``#adm1+name`` or ``#loc+name+i_ar``.

Humanitarian Exchange Language 1.1: a tag says what is meant, attributes in any order say which form of it.
Names in Arabic have the attribute ``+i_ar``, or ``+ar``.
"""

from collections.abc import Sequence

__all__ = ["roles_of"]

_ARABIC = frozenset({"i_ar", "ar"})
#: Attributes of a language or a script other than Arabic leave a name a name.
_NEUTRAL = frozenset({"name", "i_en", "en", "origin", "local", "text"})
_FIXED = (
    ("lat", "geo", frozenset({"lat"})),
    ("lon", "geo", frozenset({"lon"})),
    ("date", "date", frozenset({"occurred"})),
    ("date", "date", frozenset({"start"})),
    ("date", "date", frozenset[str]()),
    ("id", "event", frozenset({"id"})),
    ("id", "event", frozenset({"code"})),
    ("id", "meta", frozenset({"id"})),
)


def roles_of(tags: Sequence[str]) -> dict[str, int]:
    """Return which column, counted from 0, has each role that the tags give.

    The roles are "place", "place_ar", "adm1" to "adm3", "lat", "lon", "date" and "id". A name comes before
    a code, and of several columns the first counts.

    Examples
    --------
    >>> roles_of(["#date", "#adm1+code", "#adm1+name", "#loc+name+i_ar"])
    {'date': 0, 'adm1': 2, 'place_ar': 3}
    """
    read = [_parts(tag) for tag in tags]
    roles: dict[str, int] = {}
    for role, wanted, needed in _FIXED:
        for column, (tag, attributes) in enumerate(read):
            if tag == wanted and needed <= attributes:
                roles.setdefault(role, column)
    for role, wanted in (("adm1", "adm1"), ("adm2", "adm2"), ("adm3", "adm3"), ("place", "loc")):
        for column, (tag, attributes) in enumerate(read):
            if tag == wanted and attributes <= _NEUTRAL:
                roles.setdefault(role, column)
            if tag == wanted == "loc" and attributes & _ARABIC and attributes <= _NEUTRAL | _ARABIC:
                roles.setdefault("place_ar", column)
        for column, (tag, attributes) in enumerate(read):
            if tag == wanted and "code" in attributes and role != "place":
                roles.setdefault(role, column)
    return roles


def _parts(tag: str) -> tuple[str, frozenset[str]]:
    """Return a tag's name and its attributes, in lower case; an empty name for no tag."""
    name, *attributes = tag.replace(" ", "").lower().split("+")
    return name.removeprefix("#"), frozenset(attributes)
