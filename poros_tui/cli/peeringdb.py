"""Fetches the prefixes of internet exchanges from PeeringDB, or a mirror of it, over HTTPS."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO, Final
from urllib.parse import urlsplit

from poros_tui import __version__
from poros_tui.errors import CannotRun, UsageError
from poros_tui.lookup.exchange_table import ExchangeTable, decode_exchanges
from poros_tui.model.clean import clean

URL: Final = "https://www.peeringdb.com/api"
KINDS: Final = ("ixpfx", "ixlan", "ix")
"""Objects of PeeringDB that are needed."""
SIZE_MAX: Final = 32 << 20
"""Bytes of one answer: the largest has 2 MB."""
SILENCE_MAX_S: Final = 30.0
"""So long the server may say nothing."""
TIME_MAX_S: Final = 120.0
"""And so long it all may take."""
_PIECE: Final = 1 << 16
_SHOWN_MAX: Final = 120


def checked_url(text: str) -> str:
    """The URL of an API, without a slash at its end.

    Raises:
        UsageError: it is none over HTTPS.
    """
    try:
        parts = urlsplit(text)
        is_right = parts.scheme == "https" and bool(parts.hostname) and not parts.query
        _ = parts.port
    except ValueError:
        is_right = False
    if not is_right or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(
            f"--url {clean(text, _SHOWN_MAX)!r} is no URL over HTTPS", f"give one such as {URL}"
        )
    return text.rstrip("/")


def fetched(url: str, clock: Callable[[], float]) -> tuple[bytes, ExchangeTable]:
    """The content of a file of exchanges, and what is in it. `clock` counts seconds.

    Raises:
        CannotRun: the server can't be reached, is not who it should be, or answers something else.
    """
    ends_at_s = clock() + TIME_MAX_S
    opener = urllib.request.build_opener(
        _SecureRedirects(), urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    answers = {kind: _answer(opener, f"{url}/{kind}", clock, ends_at_s) for kind in KINDS}
    try:
        content = json.dumps(
            {kind: json.loads(answer)["data"] for kind, answer in answers.items()},
            separators=(",", ":"),
        ).encode()
        table = ExchangeTable(decode_exchanges(content), url)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CannotRun(
            f"{url} answers something else than PeeringDB does", "check --url, or try later"
        ) from None
    if not table.prefix_count:
        raise CannotRun(f"{url} has no prefixes of exchanges", "check --url, or try later")
    return content, table


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Where a server sends us elsewhere, that is over HTTPS too."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError("it leads to an address without HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _answer(
    opener: urllib.request.OpenerDirector,
    url: str,
    clock: Callable[[], float],
    ends_at_s: float,
) -> bytes:
    request = urllib.request.Request(
        url, headers={"User-Agent": f"poros-tui/{__version__}", "Accept": "application/json"}
    )
    content = b""
    try:
        with opener.open(request, timeout=SILENCE_MAX_S) as response:
            while piece := response.read(_PIECE):
                content += piece
                if len(content) > SIZE_MAX:
                    raise CannotRun(f"{url} answers with more than {SIZE_MAX >> 20} MB")
                if clock() > ends_at_s:
                    raise CannotRun(
                        f"{url} took more than {TIME_MAX_S:.0f} s", "try later, or another --url"
                    )
    except urllib.error.HTTPError as error:
        raise _not_fetched(url, f"the server says {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise _not_fetched(url, _reason(error.reason)) from None
    except (OSError, HTTPException) as error:
        raise _not_fetched(url, _reason(error)) from None
    return content


def _reason(problem: object) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({problem.verify_message})"
    if isinstance(problem, TimeoutError):
        return f"nothing came for {SILENCE_MAX_S:.0f} s"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return str(problem) or type(problem).__name__


def _not_fetched(url: str, reason: str) -> CannotRun:
    return CannotRun(
        f"cannot fetch {url}: {clean(reason, _SHOWN_MAX)}", "check the network, or give --url"
    )
