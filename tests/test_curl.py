"""The documents' curl sends what curl would."""

from pathlib import Path

import pytest

from tests import curl
from tests.ports import Handler, serving

FORM = "application/x-www-form-urlencoded"


class Echo(Handler):
    """Answers with what it was sent."""

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.encode("latin-1").decode()
        kind, odd = self.headers.get("Content-Type", ""), self.headers.get("X-Odd", "")
        self.send_response_only(200)
        self.end_headers()
        self.wfile.write(f"{self.command} {path} {kind} {odd}\n".encode() + body)

    do_GET = do_POST = do_PUT = _echo  # noqa: N815 - names of the base class


def test_each_option_sends_what_it_should_and_none_is_taken_that_only_the_real_one_has(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n", "utf-8")
    with serving(Echo) as address:
        for arguments, said in (
            (["-s"], "GET /a?b=إدلب  \n"),
            (["-i"], "HTTP/1.1 200 OK\r\n\r\nGET /a?b=إدلب  \n"),
            (["-sXPUT", "-H", "X-Odd: 1"], "PUT /a?b=إدلب  1\n"),
            (["-d", "x=1"], f"POST /a?b=إدلب {FORM} \nx=1"),
            (["-d", "{}", "-H", "Content-Type: application/json"], "POST /a?b=إدلب application/json \n{}"),
            (
                ["-F", f"file=@{table}"],
                "POST /a?b=إدلب multipart/form-data; boundary=form \n--form\r\nContent-Disposition: "
                'form-data; name="file"; filename="table.csv"\r\n\r\na,b\n1,2\n\r\n--form--\r\n',
            ),
            (["--data-binary", f"@{table}"], f"POST /a?b=إدلب {FORM} \na,b\n1,2\n"),
        ):
            curl.main([*arguments, f"{address}/a?b=إدلب"])
            assert said == capfdbinary.readouterr().out.decode()
    with pytest.raises(SystemExit):
        curl.main(["--insecure", "http://127.0.0.1:9/"])
