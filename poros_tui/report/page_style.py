"""How the page of a report looks: on a screen, a phone and paper, in light and dark."""

from __future__ import annotations

from typing import Final

_CARDS: Final = """
@media screen and (max-width: WIDTH) {
  TABLE thead { display: none; } TABLE, TABLE tbody { display: block; }
  TABLE tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr));
    padding: .5rem .2rem; }
  TABLE td { padding: .1rem .3rem; text-align: left; }
  TABLE td::before { content: attr(data-label); display: block; font-size: .75rem;
    color: var(--dim); }
  TABLE td.left, TABLE td.chart { grid-column: 1 / -1; width: auto; min-width: 0; }
  TABLE td.as { grid-column: auto; } TABLE td.network, TABLE td.place { grid-column: span 2; }
  TABLE td.name { grid-column: 2 / -1; } TABLE td.wide::before { display: none; }
  TABLE td.number { font-weight: 700; }
  TABLE svg { width: 100%; height: auto; max-width: 22rem; }
}
"""
"""A table that is too wide: each row as a card."""


def _cards(table: str, width: str) -> str:
    return _CARDS.replace("TABLE", table).replace("WIDTH", width)


_STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --dim: #5b6470; --ground: #fff; --line: #d9dee4;
  --bad: #b3261e; --good: #1a7f37; --warn: #8a5a00; --mark: #0b62a8; --shade: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e7eb; --dim: #9aa4af; --ground: #14171a;
  --line: #343a41; --bad: #ff8a80; --good: #6fd08c; --warn: #f0c060; --mark: #7cc0ff;
  --shade: #1d2125; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
article { max-width: 80rem; margin: 0 auto; padding: 1rem; }
article + article { border-top: 2px solid var(--line); }
h1 { font-size: 1.35rem; margin: .2rem 0; } h2 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0; } .dim { color: var(--dim); }
.simulation { color: var(--warn); font-weight: 600; }
ul { list-style: none; margin: 0; padding: 0; } li { padding: .15rem 0 .15rem 1.5rem; }
li > b { display: inline-block; width: 1.5rem; margin-left: -1.5rem; }
.fine > b { color: var(--good); } .note > b { color: var(--mark); }
.trouble > b { color: var(--bad); } .unknown > b { color: var(--warn); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .5rem; vertical-align: top; overflow-wrap: normal; }
th { color: var(--dim); font-weight: 600; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; }
tbody tr { border-bottom: 1px solid var(--line); }
.left { text-align: left; } td.left { overflow-wrap: anywhere; }
.as { white-space: nowrap; } td.name { min-width: 10rem; } td.network { min-width: 7rem; }
td.place { min-width: 5.5rem; }
.worded { font-size: .85rem; } .worded th, .worded td { padding: .25rem .35rem; }
.worded th.chart { white-space: normal; }
td small { display: block; color: var(--dim); } .end { background: var(--shade); }
.lossy { color: var(--bad); font-weight: 600; }
td.chart { width: 15.5rem; min-width: 8rem; padding-top: .35rem; }
svg { display: block; width: 15rem; max-width: 100%; height: 2.2rem; }
svg path { fill: none; stroke: var(--mark); stroke-width: 1; opacity: .55; }
svg circle { fill: var(--mark); } svg .cut { fill: none; stroke: var(--mark); }
svg .lost { fill: var(--bad); } svg line { stroke: var(--line); }
pre { overflow-x: auto; background: var(--shade); padding: .6rem; font-size: .85rem; }
"""
_PAPER: Final = """
@media print {
  :root { color-scheme: light; --text: #000; --dim: #444; --ground: #fff; --line: #bbb;
    --bad: #a00; --good: #060; --warn: #640; --mark: #036; --shade: #f2f2f2; }
  body { font-size: 9pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  article { padding: 0; max-width: none; } article + article { break-before: page; border: 0; }
  tr, li, svg { break-inside: avoid; } h2 { break-after: avoid; }
  th, td, .worded th, .worded td { padding: .15rem .2rem; } th { white-space: normal; }
  table.hops { font-size: 8pt; } table.worded { font-size: 7pt; } td.name { min-width: 6rem; }
  td.network { min-width: 4rem; } td.place { min-width: 4.2rem; }
  td.chart { width: 8.5rem; min-width: 4.5rem; } svg { width: 8rem; height: 1.6rem; }
  pre { white-space: pre-wrap; }
}
"""
STYLE: Final = _STYLE + _cards(".hops", "58rem") + _cards(".worded", "70rem") + _PAPER
"""Custom properties carry the colours. Nothing is loaded from anywhere."""
