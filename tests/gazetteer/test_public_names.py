"""What `from gazetteer import ...` promises: the names, their documentation, and a quick import."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

import gazetteer
from gazetteer import errors
from gazetteer.cli.main import app

MODULES = [
    "gazetteer",
    *(
        info.name
        for info in pkgutil.walk_packages(gazetteer.__path__, "gazetteer.")
        if not info.name.endswith("__main__")
    ),
]


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


def test_all_errors_are_public() -> None:
    defined = {n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception)}
    assert defined <= set(gazetteer.__all__)


@pytest.mark.parametrize("name", gazetteer.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    value = getattr(gazetteer, name)
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}(")  # the signature that dataclass writes is no docstring


@pytest.mark.parametrize("name", gazetteer.__all__)
def test_every_public_method_is_documented(name: str) -> None:
    value = getattr(gazetteer, name)
    members = vars(value).items() if inspect.isclass(value) else ()
    bare = [
        member
        for member, function in members
        if not member.startswith("_")
        and (inspect.isfunction(function) or isinstance(function, (property, classmethod)))
        and not inspect.getdoc(function)
    ]
    assert [] == bare


@pytest.mark.parametrize("module_name", MODULES)
def test_every_module_has_a_docstring_and_an_all_that_exists_and_is_documented(module_name: str) -> None:
    module = importlib.import_module(module_name)
    assert module.__doc__
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
    "resolve": ["resolve"],
    "reverse": ["reverse"],
    "distance": ["distance"],
    "enrich": ["enrich_file"],
    "evaluate": ["evaluate"],
    "calibrate": ["calibrate"],
    "info": ["info"],
    "geoparse": ["geoparse_file"],
    "near": ["near", "count_near", "targets"],
    "count": ["count"],
    "ask": ["ask"],
}
#: What a person sees, and what a method is called on; and ways of writing what has one name in Python.
OF_COMMANDS = {"gazetteer", "calibration", "json", "all", "quiet", "output"}
GROUPS = {"reading": gazetteer.TableOptions, "selection": gazetteer.SelectionOptions}
OTHERWISE = {"admin1": "admin", "admin2": "admin", "admin3": "admin", "from": "from_"}


@pytest.mark.parametrize("command", METHODS)
def test_what_a_command_does_a_method_does_with_the_same_words(command: str) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined] # it is a group
    assert METHODS.keys() == commands.keys()
    taken: set[str] = set()
    for name in METHODS[command]:
        signature = inspect.signature(getattr(gazetteer.Gazetteer, name))
        taken |= signature.parameters.keys()
        for group in taken & GROUPS.keys():
            taken |= GROUPS[group].__annotations__.keys()
    options = {
        max(one.opts, key=len).lstrip("-") for one in commands[command].params if one.opts[0][0] == "-"
    }
    words = {option.removeprefix("of-").replace("-", "_") for option in options - OF_COMMANDS}
    assert set() == {OTHERWISE.get(word, word) for word in words} - taken


def test_an_option_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"there is no option 'colour': see gazetteer.TableOptions"):
        gazetteer.Gazetteer.open().count("examples/incidents.csv", colour="red")  # type: ignore[call-arg]


def test_subject_first_then_keywords_only() -> None:
    for method in (gazetteer.Gazetteer.resolve, gazetteer.Gazetteer.places):
        options = [
            p.name
            for p in inspect.signature(method).parameters.values()
            if p.default is not p.empty and p.kind is not p.KEYWORD_ONLY
        ]
        assert [] == options
