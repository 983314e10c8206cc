"""The documentation is run: what it shows is what the programs answer.

Every ``console`` block of the documents is typed in, a line that begins with ``$`` at a time, in a copy of
what a reader has at hand, and the output must be the one shown; ``…`` or ``...`` stands for anything left
out. A command that ends in ``&`` keeps running until the document ends: that is how a server is
started, with variables of its own where they stand before it (``NAME=value gazetteer-serve … &``). Every
``python`` block is run too, as a doctest where it has prompts.

A block that cannot be run says so to the reader, in the line above it: ``*Not run in the tests: why.*``
One file, and longer than others, because `make check` runs it alone.
"""

import doctest
import importlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import typer

import gazetteer.cli.main
import geodata.cli
import service.cli
import service.mcp
from gazetteer import LatLon, Place, PlaceKind
from gazetteer.geodesy import destination
from gazetteer.incidents import Incident
from gazetteer.near import near
from tests.conftest import DEFAULT_ANSWERED
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = [*GUIDES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
DOCUMENTS += [ROOT / "examples" / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("gazetteer", "geodata", "service")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.stem != "__main__"
]
COMMANDS = {
    "gazetteer": gazetteer.cli.main.app,
    "gazetteer-data": geodata.cli.app,
    "gazetteer-mcp": service.mcp.app,
    "gazetteer-serve": service.cli.app,
}

NOT_RUN = re.compile(r"\*Not run in the tests: \S.{8,}\*")
FENCE = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.S | re.M)
#: The console scripts of this Python, whatever the path of the person who runs the tests.
SCRIPTS = Path(sys.executable).parent
#: The ports that the documents speak of, of the first server and of a second; those used are free.
PORTS = ("8000", "8001")
#: What documents ask of curl, for machines without it.
CURL = f"#!{sys.executable}\n" + (ROOT / "tests" / "curl.py").read_text("utf-8")


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    path: Path
    line: int
    language: str
    text: str
    above: str

    @property
    def is_run(self) -> bool:
        return not NOT_RUN.fullmatch(self.above)

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(ROOT)}, line {self.line}"


@dataclass(frozen=True)
class Step:
    """A command in a console block, and the output shown under it."""

    where: str
    command: str
    shown: str


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks_in(path: Path) -> list[Block]:
    text = path.read_text("utf-8")
    return [
        Block(
            path=path,
            line=text.count("\n", 0, found.start()) + 1,
            language=found["info"].strip(),
            text=found["body"],
            above=text[: found.start()].rstrip().rpartition("\n")[2],
        )
        for found in FENCE.finditer(text)
    ]


def steps_in(block: Block) -> Iterator[Step]:
    """Yield the commands of a console block; one that ends in a backslash goes on in the next line."""
    command, shown, at, goes_on = "", list[str](), 0, False
    for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
        if goes_on:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield Step(f"{name_of(block.path)}, line {at}", command, "\n".join(shown))
            command, shown, at = line[2:], [], number
        else:
            assert command, f"{name_of(block.path)}, line {number}: a console block begins with '$ '"
            shown.append(line)
        goes_on = command.endswith("\\") and not shown
    if command:
        yield Step(f"{name_of(block.path)}, line {at}", command, "\n".join(shown))


def differs(shown: str, said: str) -> bool:
    """Whether an output is not the one shown, where an ellipsis stands for anything."""
    shown, said = (re.sub(r"[ \t]+$", "", text, flags=re.M).strip("\n") for text in (shown, said))
    parts = re.split(r"…|\.\.\.", shown)
    # An ellipsis that the command itself prints is met by the one that is shown.
    return re.fullmatch(".*?".join(map(re.escape, parts)), said, re.S) is None


@dataclass
class Shell:
    """A folder with what a reader has at hand, and the processes that run in it."""

    folder: Path
    ports: dict[str, str]
    running: list["subprocess.Popen[str]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / "examples", self.folder / "examples")
        tools = self.folder.parent / "tools"
        tools.mkdir()
        (tools / "curl").write_text(CURL, "utf-8")
        (tools / "curl").chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(tools), str(SCRIPTS), os.environ["PATH"]]),
            "COLUMNS": "80",
            "PYTHONUTF8": "1",
        }

    def run(self, command: str) -> tuple[str, int]:
        """Run a command and return what a terminal would show, and the exit code."""
        if command.endswith("&"):
            return self._start(command.rstrip("& ")), 0
        done = subprocess.run(
            ["/bin/sh", "-c", self.as_run(command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environment,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return self._as_written(done.stdout), done.returncode

    def _start(self, command: str) -> str:
        words, variables = shlex.split(command), dict[str, str]()
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        if words[0] == "gazetteer-serve" and "--port" not in words:
            words += ["--port", PORTS[0]]
        words = [self.ports.get(word, word) for word in words]
        process = subprocess.Popen(
            [str(SCRIPTS / words[0]), *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={**self.environment, **variables},
            encoding="utf-8",
        )
        self.running.append(process)
        assert process.stdout is not None
        return self._as_written(process.stdout.readline())

    def _as_written(self, output: str) -> str:
        output = output.replace("\r\n", "\n")  # as a terminal shows the headers that curl -i prints
        for shown, used in self.ports.items():
            output = output.replace(f":{used}", f":{shown}")
        return output.replace(f"{self.folder}{os.sep}", "")

    def as_run(self, text: str) -> str:
        """Return a command or a program with the ports that are used for those that are shown."""
        for shown, used in self.ports.items():
            text = text.replace(f":{shown}", f":{used}")
        return text

    def close(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


@pytest.fixture
def shell(tmp_path: Path, user_cache: Path) -> Iterator[Shell]:
    folder = tmp_path / "reader"
    folder.mkdir()
    opened = Shell(folder, {shown: str(free_port()) for shown in PORTS})
    yield opened
    opened.close()


def has_run(path: Path) -> bool:
    return any(block.language in ("console", "python") and block.is_run for block in blocks_in(path))


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if has_run(path)], ids=name_of)
def test_a_document_shows_what_is_answered(path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shell.folder)
    names: dict[str, Any] = {"__name__": "__document__"}
    for block in filter(lambda block: block.is_run, blocks_in(path)):
        if block.language == "console":
            run_console(block, shell)
        elif block.language == "python":
            run_python(replace(block, text=shell.as_run(block.text)), names)


def run_console(block: Block, shell: Shell) -> None:
    for step in steps_in(block):
        said, code = shell.run(step.command)
        if not DEFAULT_ANSWERED.search(f"{step.shown}\n"):
            said = DEFAULT_ANSWERED.sub("", said)
        assert not differs(step.shown, said), f"{step.where}: $ {step.command}\nprints\n{said}"
        says_error = re.search(r"^(gazetteer(-data|-mcp|-serve)?: |Error: )", step.shown, re.M)
        assert code == 0 or says_error, f"{step.where}: $ {step.command}\nexits with {code}, shows no error"


def run_python(block: Block, names: dict[str, Any]) -> None:
    if ">>>" not in block.text:
        exec(compile(block.text, block.where, "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block.text, names, block.where, str(block.path), block.line)
    check_examples([test])
    names.update(test.globs)


def check_examples(tests: list[doctest.DocTest]) -> None:
    report = list[str]()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    failed = sum(runner.run(test, out=report.append, clear_globs=False).failed for test in tests)
    assert 0 == failed, "".join(report)


def module_examples() -> list[str]:
    """Return the modules that show examples, told by their source so that collecting imports none."""
    found = list[str]()
    for module in MODULES:
        path = ROOT.joinpath(*module.split("."))
        source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        if ">>> " in source.read_text("utf-8"):
            found.append(module)
    return found


@pytest.mark.parametrize("module", module_examples())
def test_the_examples_in_a_module_hold(module: str) -> None:
    imported = importlib.import_module(module)
    tests = [test for test in doctest.DocTestFinder().find(imported, module) if test.examples]
    assert tests, f"{module} has '>>>' where doctest doesn't look: move it into a docstring"
    check_examples(tests)


def commands(line: str, command: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield each command that does something, such as "gazetteer resolve", with its options."""
    verbs = getattr(command, "commands", {})
    if not verbs or command.invoke_without_command:
        yield line, [max(p.opts, key=len) for p in command.params if p.param_type_name == "option"]
    for verb in sorted(verbs):
        yield from commands(f"{line} {verb}", verbs[verb])


def test_every_command_is_shown_with_its_options() -> None:
    text = "\n".join(path.read_text("utf-8") for path in GUIDES)
    for program, app in COMMANDS.items():
        for line, options in commands(program, typer.main.get_command(app)):
            assert re.search(rf"{re.escape(line)}(?![\w-])", text), f"no guide shows `{line}`"
            assert [] == [name for name in options if name not in text], line


def test_no_command_of_ours_stands_where_it_is_not_run() -> None:
    """Commands belong in ``console`` blocks; one in another block could be wrong for years."""
    ours = re.compile(r"^\s*(\$ |(gazetteer|gazetteer-data|gazetteer-mcp|gazetteer-serve) )", re.M)
    for path in DOCUMENTS:
        loose = [b.where for b in blocks_in(path) if b.language != "console" and ours.search(b.text)]
        indented = re.findall(r"^ {4}(?:\$ )?gazetteer.*", FENCE.sub("", path.read_text("utf-8")), re.M)
        assert ([], []) == (loose, indented), path


def test_links_and_make_targets_lead_somewhere() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        assert [] == [link for link in links if not (path.parent / link).exists()], path
        assert set() == set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M)) - targets, path


def test_the_readme_opens_with_a_sentence_the_two_commands_and_a_session() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    _title, sentence, rest = text.split("\n\n", 2)
    assert 1 == len(re.findall(r"[.!?](?=\s|$)", sentence))
    first, second, *_ = blocks_in(ROOT / "README.md")
    assert ["make demo", "make test"] == [line.split("  ")[0] for line in first.text.splitlines()]
    assert ("console", True) == (second.language, second.is_run)
    assert rest.startswith("```")


def test_an_output_is_compared_up_to_what_is_left_out() -> None:
    for shown, said in (("a\nb\n", "a\nb"), ("a … c", "a b c"), ("a\n...\nd", "a\nb\nc\nd\n")):
        assert not differs(shown, said), (shown, said)
    for shown, said in (("a\nb", "a\nc"), ("a\n...", "b\nc"), ("", "something"), ("a.c", "abc")):
        assert differs(shown, said), (shown, said)


def test_the_picture_of_the_discs_says_what_near_says_of_them() -> None:
    picture = (ROOT / "docs" / "img" / "discs.svg").read_text("utf-8")
    circles = [tuple(map(float, one)) for one in re.findall(r'<circle cx="(.+?)" .*? r="(.+?)"', picture)]
    words = re.findall(r">(.+)</text>", picture)
    for panel in range(4):  # the hospital's circle of 5 km, the strike's disc and its middle
        (home, reach), (at, radius), _ = circles[3 * panel : 3 * panel + 3]
        hospital = Place("1", "Hospital", "", PlaceKind.HOSPITAL, LatLon(35.93, 36.63), uncertainty_m=0.0)
        metres = 5_000.0 / reach
        spot = destination(hospital.position, azimuth_deg=90.0, distance_m=(at - home) * metres)
        (row,) = near([Incident("1", None, spot, radius * metres, (), {})], [hospital], within_m=5_000.0).rows
        share = "no probability" if row.probability is None else f"probability {row.probability:.2f}"
        assert [row.certainty, share] == words[2 * panel : 2 * panel + 2]


def test_every_promise_is_shown_by_tests_that_exist() -> None:
    promises: list[str] = []
    for page in ("reliability.md", "responsible-use.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for table in re.findall(r"^\| promise \| shown by \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M):
            promises += table.splitlines()
    assert len(promises) > 40
    assert [] == [row for row in promises if "](../tests/" not in row]
    for name, path in re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", "\n".join(promises)):
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), (path, name)
