"""The documents' curl sends what curl would."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import curl


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        said = f"{self.command} {self.path} {kind} {self.headers.get('X-Odd', '')}\n".encode() + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_HEAD = do_POST = do_PUT = _echo  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/a?b=c"
        server.shutdown()
        thread.join()


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-s"], "GET /a?b=c  \n"),
        (["-sXPUT", "-H", "X-Odd: 1"], "PUT /a?b=c  1\n"),
        (["-d", "x=1", "--data", "y=2"], f"POST /a?b=c {FORM} \nx=1&y=2"),
        (["-d", "{}", "-H", "Content-Type: application/json"], "POST /a?b=c application/json \n{}"),
        (["-d", "@table.csv"], f"POST /a?b=c {FORM} \na,b1,2"),
        (["--data-binary", "@table.csv"], f"POST /a?b=c {FORM} \na,b\n1,2\n"),
        (["-G", "--data-urlencode", "q=إدلب & co"], "GET /a?b=c&q=%D8%A5%D8%AF%D9%84%D8%A8+%26+co  \n"),
    ],
)
def test_each_option_sends_what_it_should(
    address: str,
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text("a,b\n1,2\n", "utf-8")
    assert 0 == curl.main([*arguments, address])
    assert said == capfdbinary.readouterr().out.decode()


def test_a_form_sends_files_with_their_names(
    address: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n", "utf-8")
    curl.main(["-F", f"file=@{table};type=text/csv", "-F", "dry=1", address])
    said = capfdbinary.readouterr().out.decode()
    assert "POST /a?b=c multipart/form-data" in said
    assert 'name="file"; filename="table.csv"\r\nContent-Type: text/csv\r\n\r\na,b\n\r\n' in said
    assert 'name="dry"\r\n\r\n1\r\n' in said


def test_the_head_is_shown_where_it_is_asked_for(
    address: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    curl.main(["-i", address])
    curl.main(["-I", address])
    curl.main(["-s", "-o", str(tmp_path / "out"), address])
    said = capfdbinary.readouterr().out.decode()
    assert (2, 1) == (said.count("HTTP/1.1 200 OK\r\n"), said.count("GET /a?b=c"))
    assert "GET /a?b=c  \n" == (tmp_path / "out").read_text("utf-8")


def test_an_option_that_the_real_one_might_have_is_refused(address: str) -> None:
    with pytest.raises(SystemExit):
        curl.main(["--insecure", address])
