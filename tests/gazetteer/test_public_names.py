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

import gazetteer
from gazetteer import errors

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


def test_subject_first_then_keywords_only() -> None:
    for method in (gazetteer.Gazetteer.resolve, gazetteer.Gazetteer.places):
        options = [
            p.name
            for p in inspect.signature(method).parameters.values()
            if p.default is not p.empty and p.kind is not p.KEYWORD_ONLY
        ]
        assert [] == options
