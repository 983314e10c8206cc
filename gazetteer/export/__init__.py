"""The gazetteer itself, handed on: every place, in forms that others read."""

from gazetteer.export.linked_places import BASE
from gazetteer.export.places import FORMS, blocks, write_places

__all__ = ["BASE", "FORMS", "blocks", "write_places"]
