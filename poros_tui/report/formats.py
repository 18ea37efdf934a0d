"""The formats of reports. A new one is a module with a function `render`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import msgspec

from poros_tui.model.privacy import redacted
from poros_tui.report.hiding import near_addresses, without_near
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun, Untraced


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One way to tell what came of a trace."""

    name: str
    """As --format has it."""
    what: str
    """A few words for the help."""
    module: str
    """Of this package, loaded when the format is wanted; its `render(runs, layout)` returns all
    the text, and needs no line break at its end. That of a streamed format has none."""
    extension: str
    """What the names of such files end in, without the dot."""
    takes_several: bool = True
    """Whether it can hold several targets."""
    has_to_name_hops: bool = False
    """It has no place for a hop without its address."""
    lists_probes: bool = False
    """It is about single probes, and has no place for totals without them."""
    is_for_people: bool = False
    """On a terminal it is written in what characters this has; all else is UTF-8 everywhere."""
    stands_in_columns: bool = False
    """What is left out of it leaves blanks, so that columns stay where they are."""
    tells_failures: bool = False
    """`render` also gets targets to which nothing could be sent, and `Untraced` ones."""
    is_streamed: bool = False
    """It is written while the trace goes on, see `as_ndjson`."""

    def render(self, runs: Sequence[FinishedRun | Untraced], layout: Layout) -> str | None:
        """The report; None where it has nothing to tell of any of these."""
        told = [
            run
            for run in runs
            if self.tells_failures or (isinstance(run, FinishedRun) and not run.has_failed)
        ]
        if not told:
            return None
        near = layout.private_hops
        shown = [without_near(run, near) if isinstance(run, FinishedRun) else run for run in told]
        text: str = import_module(f"{__package__}.{self.module}").render(shown, layout)
        finished = (run for run in told if isinstance(run, FinishedRun))
        words = frozenset[str]().union(*(near_addresses(run, near) for run in finished))
        return redacted(text, words, keeps_columns=self.stands_in_columns, has_prose=True)


TEXT: Final = "text"
JSON: Final = "json"

FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format(
            name=TEXT, what="a table that copies well into a ticket", module="as_text",
            extension="txt", is_for_people=True, stands_in_columns=True,
        ),
        Format(
            name="wide", what="the same with all figures", module="as_wide", extension="txt",
            is_for_people=True, stands_in_columns=True,
        ),
        Format(
            name="markdown", what="a table in Markdown", module="as_markdown", extension="md",
            is_for_people=True,
        ),
        Format(
            name="csv", what="a line for each responder of each hop", module="as_csv",
            extension="csv",
        ),
        Format(
            name=JSON, what="all that is known, see the README", module="as_json",
            extension="json", tells_failures=True,
        ),
        Format(
            name="ndjson", what="a JSON object on a line for all that happens, as it happens",
            module="as_ndjson", extension="ndjson", is_streamed=True,
        ),
        Format(
            name="html", what="a page with tables, charts and the verdict, for screen and paper",
            module="as_html", extension="html", tells_failures=True,
        ),
        Format(
            name="dot", what="the graph of the path, for graphviz", module="as_dot",
            extension="dot",
        ),
        Format(
            name="mtr-json", what="what mtr --json writes", module="as_mtr_json",
            extension="json", takes_several=False,
        ),
        Format(
            name="atlas-json", what="a traceroute result of RIPE Atlas", module="as_atlas_json",
            extension="json", lists_probes=True, has_to_name_hops=True,
        ),
    )
}  # fmt: skip
