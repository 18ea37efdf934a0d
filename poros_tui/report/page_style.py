"""How the page of a report looks: on a screen, a phone and paper, in light and dark."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --dim: #5b6470; --ground: #fff; --line: #d9dee4;
  --bad: #b3261e; --good: #1a7f37; --warn: #8a5a00; --mark: #0b62a8; --shade: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e7eb; --dim: #9aa4af; --ground: #14171a;
  --line: #343a41; --bad: #ff8a80; --good: #6fd08c; --warn: #f0c060; --mark: #7cc0ff;
  --shade: #1d2125; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
article { max-width: 76rem; margin: 0 auto; padding: 1rem; }
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
td small { display: block; color: var(--dim); } .end { background: var(--shade); }
.lossy { color: var(--bad); font-weight: 600; }
td.chart { width: 15.5rem; padding-top: .35rem; }
svg { display: block; width: 15rem; max-width: 100%; height: 2.2rem; }
svg path { fill: none; stroke: var(--mark); stroke-width: 1; opacity: .55; }
svg circle { fill: var(--mark); } svg .cut { fill: none; stroke: var(--mark); }
svg .lost { fill: var(--bad); } svg line { stroke: var(--line); }
pre { overflow-x: auto; background: var(--shade); padding: .6rem; font-size: .85rem; }
@media screen and (max-width: 58rem) {
  .hops thead { display: none; } .hops, .hops tbody { display: block; }
  .hops tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr));
    padding: .5rem .2rem; }
  .hops td { padding: .1rem .3rem; text-align: left; }
  .hops td::before { content: attr(data-label); display: block; font-size: .75rem;
    color: var(--dim); }
  .hops td.left, .hops td.chart { grid-column: 1 / -1; width: auto; }
  .hops td.name { grid-column: 2 / -1; } .hops td.wide::before { display: none; }
  .hops td.number { font-weight: 700; }
  svg { width: 100%; height: auto; max-width: 22rem; }
}
@media print {
  :root { color-scheme: light; --text: #000; --dim: #444; --ground: #fff; --line: #bbb;
    --bad: #a00; --good: #060; --warn: #640; --mark: #036; --shade: #f2f2f2; }
  body { font-size: 9pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  article { padding: 0; max-width: none; } article + article { break-before: page; border: 0; }
  tr, li, svg { break-inside: avoid; } h2 { break-after: avoid; }
  th, td { padding: .15rem .3rem; } td.chart { width: 8.5rem; } svg { width: 8rem; height: 1.6rem; }
  pre { white-space: pre-wrap; }
}
"""
"""Custom properties carry the colours. Nothing is loaded from anywhere."""
