"""`poros-tui update-ix`: fetches the prefixes of internet exchanges."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - for names of hosts; under sudo it can't be loaded later
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

import click

from poros_tui.cli.exchanges import fetched_path
from poros_tui.cli.output import write
from poros_tui.cli.peeringdb import URL, checked_url, fetched
from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import drop_privileges

_SHOWN_MAX: Final = 240


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--url", metavar="URL", default=URL,
    help=f"Fetch from this API of PeeringDB, over HTTPS, such as a mirror.  [default: {URL}]",
)  # fmt: skip
def command(*, url: str) -> int:
    """Fetch the prefixes of internet exchanges from PeeringDB, so that hops in them are known.

    They are kept in ~/.cache/poros-tui/exchanges.json ($XDG_CACHE_HOME is heeded) and used from
    then on, without asking anybody.
    """
    checked = checked_url(url)
    path = fetched_path()
    drop_privileges()
    content, table = fetched(checked, monotonic)
    _replace(path, content)
    shown = clean(str(path), _SHOWN_MAX)
    write(f"{table.prefix_count} prefixes of {table.exchange_count} exchanges are in {shown}\n")
    return 0


def _replace(path: Path, content: bytes) -> None:
    """Write all of it, or leave the file as it was.

    Raises:
        CannotRun: it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except OSError:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        shown, reason = clean(str(path), _SHOWN_MAX), (error.strerror or "error").lower()
        raise CannotRun(f"cannot write {shown}: {reason}", "see whose folder it is") from None
