"""Print version, installed size and licence of every direct dependency, from what is installed.

Run it with the project's own Python, after ``make test`` has installed everything::

    .venv/bin/python scripts/list_dependencies.py

The table in docs/decisions/0001-dependencies.md takes its figures from here. Sizes are the sums of
the sizes in each distribution's RECORD, without what it depends on; licences are the SPDX expression
in its metadata, else its licence classifier.
"""

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def licence(found: Distribution) -> str:
    metadata = found.metadata
    classifiers = metadata.get_all("Classifier") or []
    named = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License :: ")]
    return metadata["License-Expression"] or ", ".join(named) or metadata["License"] or "not stated"


def row(group: str, requirement: str) -> str | None:
    """Return one line of the table, or None for the project's own extras."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    if name == "conflict-gazetteer":
        return None
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return f"{group:8} {name:24} not installed"
    megabytes = sum(file.size or 0 for file in found.files or []) / 1e6
    return f"{group:8} {name:24} {found.version:18} {megabytes:6.1f} MB  {licence(found)}"


def main() -> None:
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    groups = {"run time": project["dependencies"], **project["optional-dependencies"]}
    for group, requirements in groups.items():
        for requirement in requirements:
            if line := row(group, requirement):
                print(line)


if __name__ == "__main__":
    main()
