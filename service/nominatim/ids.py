"""Numbers for places: Nominatim's clients expect `place_id` to be an integer.

The number is made from our id alone, so it is the same in every gazetteer file, and fits 31 bits because
some clients keep it in such a field. Ids with digits keep them; only a name in words ("cg:tishreen-dam") is
hashed:

===================  =============================================================
our id               number
===================  =============================================================
``SY07``, ``SY``     the digits after a 1, so that leading zeros count: 107, 1
``C3871``            10,000,000 and the same: 10,013,871
``N0006``            20,000,000 and the same: 20,010,006
``geonames:169389``  100,000,000 and the number: 100,169,389
any other            1,000,000,000 and a hash below 1,000,000,000
===================  =============================================================

Example
-------
>>> [place_number(id) for id in ("SY07", "C3871", "geonames:169389")]
[107, 10013871, 100169389]
"""

import hashlib
import re
from functools import lru_cache
from typing import Final

from gazetteer.country import country

__all__ = ["place_number"]

_BILLION: Final = 1_000_000_000
_GEONAMES: Final = 100_000_000
_OFFSETS: Final = {"C": 10_000_000, "N": 20_000_000}
_GEONAMES_ID: Final = re.compile(r"geonames:([1-9]\d{0,8})", re.ASCII)


def place_number(place_id: str) -> int:
    """Return the number of a place, 1 to 2**31 - 1, from its id."""
    if code := _code().fullmatch(place_id):
        return _OFFSETS.get(code[1], 0) + int(f"1{code[2]}")
    if (numbered := _GEONAMES_ID.fullmatch(place_id)) and int(numbered[1]) < _BILLION - _GEONAMES:
        return _GEONAMES + int(numbered[1])
    digest = hashlib.blake2b(place_id.encode(), digest_size=8).digest()
    return _BILLION + int.from_bytes(digest) % _BILLION


@lru_cache(maxsize=1)
def _code() -> re.Pattern[str]:
    return re.compile(rf"({country().code}|C|N)(\d{{0,6}})", re.ASCII)
