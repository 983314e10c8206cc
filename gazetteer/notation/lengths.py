"""Lengths as people write them, in metres.

Understood are m, km, mi (international mile), nm or nmi (nautical mile), ft (international foot),
their English and Arabic words, the digits of every script and thousands separators. A number without a
unit is refused: guessing the unit is how wrong maps are made.

Examples
--------
>>> read_length("5 km"), read_length("5,000 m"), read_length("٥ كم")
(5000.0, 5000.0, 5000.0)
>>> round(read_length("3 miles"))
4828
"""

import math
import re
from typing import Final

from gazetteer.errors import UnitError
from gazetteer.notation import plain

#: Metres in one unit. Mile, foot and nautical mile: NIST Special Publication 811 (2008), appendix B.8.
METRES_PER_UNIT: Final[dict[str, float]] = {
    **dict.fromkeys("m metre metres meter meters م متر مترا متراً أمتار امتار".split(), 1.0),
    **dict.fromkeys(
        "km kms kilometre kilometres kilometer kilometers كم كلم ك.م كيلومتر كيلومترا كيلومتراً كيلومترات "
        "كيلو".split(),
        1000.0,
    ),
    **dict.fromkeys("mi mile miles ميل ميلا ميلاً أميال اميال".split(), 1609.344),
    **dict.fromkeys("nm nmi".split(), 1852.0),
    **dict.fromkeys("ft foot feet قدم".split(), 0.3048),
}
_UNITS = "|".join(sorted(map(re.escape, METRES_PER_UNIT), key=len, reverse=True))
#: A length inside a longer text: group 1 is the number, group 2 the unit. For casefolded text.
LENGTH_PATTERN: Final = rf"([-+]?\d[\d.,٫٬]*)\s*({_UNITS})(?![^\W\d_])"
_LENGTH = re.compile(LENGTH_PATTERN)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


def read_length(text: str, *, parameter: str | None = None) -> float:
    """Return a length such as "5km", "5,000 m" or "٥ كم" in metres; UnitError for anything else."""
    found = _LENGTH.fullmatch(plain(text).strip().casefold())
    if not found:
        raise UnitError(
            f"{text!r} is not a length: write a number and a unit such as '5 km' or '800 m'"
            " (m, km, mi, nmi, ft)",
            parameter=parameter,
        )
    digits = found[1].replace(",", "" if _THOUSANDS.fullmatch(found[1]) else ".")
    try:
        value = float(digits) * METRES_PER_UNIT[found[2]]
    except ValueError as error:
        raise UnitError(
            f"{text!r} is not a length: {found[1]!r} is not a number", parameter=parameter
        ) from error
    if value < 0 or not math.isfinite(value):
        raise UnitError(f"{text!r} is not a usable length: it must be zero or more", parameter=parameter)
    return value


def format_length(length_m: float) -> str:
    """Write a length in metres for people: metres below 1 km, kilometres above."""
    return f"{length_m:.0f} m" if length_m < 1000 else f"{length_m / 1000:.1f} km"


def format_range(min_m: float, max_m: float) -> str:
    """Write the least and the greatest length in metres for people, in the unit of the greatest.

    Where both read alike they are written once.

    Examples
    --------
    >>> format_range(0, 4_120), format_range(12_000, 14_000), format_range(350, 350.2)
    ('0-4.1 km', '12-14 km', '350 m')
    """
    if max_m < 1000:
        low, high, unit = f"{min_m:.0f}", f"{max_m:.0f}", "m"
    else:
        low, high = (f"{end / 1000:.1f}".removesuffix(".0") for end in (min_m, max_m))
        unit = "km"
    return format_length(max_m) if low == high else f"{low}-{high} {unit}"
