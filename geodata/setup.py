"""From the publishers' files of a folder to the user's own gazetteer, which answers where none is named.

The new file is built and checked beside the one that is there, and takes its place only if every promise is
kept. Whatever stops it, a fault or Ctrl-C, leaves the old one as it was.
"""

from pathlib import Path
from typing import NamedTuple

from gazetteer.errors import GazetteerFileError
from geodata.assemble import Built, build_from
from geodata.build import cache_folder
from geodata.check import check_file


class Installed(NamedTuple):
    """What was built, and the promises that it breaks: with any of these it was not installed."""

    built: Built
    problems: tuple[str, ...]


def pulled_folder(*, odbl: bool) -> Path:
    """Return where `setup` pulls to: what is under the ODbL stays apart, so that no other build finds it."""
    return cache_folder() / ("pulled-with-odbl" if odbl else "pulled")


def install(folder: Path, target: Path) -> Installed:
    """Build from a folder, check, and install; errors as :func:`build_from` has them."""
    unchecked = target.with_name(f"unchecked-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        built = build_from(folder, unchecked)
        problems = check_file(unchecked).problems
        if not problems:
            unchecked.replace(target)
        return Installed(built, problems)
    except GazetteerFileError:
        raise
    except OSError as error:
        raise GazetteerFileError(
            f"{target} can't be written: {error.strerror}; nothing was installed"
        ) from error
    finally:
        unchecked.unlink(missing_ok=True)
