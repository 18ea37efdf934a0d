"""Prefixes of internet exchanges, fetched from a server with a certificate of our own."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from poros_tui.cli import peeringdb
from poros_tui.cli.peeringdb import checked_url
from poros_tui.errors import UsageError
from tests.cli.program import PREFIX, CommandLine, run_program
from tests.lab.requirements import require_command
from tests.lookup.test_exchange_table import EXPORT

ANSWERS = {
    f"/api/{kind}": json.dumps({"data": rows, "meta": {}}).encode() for kind, rows in EXPORT.items()
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1 and nobody else, with its key."""
    require_command("openssl")
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ),
            *("-keyout", str(path), "-out", str(path.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    return path


@dataclass
class Mirror:
    """Answers by path: bytes, or a number of HTTP with where it leads."""

    answers: Mapping[str, bytes | tuple[int, str]]
    port: int = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/api"


@contextmanager
def serving(
    certificate: Path, answers: Mapping[str, bytes | tuple[int, str]] = ANSWERS
) -> Iterator[Mirror]:
    mirror = Mirror(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = mirror.answers.get(self.path, (404, ""))
            if isinstance(answer, bytes):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)
                return
            code, where = answer
            self.send_response(code)
            self.send_header("Location", where.replace("PORT", str(mirror.port)))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    mirror.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()


def fetch(mirror: Mirror, certificate: Path, home: Path) -> subprocess.CompletedProcess[str]:
    return run_program(
        *("update-ix", "--url", mirror.url),
        SSL_CERT_FILE=str(certificate.with_suffix(".crt")),
        XDG_CACHE_HOME=str(home),
    )


def test_prefixes_are_fetched_kept_for_their_owner_and_used(
    certificate: Path, tmp_path: Path
) -> None:
    with serving(certificate) as mirror:
        done = fetch(mirror, certificate, tmp_path)
    path = tmp_path / "poros-tui" / "exchanges.json"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"3 prefixes of 2 exchanges are in {path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    with path.open() as file:
        assert json.load(file)["ix"] == EXPORT["ix"]


def test_what_was_fetched_before_is_replaced_whole_or_not_at_all(
    certificate: Path, tmp_path: Path
) -> None:
    path = tmp_path / "poros-tui" / "exchanges.json"
    path.parent.mkdir()
    path.write_text("before")
    with serving(certificate, ANSWERS | {"/api/ix": b'{"data": "none"}'}) as mirror:
        done = fetch(mirror, certificate, tmp_path)
        assert done.returncode == 3
        assert path.read_text() == "before"
        mirror.answers = ANSWERS
        assert fetch(mirror, certificate, tmp_path).returncode == 0
    assert json.loads(path.read_text())["ixlan"] == EXPORT["ixlan"]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_certificate_of_somebody_else_is_not_trusted(certificate: Path, tmp_path: Path) -> None:
    with serving(certificate) as mirror:
        done = run_program("update-ix", "--url", mirror.url, XDG_CACHE_HOME=str(tmp_path))
        assert done.returncode == 3
        assert "its certificate is not to be trusted" in done.stderr
        mirror_of_another_name = mirror.url.replace("127.0.0.1", "localhost")
        done = run_program(
            *("update-ix", "--url", mirror_of_another_name),
            SSL_CERT_FILE=str(certificate.with_suffix(".crt")),
            XDG_CACHE_HOME=str(tmp_path),
        )
        assert done.returncode == 3
        assert "its certificate is not to be trusted" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "the server says 404 Not Found"),
        ({"/api/ixpfx": (302, "http://127.0.0.1:PORT/api/other")}, "an address without HTTPS"),
        ({"/api/ixpfx": (302, "https://127.0.0.1:PORT/api/ixpfx")}, "infinite loop"),
        (ANSWERS | {"/api/ix": b"<html>"}, "answers something else than PeeringDB does"),
        (ANSWERS | {"/api/ix": b"[]"}, "answers something else than PeeringDB does"),
        (ANSWERS | {"/api/ix": b'{"data": []}'}, "answers something else than PeeringDB does"),
        (
            ANSWERS | {"/api/ixpfx": b'{"data": [{"prefix": "0.0.0.0/0", "ixlan_id": 18}]}'},
            "has no prefixes of exchanges",
        ),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(
    answers: Mapping[str, bytes | tuple[int, str]], words: str, certificate: Path, tmp_path: Path
) -> None:
    with serving(certificate, answers) as mirror:
        done = fetch(mirror, certificate, tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(PREFIX)
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_redirect_over_https_is_followed(certificate: Path, tmp_path: Path) -> None:
    moved = {f"/old/{kind}": (302, f"https://127.0.0.1:PORT/api/{kind}") for kind in EXPORT}
    with serving(certificate, ANSWERS | moved) as mirror:
        done = run_program(
            *("update-ix", "--url", mirror.url.replace("/api", "/old/")),
            SSL_CERT_FILE=str(certificate.with_suffix(".crt")),
            XDG_CACHE_HOME=str(tmp_path),
        )
    assert done.returncode == 0, done.stderr


def test_an_answer_that_is_too_large_or_too_slow_is_not_waited_for(
    certificate: Path, tmp_path: Path, say: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("poros_tui.cli.update_ix_command.drop_privileges", lambda: None)
    with serving(certificate) as mirror:
        with monkeypatch.context() as small:
            small.setattr(peeringdb, "SIZE_MAX", 10)
            said = say("update-ix", "--url", mirror.url)
            assert (said.code, said.sentence.partition(" answers")[2]) == (
                3,
                " with more than 0 MB",
            )
        monkeypatch.setattr(peeringdb, "TIME_MAX_S", -1.0)
        said = say("update-ix", "--url", mirror.url)
        assert said.code == 3
        assert "took more than" in said.sentence


def test_nobody_there_is_said() -> None:
    done = run_program("update-ix", "--url", "https://127.0.0.1:1/api")
    assert done.returncode == 3
    assert done.stderr == (
        "poros-tui: cannot fetch https://127.0.0.1:1/api/ixpfx: Connection refused; check the "
        "network, or give --url\n"
    )


def test_a_folder_that_cannot_be_written_is_said(certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "poros-tui").write_text("no folder")
    with serving(certificate) as mirror:
        done = fetch(mirror, certificate, tmp_path)
    assert done.returncode == 3
    assert "cannot write" in done.stderr


@pytest.mark.parametrize(
    "text",
    ["", "http://a.example/api", "https://", "a.example", "https://a b/", "https://a.example/\x1b",
     "https://a.example:port/", "https://a.example/api?x=1", "https://grüße.example/"],
)  # fmt: skip
def test_a_url_is_one_over_https(text: str) -> None:
    with pytest.raises(UsageError, match="is no URL over HTTPS") as refused:
        checked_url(text)
    assert str(refused.value).isprintable()


def test_a_slash_at_its_end_goes() -> None:
    assert checked_url("https://a.example:8443/api/") == "https://a.example:8443/api"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"text", "it is no export of PeeringDB: "),
        (b'{"ixpfx": [], "ix": []}', "it has no prefixes of exchanges"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_is_none_is_refused(
    content: bytes | None, problem: str, say: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "ix.json"
    if content is not None:
        path.write_bytes(content)
    said = say("127.0.0.1", "--report", "--ix-file", str(path))
    assert said.code == 2
    assert said.sentence.startswith(f"--ix-file {path}: {problem}")
    assert said.sentence.endswith("; give an export of PeeringDB; poros-tui update-ix fetches one")


def test_what_was_fetched_and_is_damaged_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "poros-tui" / "exchanges.json"
    path.parent.mkdir()
    path.write_text("text")
    done = run_program("127.0.0.1", "--report", "-q1", XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0
    assert f"exchanges are not looked up in {path}: it is no export of PeeringDB" in done.stderr
    assert "poros-tui update-ix fetches it anew" in done.stderr


def test_the_demo_has_exchanges_of_its_own(say: CommandLine) -> None:
    said = say("demo", "--report", "--ix-file", "/x")
    assert said.sentence == "the demo has networks of its own; leave out --ix-file"
    said = say("demo", "--json", "-q1", "--asn", "--seed", "1")
    exchanges = {
        responder["address"]: responder["exchange"]
        for hop in json.loads(said.out)["hops"]
        for responder in hop["responders"]
    }
    assert exchanges["198.18.7.1"] is None
    assert exchanges["198.18.9.77"] == {
        "name": "EXAMPLE-IX New York",
        "city": None,
        "country": None,
        "prefix": "198.18.9.64/27",
        "source": "simulation",
    }
