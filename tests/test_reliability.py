"""The documents of promises name tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: The pages that promise something, each promise with its tests.
PAGES = ("reliability.md", "responsible-use.md")


def test_every_promise_is_shown_by_tests_that_exist() -> None:
    promises: list[str] = []
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for table in re.findall(r"^\| promise \| shown by \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M):
            promises += table.splitlines()
    assert len(promises) > 40
    assert [] == [row for row in promises if "](../tests/" not in row]
    for name, path in re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", "\n".join(promises)):
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), (path, name)
