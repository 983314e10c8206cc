"""Names that OCHA translates in part, as reporters write them: "Big Orm" is Orm al-Kubra.

Some 400 of OCHA's English names put an English word before a name, where the Arabic has its own word behind
it: "Big", "Eastern", "Lower". Reports keep the Arabic word. Only the words below are put back, and only where
the Arabic name ends with one; the name itself is left as OCHA writes it.

>>> reported_name("Big Orm", "أورم الكبرى"), reported_name("Western Kweires", "كويرس غربي")
('Orm al-Kubra', 'Kweires Gharbi')
>>> reported_name("Saraqab", "سراقب")
''
"""

from typing import Final

#: What OCHA writes, and for each Arabic word that it stands for how that is written in Latin letters.
_ARABIC: Final[dict[str, dict[str, str]]] = {
    "Big": {"كبير": "Kabir", "كبيرة": "Kabira", "كبرى": "Kubra"},
    "Little": {"صغير": "Saghir", "صغيرة": "Saghira", "صغرى": "Sughra"},
    "Upper": {"فوقاني": "Fawqani", "فوقانية": "Fawqaniya", "فوقا": "Fawqa"},
    "Lower": {"تحتاني": "Tahtani", "تحتانية": "Tahtaniya", "تحتا": "Tahta"},
    "Middle": {"وسطاني": "Wastani", "وسطانية": "Wastaniya", "وسطى": "Wusta"},
    "Eastern": {"شرقي": "Sharqi", "شرقية": "Sharqiya"},
    "Western": {"غربي": "Gharbi", "غربية": "Gharbiya"},
    "Northern": {"شمالي": "Shamali", "شمالية": "Shamaliya"},
    "Southern": {"جنوبي": "Janubi", "جنوبية": "Janubiya"},
}
_ARABIC["Small"] = _ARABIC["Little"]


def reported_name(name: str, name_ar: str) -> str:
    """Return a name that is translated in part as reporters write it; "" of any other."""
    word, _, rest = name.partition(" ")
    last = name_ar.rpartition(" ")[2]
    bare = last.removeprefix("ال")
    written = _ARABIC.get(word, {}).get(bare, "")
    article = "" if bare == last else "al-"
    return f"{rest} {article}{written}" if written and rest else ""
