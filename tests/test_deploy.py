"""The files of docs/deploy: they can't be run here, so what can be looked at is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

import service.cli

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "deploy"
UNIT = (FOLDER / "gazetteer.service").read_text("utf-8")
IMAGE = (FOLDER / "Dockerfile").read_text("utf-8")
GUIDE = FOLDER.with_name("deploy.md").read_text("utf-8")


def test_only_options_that_exist_are_used() -> None:
    options = {name for one in typer.main.get_command(service.cli.app).params for name in one.opts}
    for lines in (UNIT, IMAGE.partition("ENTRYPOINT")[2]):
        used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", lines))
        assert used
        assert set() == used - options


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze, which is not installed")
    unit = tmp_path / "gazetteer.service"
    unit.write_text(re.sub(r"/opt/\S+/gazetteer-serve", "/bin/true", UNIT), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)


def test_neither_has_rights_or_secrets_that_it_does_not_need_or_lets_others_in() -> None:
    assert {"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(UNIT.splitlines())
    users = re.findall(r"^USER (\S+)", IMAGE, re.M)
    assert ["10001"] == users
    assert IMAGE.index("USER 10001") < IMAGE.index("ENTRYPOINT")
    assert "--tier public" in UNIT
    assert 'CMD ["--tier", "public"]' in IMAGE
    assert not re.search(r"GAZETTEER_API_KEY=(?!…)\S", UNIT + IMAGE)


def test_the_proxy_passes_on_nothing_that_a_client_wrote_into_a_header_that_is_believed() -> None:
    (nginx,) = re.findall(r"^```nginx\n(.*?)^```", GUIDE, re.M | re.S)
    believed = {"X-Forwarded-For", "X-Forwarded-Proto"}
    assert {*believed, "Host"} <= set(re.findall(r"proxy_set_header (\S+)", nginx))


def test_the_image_copies_what_the_build_needs() -> None:
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", IMAGE, re.M) for name in line.split()}
    root = FOLDER.parent.parent
    assert {"pyproject.toml", "README.md", "LICENSE", "NOTICE", "gazetteer", "geodata", "service"} <= copied
    assert [] == [name for name in copied if not (root / name).exists()]
