"""Running the command `gazetteer` in this process, and what is to be expected of it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from gazetteer.cli.main import app

__all__ = ["answer", "refusal", "run"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*arguments: str | Path, code: int = 2) -> str:
    """The one line that a command ends with; nothing else was printed."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1
    return result.stderr
