"""What the figures of `scripts/measure_text.py` count."""

from scripts.measure_text import figures


def test_rows_are_counted_without_and_with_the_notes_and_compared_where_both_have_a_position() -> None:
    without = [None, (30_000.0, False), (10_000.0, False), None]
    noted = [(1_000.0, True), (2_000.0, True), (10_000.0, False), None]
    counts = ["4", "2 → 3", "0 → 2", "0 → 2", "1 → 3"]
    assert [*counts, "2", "1 of 1", "30.0 → 2.0"] == figures(without, noted)
