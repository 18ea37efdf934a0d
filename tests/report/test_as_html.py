"""The page as parsers and a browser read it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import msgspec
import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventKind
from poros_tui.model.history import Gap, Sample
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath_words import graph_drawing, graph_words
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.session import PathSnapshot
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_html import render
from poros_tui.report.columns import COLUMNS
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun, Untraced
from poros_tui.report.sample_chart import chart_top_s, sample_chart
from tests.engine.stories import STORIES
from tests.lab.requirements import skip
from tests.report.cases import CASES, DEAD_BRANCH, Case, finished, run_of
from tests.report.located import located
from tests.tui.located import BERLIN

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\"'&amp;`</title>"


def parsed(page: str) -> Element:
    """By the rules of HTML5, which find no fault with it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(page)
    assert isinstance(tree, Element)
    return tree


def text_of(element: Element) -> str:
    return "".join(element.itertext())


def rows(tree: Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in tree.iterfind(".//tbody/tr")]


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_a_page_with_a_row_for_each_hop(name: str) -> None:
    run = finished(name)
    tree = parsed(render([run], Layout()))
    assert tree.find(".//h1") is not None
    told = rows(tree)
    assert [row[0] for row in told] == [str(hop.ttl) for hop in run.path.hops]
    for row, hop in zip(told, run.path.hops, strict=True):
        addresses = [str(each.address) for each in hop.responders]
        assert all(address in row[1] for address in addresses)
        assert row[3] == str(hop.sent)
        last = "·" if hop.rtt.last_s is None else f"{1e3 * hop.rtt.last_s:.3f}"
        assert row[4] == last


@pytest.mark.parametrize("name", CASES)
def test_it_loads_nothing_and_runs_nothing(name: str) -> None:
    page = render([finished(name)], Layout())
    tree = parsed(page)
    tags = {str(element.tag).rpartition("}")[2] for element in tree.iter()}
    assert {"svg", "table", "style"} <= tags
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "a", "form", "base"}
    attributes = {key for element in tree.iter() for key in element.attrib}
    assert not {key for key in attributes if key.startswith("on") or key in ("src", "href")}
    assert "url(" not in page
    assert "@import" not in page
    policies = [one for one in tree.iter("meta") if one.get("http-equiv")]
    assert policies[0].get("content") == "default-src 'none'; style-src 'unsafe-inline'"


def hostile() -> FinishedRun:
    run = finished("carried")
    event = Event(kind=EventKind.PATH_CHANGED, at_s=1.0, words=HOSTILE, ttl=2)
    return msgspec.structs.replace(
        run,
        identity=msgspec.structs.replace(run.identity, target=HOSTILE, rung=HOSTILE),
        events=((event, 1.0),),
    )


def test_hostile_text_stays_text() -> None:
    untraced = Untraced(name=HOSTILE, reason=HOSTILE)
    page = render([hostile(), untraced], Layout(are_several=True))
    tree = parsed(page)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)
    assert [one.tag for one in tree.iter() if str(one.tag).endswith("script")] == []
    title = tree.find(".//title")
    assert title is not None
    shown = "<script>alert(1)</script>[31m\"'&amp;`</title>"
    assert text_of(title).count(shown) == 2
    for heading in tree.iter("h1"):
        assert shown in text_of(heading)


def test_chosen_columns_are_those_of_the_table() -> None:
    columns = ("responder", "median", "hop")
    tree = parsed(render([finished("straight")], Layout(columns=columns)))
    headings = [text_of(one) for one in tree.iter("th")]
    assert headings == [COLUMNS[name].heading for name in columns]
    assert tree.find(f".//{SVG}svg") is None
    assert parsed(render([finished("straight")], Layout())).find(f".//{SVG}svg") is not None


def test_verdict_findings_events_and_paths_are_there() -> None:
    run = run_of(Case("diamond-4x3", SessionConfig(queries=1, rounds=20, flows=2)))
    event = Event(kind=EventKind.PATH_CHANGED, at_s=1.0, words="a → b", ttl=2)
    tree = parsed(render([msgspec.structs.replace(run, events=((event, 1.0),))], Layout()))
    sections = {text_of(one[0]): text_of(one) for one in tree.iter("section")}
    assert "The destination loses nothing: 0 of 40 probes" in sections["Verdict"]
    assert "1970-01-01T00:00:01.000+00:00, hop 2 path changed: a → b" in sections["Events"]
    assert "2 flows took" in sections["Paths"]
    found = parsed(render([finished("nat")], Layout()))
    assert "NAT between hop" in text_of(found)


def test_what_is_said_of_all_paths_is_broken_into_lines_and_only_the_drawing_is_not() -> None:
    run = run_of(DEAD_BRANCH)
    graph = run.path.session.status.graph
    assert graph is not None
    tree = parsed(render([run], Layout()))
    paragraphs = [text_of(one) for one in tree.iter("p")]
    assert all(words in paragraphs for words in graph_words(graph))
    (drawn,) = tree.iter("pre")
    assert text_of(drawn) == "\n".join(graph_drawing(graph))


def test_the_verdict_knows_the_whole_session_and_has_its_times_in_utc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    chronicle = Chronicle()

    async def main() -> PathSnapshot:
        network = SimulatedNetwork(STORIES["reroute"].scenario, seed=0)
        config = SessionConfig(rounds=130)
        done = await run_once(config, lambda: SimulatedTransport(network), chronicle=chronicle)
        return done.path

    path = trio.run(main, clock=MockClock(autojump_threshold=0))
    run = msgspec.structs.replace(finished("straight"), path=path, chronicle=chronicle)
    ((event, wall_s),) = chronicle.dated_events()
    tree = parsed(render([run], Layout()))
    sections = {text_of(one[0]): text_of(one) for one in tree.iter("section")}
    at = datetime.fromtimestamp(wall_s, UTC)
    assert event.kind is EventKind.PATH_CHANGED
    assert f"{at:%H:%M:%S}" in sections["Verdict"]
    monkeypatch.undo()
    time.tzset()


def test_the_loss_of_a_router_alone_is_not_marked_as_loss_of_the_path() -> None:
    run = run_of(Case("rate-limited", SessionConfig(queries=20, rounds=1)))
    tree = parsed(render([run], Layout()))
    assert any(hop.lost and hop.received for hop in run.path.hops)
    assert [cell for cell in tree.iter("td") if cell.get("class") == "lossy"] == []


def circles(samples: tuple[Sample, ...], top_s: float | None) -> list[tuple[float, float]]:
    svg = parsed(f"<!DOCTYPE html><title>x</title>{sample_chart(samples, top_s)}")
    return [
        (float(one.get("cx", "")), float(one.get("cy", ""))) for one in svg.iter(f"{SVG}circle")
    ]


def test_a_chart_has_a_mark_for_each_sample_in_its_place_and_height() -> None:
    samples = (0.01, Gap.LOST, 0.04, Gap.UNTIMED, 0.09)
    points = circles(samples, 0.04)
    assert [x for x, _ in points] == [3, 27, 51]
    assert [y for _, y in points] == [16.5, 3, 3]  # half as high as what is four times as long
    text = sample_chart(samples, 0.04)
    assert text.count('class="lost"') == 1
    assert text.count('class="cut"') == 1
    assert "<path" not in text  # no line leads over a gap
    assert 'aria-label="5 samples, 10.0 ms to 90.0 ms, 1 lost"' in text


def test_no_chart_leaves_its_frame() -> None:
    for count in (1, 2, 20, 240):
        points = circles(tuple(0.001 * place for place in range(1, count + 1)), 0.1)
        assert len(points) == count
        assert all(0 < x < 240 and 0 < y <= 30 for x, y in points)


def test_one_peak_does_not_flatten_all_charts() -> None:
    hops = finished("straight").path.hops
    calm = msgspec.structs.replace(hops[0], history=(0.01,) * 20)
    peak = msgspec.structs.replace(hops[1], history=(0.02,) * 20 + (2.0,))
    assert chart_top_s([calm]) == 0.01
    assert chart_top_s([calm, peak]) == pytest.approx(0.06)
    assert chart_top_s([msgspec.structs.replace(calm, history=(Gap.LOST,))]) is None


# In a real browser


@cache
def browser() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


def in_browser(folder: Path, page: str, *options: str) -> str:
    """What it prints; skipped where there is none."""
    program = browser()
    if program is None:
        skip("chromium is not installed")
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            *(program, "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={folder / 'profile'}", *options, file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def worded() -> FinishedRun:
    """With long names, networks and places."""

    def named(hop: HopSnapshot) -> HopSnapshot:
        network = Network(asn=4200000001, name="EXAMPLE-TRANSIT", source="a test")
        about = About(
            naming=Naming(name=f"ae{hop.ttl}.core1.amsterdam.transit.example"),
            network=network,
            place=Place(city="Amsterdam", country_code="NL", at=BERLIN.at),
        )
        responders = (msgspec.structs.replace(one, about=about) for one in hop.responders)
        return msgspec.structs.replace(hop, responders=tuple(responders))

    run = finished("carried")
    hops = tuple(map(named, run.path.hops))
    return msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, hops=hops))


def measured(folder: Path, page: str, width: int) -> list[int]:
    """How much wider than the page the table is, and the most lines of a cell of its words."""
    literal = msgspec.json.encode(page).decode().replace("</", "<\\/")
    dom = in_browser(
        folder, _MEASURE_WORDS % (width, literal), "--virtual-time-budget=10000", "--dump-dom"
    )
    (told,) = re.findall(r"<p>([\d ]+)</p>", dom)
    return [int(one) for one in told.split()]


_MEASURE_WORDS = """<!DOCTYPE html><title>measure</title><body><script>
const frame = document.createElement("iframe");
frame.style.width = %d + "px"; frame.style.border = 0;
frame.srcdoc = %s;
frame.onload = () => {
  const inside = frame.contentDocument;
  const lines = cell => {
    const range = inside.createRange(); range.selectNodeContents(cell);
    return new Set([...range.getClientRects()].map(one => one.top)).size;
  };
  const told = document.createElement("p");
  const scroll = inside.querySelector(".scroll");
  told.textContent = [scroll.scrollWidth - scroll.clientWidth,
    Math.max(...[...inside.querySelectorAll("td.as")].map(lines)),
    Math.max(...[...inside.querySelectorAll("td.place")].map(lines))].join(" ");
  document.body.append(told);
};
document.body.append(frame);
</script>"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize("width", [390, 1100, 1280])
def test_words_of_a_table_are_whole_on_a_screen(width: int, tmp_path: Path) -> None:
    wider, lines_of_as, lines_of_place = measured(tmp_path, render([worded()], Layout()), width)
    assert (wider, lines_of_as) == (0, 1)
    assert lines_of_place <= 2  # Amsterdam, NL


def test_a_table_with_words_fits_on_paper(tmp_path: Path) -> None:
    """A4 and Letter with the margins of a browser, 1 cm."""
    page = render([worded()], Layout()).replace("@media screen", "@media none")
    page = page.replace("@media print", "@media screen")
    for width in (718, 740):
        wider, lines_of_as, lines_of_place = measured(tmp_path, page, width)
        assert (wider, lines_of_as) == (0, 1)
        assert lines_of_place <= 2


_MEASURE = """<!DOCTYPE html><title>measure</title><body><script>
const pages = [%s];
for (const width of [320, 390, 768, 1300]) for (const page of pages) {
  const frame = document.createElement("iframe");
  frame.style.width = width + "px"; frame.style.border = 0;
  frame.srcdoc = page;
  frame.onload = () => {
    const scrolls = [...frame.contentDocument.querySelectorAll(".scroll")];
    const inside = frame.contentDocument, root = inside.documentElement;
    const cells = [...inside.querySelectorAll("tbody td")];
    const told = document.createElement("p");
    const wider = [root, ...scrolls].map(one => one.scrollWidth - one.clientWidth);
    told.textContent = [width, Math.max(...wider), cells.length,
      cells.filter(cell => cell.getBoundingClientRect().height < 8).length].join(" ");
    document.body.append(told);
  };
  document.body.append(frame);
}
</script>"""
"""Lines of: width, how much wider the content is, cells, and cells that cannot be seen."""


def test_nothing_is_wider_than_a_phone_a_tablet_or_a_screen(tmp_path: Path) -> None:
    names = ("straight", "ipv6_long_addresses", "carried", "duplicates_and_forgeries")
    pages = [render([finished(name)], Layout()) for name in names]
    literals = (msgspec.json.encode(page).decode().replace("</", "<\\/") for page in pages)
    dom = in_browser(
        tmp_path, _MEASURE % ",".join(literals), "--virtual-time-budget=10000", "--dump-dom"
    )
    told = [line.split() for line in re.findall(r"<p>([\d -]+)</p>", dom)]
    assert len(told) == 16
    for width, wider, cells, unseen in told:
        assert (wider, unseen) == ("0", "0"), f"at {width} px"
        assert int(cells) > 20


def test_a_browser_shows_hostile_text_as_text(tmp_path: Path) -> None:
    dom = in_browser(tmp_path, render([hostile()], Layout()), "--dump-dom")
    assert "<script" not in dom
    assert html.escape("<script>alert(1)</script>", quote=False) in dom


def test_it_prints(tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    page = render([finished("straight"), finished("carried")], Layout(are_several=True))
    in_browser(tmp_path, page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    content = paper.read_bytes()
    assert content.startswith(b"%PDF-")
    pages = re.findall(rb"/Type\s*/Page\b", content)
    assert 2 <= len(pages) <= 4  # each target begins on one of its own


def test_places_and_why_one_cannot_be_are_on_the_page() -> None:
    page = render([located()], Layout())
    assert '<th class="left place">Place</th>' in page
    assert "Sydney, AU ?" in page
    assert "Places that cannot be right" in page
    assert "20 ms away, but Sydney is 16118 km from home: 158 ms at least." in page
    hostile = Place(city="<script>x</script>", at=BERLIN.at)
    assert "<script>" not in render([located(hostile)], Layout())
    assert "Place" not in render([finished("udp")], Layout())
