"""Running the command `gazetteer-data` in this process."""

from typer.testing import CliRunner, Result

from geodata.cli import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])
