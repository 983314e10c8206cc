"""What `from gazetteer import ...` promises: names, their documentation, errors, and a quick import."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

import gazetteer
from gazetteer import errors
from gazetteer.cli.main import app
from tests.gazetteer.cli.running import refusal

MODULES = [info.name for info in pkgutil.walk_packages(gazetteer.__path__, "gazetteer.")]
ERRORS = sorted(n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception))
#: A line of the tree of errors that is drawn in the docstring of their module.
DRAWN = re.compile(r"^ {4}(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)(?: \((?P<builtin>\w+)\))?(?: |$)")


def test_all_equals_everything_importable() -> None:
    tree = ast.parse(Path(gazetteer.__file__).read_text("utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    public = {
        name
        for name, value in vars(gazetteer).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert sorted(imported) == gazetteer.__all__
    assert sorted(public) == gazetteer.__all__


def test_the_tree_of_errors_drawn_is_the_tree_that_is_and_all_are_public() -> None:
    drawn: dict[str, list[str]] = {}
    above = ["Exception"]
    for line in map(DRAWN.match, (errors.__doc__ or "").splitlines()):
        if line:
            depth = len(line["indent"]) // 4 + 1
            above[depth:] = [line["name"]]
            drawn[line["name"]] = [above[depth - 1], *([line["builtin"]] if line["builtin"] else [])]
    assert drawn == {name: [base.__name__ for base in getattr(errors, name).__bases__] for name in ERRORS}
    assert set(ERRORS) <= set(gazetteer.__all__)


def test_an_input_error_carries_its_parameter() -> None:
    for name in ERRORS:
        if issubclass(kind := getattr(errors, name), errors.InputError):
            error = kind("say what to do", parameter="within")
            assert ("say what to do", "within") == (str(error), error.parameter)
            assert kind("no parameter").parameter is None


def test_every_public_name_and_method_is_documented() -> None:
    for name in gazetteer.__all__:
        value = getattr(gazetteer, name)
        assert value.__doc__, name
        assert not value.__doc__.startswith(f"{name}("), f"{name} has the signature that dataclass writes"
        members = vars(value).items() if inspect.isclass(value) else ()
        bare = [
            member
            for member, function in members
            if not member.startswith("_")
            and (inspect.isfunction(function) or isinstance(function, (property, classmethod)))
            and not inspect.getdoc(function)
        ]
        assert [] == bare, name


def test_every_module_has_a_docstring_and_an_all_that_exists_and_is_documented() -> None:
    for module_name in ("gazetteer", *MODULES):
        if module_name == "gazetteer.__main__":
            continue
        module = importlib.import_module(module_name)
        assert module.__doc__, module_name
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert inspect.getdoc(value), f"{module_name}.{name}"


def test_importing_the_library_imports_neither_pandas_nor_a_web_framework_nor_opens_files() -> None:
    heavy = "{'geopandas', 'pandas', 'numpy', 'flask', 'pyproj', 'shapely', 'rtree', 'sklearn', 'requests'}"
    program = f"import sys, gazetteer; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]" == found.stdout.strip()


#: Each command, and the methods that do what it does.
METHODS = {
    **{
        name: [name]
        for name in "resolve reverse distance evaluate calibrate info export count ask leaks".split()
    },
    "demo": ["enrich_file", "ask"],
    "enrich": ["enrich_file"],
    "geoparse": ["geoparse_file"],
    "near": ["near", "count_near", "targets"],
}
#: What a person sees, and what a method is called on; and ways of writing what has one name in Python.
OF_COMMANDS = {"gazetteer", "calibration", "json", "all", "quiet", "output", "fail"}
GROUPS = {"reading": gazetteer.TableOptions, "selection": gazetteer.SelectionOptions}
OTHERWISE = {"admin1": "admin", "admin2": "admin", "admin3": "admin", "from": "from_"}


def test_what_a_command_does_a_method_does_with_the_same_words() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined] # it is a group
    assert METHODS.keys() == commands.keys()
    for command, methods in METHODS.items():
        taken: set[str] = set()
        for method in methods:
            taken |= inspect.signature(getattr(gazetteer.Gazetteer, method)).parameters.keys()
        for group in taken & GROUPS.keys():
            taken |= GROUPS[group].__annotations__.keys()
        named = [max(one.opts, key=len) for one in commands[command].params if one.opts[0][0] == "-"]
        options = {option.lstrip("-") for option in named} - OF_COMMANDS
        words = {option.removeprefix("of-").replace("-", "_") for option in options}
        assert set() == {OTHERWISE.get(word, word) for word in words} - taken, command


def test_an_option_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"there is no option 'colour': see gazetteer.TableOptions"):
        gazetteer.Gazetteer.open().count("examples/incidents.csv", colour="red")  # type: ignore[call-arg]


def test_near_never_writes_over_the_table_of_places(tmp_path: Path) -> None:
    table, places = tmp_path / "a.csv", tmp_path / "f.csv"
    table.write_text("id,latitude,longitude\n1,35.9,36.6\n", encoding="utf-8")
    places.write_text("name,latitude,longitude\nx,35.9,36.6\n", encoding="utf-8")
    before = places.read_bytes()
    refusal("near", table, "--of", places, "--within", "5km", "-o", places)
    assert before == places.read_bytes()


def test_subject_first_then_keywords_only() -> None:
    for method in (gazetteer.Gazetteer.resolve, gazetteer.Gazetteer.places):
        parameters = inspect.signature(method).parameters.values()
        options = [p for p in parameters if p.default is not p.empty]
        assert [] == [p.name for p in options if p.kind is not p.KEYWORD_ONLY]
