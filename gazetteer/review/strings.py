"""What a person reviews: a place as rows write it, with the area cells beside it, whatever its blanks."""

from typing import NamedTuple

from gazetteer.incidents.row import Mention

#: A longer cell is a report and not the name of a place; it is counted, but not listed.
LONGEST = 500
_BETWEEN_NAMES, _BETWEEN_AREAS = " / ", " | "


class Written(NamedTuple):
    """A place as written, and the areas beside it; blanks and line ends count as one space."""

    text: str
    areas: str


def written(mention: Mention) -> Written:
    """Return what a mention says, as it stands in a review file."""
    names = _BETWEEN_NAMES.join(map(collapsed, mention.names))
    return Written(names, _BETWEEN_AREAS.join(map(collapsed, mention.areas)))


def collapsed(text: str) -> str:
    """Return a text with single spaces, which is how it comes back from a spreadsheet program.

    Half of a character, which JSON alone can write, becomes a question mark.
    """
    return " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
