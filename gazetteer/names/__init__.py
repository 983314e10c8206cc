"""What a spelling is: folding, skeletons, generic words, similarity.

Nothing here knows of places or files; everything is a pure function of text.
"""

from typing import Final

from gazetteer.names.fold import fold, script_of
from gazetteer.names.skeleton import keys, skeleton
from gazetteer.names.words import part_keys, search_keys

__all__ = ["VERSION", "fold", "keys", "part_keys", "script_of", "search_keys", "skeleton"]

#: Changes whenever a folded form or a skeleton changes: gazetteer files hold both, precomputed.
VERSION: Final = "2"
