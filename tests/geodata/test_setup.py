"""From the embedded default to the full gazetteer by one command, and nothing lost on the way."""

import io
import zipfile
from pathlib import Path

import pytest

from gazetteer import Gazetteer
from geodata.build import default_file, embedded_file, installed_file
from geodata.check import Checked, check_file
from tests.faults.inputs import an_upstream, contents
from tests.geodata.http_server import PACKAGE, Answer, Server, package, resource
from tests.geodata.running import run

AREAS, TOWNS = "/download/syr_admin_boundaries.shp.zip", "/download/locations.csv"
#: What is asked of the publishers, in order.
ASKED = [f"{PACKAGE}cod-ab-syr", AREAS, f"{PACKAGE}syrian-arab-republic-pop-places", TOWNS]
ASKED += ["/export/dump/SY.zip", "/export/dump/alternatenames/SY.zip"]


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a user's own folder of data, which isn't there yet."""
    folder = tmp_path / "own data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_upstream(tmp_path_factory.mktemp("publishers") / "files")


@pytest.fixture
def publishers(server: Server, upstream: Path) -> Server:
    """A server with what the publishers have, under their own paths."""
    packed, towns = io.BytesIO(), (upstream / "Locations.csv").read_bytes()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(upstream.glob("adm*")):
            archive.write(path, path.name)
    server.put(ASKED[0], package(resource(AREAS, packed.getvalue())))
    server.put(AREAS, Answer(packed.getvalue(), etag='"areas"'))
    server.put(ASKED[2], package(resource(TOWNS, towns, format="CSV")))
    server.put(TOWNS, Answer(towns, etag='"towns"'))
    for address in ASKED[4:]:
        server.put(address, Answer((upstream / "SY.zip").read_bytes(), etag='"names"'))
    return server


def test_the_full_gazetteer_is_pulled_built_checked_and_is_the_users_own(
    publishers: Server, cache: Path
) -> None:
    assert default_file() == embedded_file()
    done = run("setup", "--mirror", publishers.url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert publishers.paths() == ASKED  # and nothing under the ODbL
    before, _, after = done.stdout.partition("\n\n")
    assert "about 20 MB and two minutes" in before
    assert str(installed_file()) in before
    assert "OpenStreetMap is left out" in before
    assert after.endswith(f"To go back to the embedded default, delete {installed_file()}.\n")
    assert default_file() == installed_file()
    with Gazetteer.open() as gazetteer:
        assert gazetteer.place("C1001").name == "Saraqab"
        assert gazetteer.info().default_words == ""
    done = run("setup", "--mirror", publishers.url)
    assert (done.exit_code, done.stdout.count("already current")) == (0, 4)
    installed_file().unlink()
    assert default_file() == embedded_file()


def test_whatever_stops_a_setup_what_was_installed_stays(
    publishers: Server, upstream: Path, own: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("setup", "--from", upstream).exit_code == 0
    before = contents(own)

    def interrupted(path: Path) -> object:
        raise KeyboardInterrupt

    publishers.put(TOWNS, Answer(b"", 404))
    (nothing := cache / "nothing").mkdir(parents=True)
    (nothing / "other.csv").write_text("a,b\n1,2\n")
    cases = (
        (("--mirror", publishers.url), 1, "nothing was installed: run it again later, or name a folder"),
        (("--from", nothing), 1, "is a source that we know"),
        (("--from", nothing / "none"), 1, "none"),
    )
    for arguments, code, sentence in cases:
        done = run("setup", *arguments)
        assert (done.exit_code, sentence in done.stderr) == (code, True), done.stderr
        assert contents(own) == before
    monkeypatch.setattr("geodata.setup.check_file", interrupted)
    done = run("setup", "--from", upstream)
    assert (done.exit_code, "run the same command again" in done.stderr) == (130, True)
    assert contents(own) == before


def test_a_gazetteer_that_breaks_promises_is_not_installed(
    upstream: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> Checked:
        return check_file(path)._replace(problems=("no area has a name",))

    monkeypatch.setattr("geodata.setup.check_file", broken)
    done = run("setup", "--from", upstream)
    assert done.exit_code == 1
    assert "broken: no area has a name\n" in done.stderr
    assert contents(own) == {}


def test_an_environment_that_names_another_file_is_said(
    upstream: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTEER_FILE", "other.gpkg")
    done = run("setup", "--from", upstream)
    assert "'gazetteer' still answers from other.gpkg, which GAZETTEER_FILE names: unset that." in done.stdout
