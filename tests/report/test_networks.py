"""Networks in reports: there where they are known, and nothing changes where they are not."""

from __future__ import annotations

import csv
import io
import json
import re
from ipaddress import ip_network

import html5lib
import msgspec
import pytest

from poros_tui.model.about import About
from poros_tui.model.exchange import Exchange
from poros_tui.model.network import Network
from poros_tui.report.as_csv import to_csv
from poros_tui.report.as_dot import render as to_dot
from poros_tui.report.as_html import render as to_html
from poros_tui.report.as_json import to_json
from poros_tui.report.as_markdown import to_markdown
from poros_tui.report.as_mtr_json import to_mtr_json
from poros_tui.report.as_text import to_text
from poros_tui.report.as_wide import render as to_wide
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun
from tests.report.cases import finished
from tests.report.schema import faults

NETWORK = Network(
    asn=64500,
    other_asns=(64501,),
    name="<b>A|B</b> " + "x" * 80,
    prefix=ip_network("10.0.0.0/8"),
    country="DE",
    registry="ripencc",
    source="Team Cymru",
)


def known(network: Network = NETWORK, exchange: Exchange | None = None) -> FinishedRun:
    """A run whose hops but the first are of this network."""
    run, about = finished("carried"), About(network=network, exchange=exchange)
    hops = tuple(
        hop
        if hop.ttl == 1
        else msgspec.structs.replace(
            hop,
            responders=tuple(msgspec.structs.replace(one, about=about) for one in hop.responders),
        )
        for hop in run.path.hops
    )
    return msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, hops=hops))


def test_the_text_has_number_and_name_behind_who_answers() -> None:
    lines = to_text(known()).splitlines()
    assert lines[2].split()[:5] == ["Hop", "Responder", "AS", "Network", "Loss%"]
    assert lines[3].split()[2:4] == ["·", "·"]
    assert "  AS64500  <b>A|B</b> xxx" in lines[4]
    assert "xxx…  " in lines[4]
    assert "x" * 40 not in lines[4]


def test_a_further_responder_has_its_own() -> None:
    run = finished("load_balanced")
    numbers: dict[str, int] = {}

    def numbered(address: object) -> About:
        return About(network=Network(asn=numbers.setdefault(str(address), len(numbers) + 1)))

    hops = tuple(
        msgspec.structs.replace(
            hop,
            responders=tuple(
                msgspec.structs.replace(one, about=numbered(one.address)) for one in hop.responders
            ),
        )
        for hop in run.path.hops
    )
    run = msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, hops=hops))
    shown = dict(re.findall(r"([0-9.]+)  +AS([0-9]+) ", to_text(run)))
    assert shown == {address: str(number) for address, number in numbers.items()}
    assert len(shown) > len(hops)


@pytest.mark.parametrize("render", [to_text, to_markdown, lambda run: to_wide([run], Layout())])
def test_without_networks_there_are_no_columns_of_them(render: object) -> None:
    text = render(finished("carried"))  # type: ignore[operator]
    assert "Network" not in text
    text = render(known(Network(problem="nobody announces this address")))  # type: ignore[operator]
    assert "Network" not in text


def test_columns_that_were_chosen_are_kept_to() -> None:
    text = to_text(known(), columns=("hop", "responder", "network", "loss"))
    assert text.splitlines()[2].split() == ["Hop", "Responder", "Network", "Loss%"]
    assert "AS64500" not in text


def test_wide_has_them_beside_all_figures() -> None:
    heading = to_wide([known()], Layout()).splitlines()[2].split()
    assert heading[:5] == ["Hop", "Responder", "AS", "Network", "Loss%"]


def test_markdown_keeps_a_name_in_its_cell() -> None:
    lines = to_markdown(known()).splitlines()
    assert lines[2].startswith("| Hop | Responder | AS | Network | Loss % |")
    assert lines[3].startswith("| ---: | --- | --- | --- | ---: |")
    assert "| AS64500 | \\<b\\>A\\|B\\</b\\> xxx" in lines[5]


def test_csv_has_number_and_name_of_each_responder() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([known()]))))
    assert (rows[0]["asn"], rows[0]["network"]) == ("", "")
    assert {(row["asn"], row["network"]) for row in rows[1:]} == {("64500", NETWORK.name)}
    chosen = to_csv([known()], columns=("hop", "responder", "as", "network"))
    assert chosen.splitlines()[0] == "target,hop,responder,as,network"
    assert ",AS64500,<b>A|B</b> xxx" in chosen.splitlines()[2]


def test_csv_lets_no_name_be_a_formula() -> None:
    run = known(Network(asn=1, name="=1+1"))
    assert {row["network"] for row in csv.DictReader(io.StringIO(to_csv([run])))} == {"", "'=1+1"}


def test_html_shows_a_name_as_text() -> None:
    page = html5lib.parse(to_html([known()], Layout()), namespaceHTMLElements=False)
    cells = [cell for cell in page.iter("td") if cell.get("data-label") == "Network"]
    assert cells[0].text == "·"
    assert cells[1].text.startswith("<b>A|B</b> xxx")
    assert cells[1].get("class") == "left network"
    assert "A|B" not in [each.text for each in page.iter("b")]


def test_the_graph_has_them_at_the_nodes() -> None:
    text = to_dot([known()], Layout())
    assert "\\nAS64500 <b>A|B</b> " in text
    assert "AS" not in to_dot([finished("carried")], Layout())


def test_json_has_all_that_is_known() -> None:
    run = json.loads(to_json(known()))
    assert faults(run) == []
    assert run["hops"][0]["responders"][0]["network"] is None
    assert run["hops"][1]["responders"][0]["network"] == {
        "asn": 64500,
        "other_asns": [64501],
        "name": NETWORK.name,
        "prefix": "10.0.0.0/8",
        "country": "DE",
        "registry": "ripencc",
        "source": "Team Cymru",
    }
    nothing = json.loads(to_json(known(Network(problem="nobody announces this address"))))
    assert nothing["hops"][1]["responders"][0]["network"] is None


def test_an_exchange_stands_for_the_network_and_in_json_beside_it() -> None:
    exchange = Exchange(
        name="DE-CIX Frankfurt",
        city="Frankfurt",
        country="DE",
        prefix=ip_network("10.0.0.0/16"),
        source="ix.json",
    )
    run = known(exchange=exchange)
    assert "  AS64500  IX DE-CIX Frankfurt  " in to_text(run)
    assert "\\nIX DE-CIX Frankfurt\\n" in to_dot([run], Layout())
    rows = list(csv.DictReader(io.StringIO(to_csv([run]))))
    assert [row["exchange"] for row in rows[:2]] == ["", "DE-CIX Frankfurt"]
    report = json.loads(to_json(run))
    assert faults(report) == []
    assert report["hops"][0]["responders"][0]["exchange"] is None
    responder = report["hops"][1]["responders"][0]
    assert responder["network"]["asn"] == 64500
    assert responder["exchange"] == {
        "name": "DE-CIX Frankfurt",
        "city": "Frankfurt",
        "country": "DE",
        "prefix": "10.0.0.0/16",
        "source": "ix.json",
    }


def test_mtr_json_has_the_number_as_mtr_does_with_z() -> None:
    hubs = json.loads(to_mtr_json(known()))["report"]["hubs"]
    assert [hub["ASN"] for hub in hubs[:2]] == ["AS???", "AS64500"]
    assert list(hubs[0])[:3] == ["count", "host", "ASN"]
    assert "ASN" not in json.loads(to_mtr_json(finished("carried")))["report"]["hubs"][0]
