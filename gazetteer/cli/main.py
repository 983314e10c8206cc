"""The command `gazetteer`: arguments in, text out.

Every command takes ``--gazetteer FILE`` (or ``GAZETTEER_FILE``; else the embedded default),
``--calibration FILE`` (or ``GAZETTEER_CALIBRATION``; else the packaged one) and ``--json``. Answers go to
stdout, notes and errors to stderr; :mod:`gazetteer.cli.running` says how a command ends.

Nothing heavy is imported until a command needs it, so that a look-up starts in under a second.
"""

import sys
from typing import Annotated

from gazetteer.cli import incidents, places, tables
from gazetteer.cli.options import with_groups
from gazetteer.cli.running import application, version_option

app = application("gazetteer", no_args_is_help=True)


@app.callback()
def _root(version: Annotated[bool, version_option("gazetteer")] = False) -> None:
    """Find places in Syria by the names that reports give them.

    Start with: gazetteer resolve "Saraqeb, Idlib". 'gazetteer COMMAND --help' says more of a command.
    """


for command in (
    places.resolve,
    places.reverse,
    places.distance,
    tables.enrich,
    tables.evaluate,
    tables.calibrate,
    tables.geoparse,
    incidents.near,
    incidents.count,
    incidents.ask,
    incidents.leaks,
    places.info,
    places.export,
):
    is_numeric = command in (places.reverse, places.distance)  # where -33.5 is a number and no option
    app.command(context_settings={"ignore_unknown_options": is_numeric})(with_groups(command))


def main() -> None:
    """Run the command, with streams that can write every name in any code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="gazetteer")
