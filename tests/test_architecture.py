"""The map in ARCHITECTURE.md is the house that stands: the same rooms, modules and floors, and no larger."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def drawn() -> set[str]:
    """Return the paths that the tree of the map draws, folders with a slash at their end."""
    paths: set[str] = set()
    above: list[str] = []
    for line in re.findall(r"^(?: {4})+[\w.]+/?(?= |$)", MAP, re.M):
        depth = (len(line) - len(line.lstrip())) // 4 - 1
        above[depth:] = [line.strip()]
        paths.add("".join(above))
    return paths


def built(package: str) -> set[str]:
    """Return the folders of a package, and its modules; a package's face goes with its folder."""
    modules = [path for path in (ROOT / package).rglob("*.py") if path.name != "__init__.py"]
    faces = [path.parent for path in (ROOT / package).rglob("__init__.py")]
    return {str(path.relative_to(ROOT)) for path in modules} | {f"{at.relative_to(ROOT)}/" for at in faces}


def test_the_map_draws_every_module() -> None:
    for package in ("gazetteer", "geodata", "service"):
        assert built(package) == {path for path in drawn() if path.startswith(f"{package}/")}


def test_every_room_of_the_library_stands_on_a_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    floors = {name for floor in layers["layers"] for name in floor.split(" | ")}
    rooms = {path.split("/")[1].removesuffix(".py") for path in built("gazetteer") if path != "gazetteer/"}
    assert rooms - {"__main__"} == floors


def test_at_most_twelve_modules_stand_at_the_library_s_root() -> None:
    assert len([*(ROOT / "gazetteer").glob("*.py")]) <= 12
