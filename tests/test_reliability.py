"""The document of promises names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_promise_is_shown_by_tests_that_exist() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promises = [line for line in text.splitlines() if line.startswith("| ") and "](../tests/" in line]
    assert len(promises) > 30
    for name, path in re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", "\n".join(promises)):
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), (path, name)


def test_every_row_of_promises_names_a_test() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert [] == [row for row in rows if "](../tests/" not in row]
