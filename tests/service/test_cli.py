"""The command: what it serves, what an operator may set, and what it refuses in one line."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from service.cli import app
from service.key_file import KeyFile, default_key_file
from service.settings import Settings, is_loopback, settings_of
from tests.service.asking import INCIDENTS, KEY
from tests.service.serving import Server, serve

TABLE = "date,place,area\n2016-05-30,Idlib,Idlib\n2016-05-31,Kafranbel,Idlib\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a real server on the embedded default, which takes bodies of a megabyte."""
    folder = tmp_path_factory.mktemp("serve")
    table = folder / "incidents.csv"
    table.write_text(TABLE, encoding="utf-8")
    with serve("--incidents", str(table), folder=folder, GAZETTEER_MAX_BODY_MB="1") as running:
        yield running


def refused(*arguments: str, key: str = "") -> tuple[int, str]:
    result = CliRunner(env={"GAZETTEER_API_KEY": key}).invoke(app, arguments)
    assert 1 == len(result.stderr.splitlines()), result.stderr
    return result.exit_code, result.stderr


def test_the_command_serves_names_incidents_and_questions(server: Server) -> None:
    assert 200 == server.get("/healthz")[0]
    found = json.loads(server.get("/v1/distance?from=Aleppo&to=Idlib")[1])
    assert "southwest" == found["compass"]
    assert 56_000 == pytest.approx(found["distance_m"], abs=1500)
    near = json.loads(server.get(f"{INCIDENTS}?near=hospital&within=5km")[1])
    assert ["1", "2"] == [feature["id"] for feature in near["features"]]
    status, text = server.get("/v1/ask?question=nearest+hospital+to+Kafranbel")
    assert (200, True) == (status, "distance_m" in text)


def test_a_server_on_the_embedded_default_says_so_at_its_start(server: Server) -> None:
    assert "gazetteer-serve: Answered from the embedded default, which knows" in server.log.read_text()


def test_the_about_pages_examples_are_all_found(server: Server) -> None:
    page = server.get("/about")[1]
    addresses = [part.split('"')[0].replace("&amp;", "&") for part in page.split('<dd><a href="')[1:]]
    assert 6 == len(addresses)
    assert [200] * 6 == [server.get(address)[0] for address in addresses]


def test_the_largest_body_can_be_set_by_the_environment(server: Server) -> None:
    sent = b"POST /v1/resolve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n"
    assert "at most 1,000,000 bytes" in server.raw(sent)[1]


def test_a_server_does_not_say_what_it_is_made_of(server: Server) -> None:
    ends = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for target in (b"GET /healthz", b"GET /static/style.css", b"GET /nothing", b"no"):
        head = server.raw(target + ends)[0].casefold()
        assert head.startswith("http/1.")
        assert "\r\nserver:" not in head
        assert not [word for word in ("waitress", "python", "werkzeug", "flask") if word in head]


def test_a_port_in_use_is_one_line() -> None:
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        with socket.socket(family) as taken:
            taken.bind((host, 0))
            taken.listen()
            code, message = refused("--host", host, "--port", str(taken.getsockname()[1]))
        assert (1, True) == (code, "Choose another with --port" in message), message


#: Options that can't be used, by some words of what is said of them.
UNUSABLE = {
    "--tier public": ["--host 0.0.0.0"],
    "GAZETTEER_API_KEY": ["--host ::"],
    "gazetteer-serve keys add": ["--allowed-host places.example.org"],
    "is no web origin": [
        f"--tier public --allow-origin {one}" for one in ("*", "https://example.org/path", "example.org")
    ],
    "is no host name": [
        f"--tier public --allowed-host {one}"
        for one in ("https://example.org", "example.org:80", "*.example.org")
    ],
    "is no address of tiles": [
        "--tiles https://example.org/tiles",
        *(
            f"--tiles https://{host}/{{z}}/{{x}}/{{y}}.png"
            for host in ("{s}", "{s}.org", "tiles.{s}", "{z}.example.org", "a@example.org", "خريطة.example")
        ),
    ],
    "write it as 300/minute": [
        *(
            f"--rate-limit {one}"
            for one in ("300", "0/minute", "300/fortnight", "-1/second", "many", "1/minute;x")
        ),
        "--key-rate-limit 300",
    ],
    "can't be made sensitive": ["--sensitive governorate"],
    "elf": ["--sensitive elf"],
    "'partner' or 'public'": ["--withhold-names full", "--withhold-names all", "--tier secret"],
    "--incidents: name it": ["--publish url", "--public-table"],
    "--port": ["--port x", "--port 70000", "--port -1"],
    "--max-body-mb": ["--max-body-mb 0"],
    "--max-rows": ["--max-rows 0"],
    "--trusted-proxies": ["--trusted-proxies 11"],
    "--tier is for the server": ["--tier public keys list"],
}


def test_what_can_not_be_used_is_one_line_that_names_it_and_exit_2(tmp_path: Path) -> None:
    for words, many in UNUSABLE.items():
        for options in many:
            code, message = refused(*options.split())
            assert (2, True) == (code, words in message), message
    code, message = refused("--host", "0.0.0.0", key="hunter2")
    assert (2, True, False) == (code, "16 characters" in message, "hunter2" in message)
    missing = str(tmp_path / "nothing.x")
    for option, expected in (("--gazetteer", 1), ("--incidents", 2)):
        code, message = refused("--port", "0", option, missing)
        assert (expected, True) == (code, missing in message), message


def test_every_setting_but_the_key_is_an_option_with_what_it_does() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--help"]).stdout
    for name, one in Settings.model_fields.items():
        assert (f"--{name.replace('_', '-')}" in shown) == (name != "api_key"), name
        assert one.description or name == "api_key"


# ------------------------------------------------------------------------------------------------- settings


def test_an_address_that_others_reach_needs_a_key_or_the_tier_public() -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"):
        assert is_loopback(host)
        assert not Settings(host=host, allowed_host=("localhost",)).is_exposed
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org", ""):
        assert not is_loopback(host)
        with pytest.raises(ValidationError, match="sensitive"):
            Settings(host=host)
        assert Settings(host=host, tier="public").is_exposed
        assert Settings(host=host, api_key=SecretStr(KEY)).is_exposed
    with pytest.raises(ValidationError, match=r"places\.example\.org"):
        Settings(allowed_host=("places.example.org",))


def test_the_environment_sets_what_no_option_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTEER_PORT", "8081")
    monkeypatch.setenv("GAZETTEER_TIER", "public")
    monkeypatch.setenv("GAZETTEER_ALLOWED_HOST", "a.example, B.example")
    monkeypatch.setenv("GAZETTEER_API_KEY", f" {KEY} ")
    found = settings_of({"port": "8082"})
    assert (8082, "public", ("a.example", "B.example")) == (found.port, found.tier, found.allowed_host)
    assert found.api_key is not None
    assert KEY == found.api_key.get_secret_value()


def test_the_users_keys_are_taken_and_a_server_with_keys_writes_an_audit_log(tmp_path: Path) -> None:
    assert (None, None) == (settings_of({}).keys, settings_of({}).audit)
    KeyFile(default_key_file()).add("desk", tier="public", scope="read", expires=None)
    found = settings_of({"store": str(tmp_path / "store.sqlite")})
    assert (default_key_file(), tmp_path / "audit.jsonl") == (found.keys, found.audit)
    assert "audit.jsonl" == str(settings_of({}).audit and settings_of({}).audit.name)  # type: ignore[union-attr]
    default_key_file().unlink()


def test_secrets_are_not_shown() -> None:
    secret = "secret" * 4
    shown = Settings(api_key=SecretStr(secret), store=f"postgresql://me:{secret}@host/db")  # type: ignore[arg-type]
    assert "secret" not in repr(shown)


def test_ctrl_c_while_it_is_being_loaded_is_one_line() -> None:
    interrupted = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "service.settings":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from service.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, check=False)
    assert (130, "", "\ngazetteer-serve: stopped\n") == (done.returncode, done.stdout, done.stderr)
