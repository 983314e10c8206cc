"""What happened, in the closed list of kinds, and how many were killed and injured."""

from gazetteer.incidents.events import INJURED, KILLED, event_kind, people

KINDS = {
    "strike": (
        "Air/drone strike", "Airstrike", "Airstrike and/or Artillery", "Aerial bomb: plane", "غارة جوية",
        "قصف جوي", "براميل متفجرة", "Barrel bombs",
    ),
    "shelling": ("Shelling/artillery/missile attack", "Mortar fire", "قصف مدفعي", "قصف", "صاروخ أرض-أرض"),
    "ground": ("Armed clash", "Small arms fire", "Battles", "اشتباكات", "إطلاق نار", "قنص", "Raid"),
    "explosive": ("Remote explosive/landmine/IED", "Suicide bomb", "Grenade", "عبوة ناسفة", "لغم أرضي"),
    "chemical": ("Chemical weapon", "هجوم كيميائي", "Chlorine barrel bomb", "الأسلحة كيماوية"),
    "other": ("Protests", "1", "35.92917", "Hospital in Idlib", "اعتقال"),
    "": ("", " ", "-"),
}  # fmt: skip


def test_words_of_the_usual_datasets_are_of_a_kind_of_the_closed_list() -> None:
    for kind, cells in KINDS.items():
        for cell in cells:
            assert kind == event_kind({"notes": "chemical", "Sub Event Type": cell}), cell


def test_the_more_telling_of_two_columns_counts() -> None:
    acled = {
        "event_type": "Explosions/Remote violence",
        "sub_event_type": "Shelling/artillery/missile attack",
    }
    assert "shelling" == event_kind(acled)
    assert "" == event_kind({"place": "Airport"})


def test_counts_are_whole_numbers_of_the_usual_columns() -> None:
    for row, killed, injured in (
        ({"fatalities": "12", "Injured": "0"}, "12", "0"),
        ({"best": "3.0", "high": "9"}, "3", ""),
        ({"القتلى": "٤", "عدد الجرحى": " ١٢ "}, "4", "12"),
        ({"killed": "35.92917", "wounded": "3592917"}, "", ""),
        ({"killed": "about 5", "deaths": "6", "injured": "-1"}, "6", ""),
        ({"killed": "0035", "injured": "10000"}, "35", ""),
        ({"total": "5"}, "", ""),
    ):
        assert (killed, injured) == (people(row, KILLED), people(row, INJURED)), row
