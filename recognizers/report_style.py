"""How a report's page looks: light and dark after the reader's own setting, and plain on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de; --card: #f6f8fa;
  --mark: 37, 99, 235; --one: #1d4ed8; --two: #b45309; --bad: #b42318; --warn: #fff8e1; --warn-line: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --paper: #0d1117; --line: #373e47;
  --card: #161b22; --mark: 96, 153, 255; --one: #79b0ff; --two: #f0a84a; --bad: #ff8f85; --warn: #2b2410;
  --warn-line: #f0a84a; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 62rem; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; } .soft, caption, dt { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem;
  min-width: 8rem; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.warnings { background: var(--warn); border-left: .3rem solid var(--warn-line); border-radius: .25rem;
  padding: .6rem 1rem; margin: 1rem 0; } .warnings ul { margin: 0; padding-left: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0; }
dd { margin: 0; overflow-wrap: anywhere; } code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; padding-bottom: .4rem; }
caption span { display: inline-block; min-width: min(34rem, 90vw); }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); } th { font-weight: 600; }
th[scope=row], th:first-child, .text { text-align: left; }
thead th { vertical-align: bottom; } td.text { max-width: 34rem; overflow-wrap: anywhere; }
.matrix td, .matrix thead th { text-align: center; border: 1px solid var(--line); min-width: 2.4rem; padding: .25rem; }
.matrix thead th.turned { padding: .4rem 0; } .matrix .turned span { writing-mode: vertical-rl;
  transform: rotate(180deg); max-height: 11rem; overflow: hidden; }
.matrix.many { font-size: .75rem; } .matrix.many td { min-width: 1.5rem; padding: .1rem; }
.matrix td { background: rgba(var(--mark), var(--share, 0)); } .matrix td.none { color: var(--soft); }
.matrix td.right { outline: 2px solid var(--one); outline-offset: -2px; }
.bar { display: flex; width: 14rem; height: .9rem; border: 1px solid var(--line); }
.bar i { display: block; height: 100%; } .bar .right { background: var(--one); }
.bar .unsure { background: repeating-linear-gradient(45deg, var(--line) 0 3px, transparent 3px 6px); }
.bar .wrong { background: var(--bad); }
figure { margin: .75rem 0; } figcaption { color: var(--soft); max-width: 46rem; } .charts { display: flex;
  flex-wrap: wrap; gap: 1.5rem; } svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif;
  fill: var(--ink); } .axis { stroke: var(--soft); fill: none; } .grid { stroke: var(--line); fill: none; }
.even { stroke: var(--soft); fill: none; stroke-dasharray: 4 4; } .one { stroke: var(--one); fill: none;
  stroke-width: 2; } .two { stroke: var(--two); fill: none; stroke-width: 2; stroke-dasharray: 7 3; }
.dot { fill: var(--one); } svg text.one { fill: var(--one); stroke: none; }
svg text.two { fill: var(--two); stroke: none; }
summary { cursor: pointer; color: var(--soft); }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --line: #999; --card: #fff;
  --mark: 37, 99, 235; --one: #1d4ed8; --two: #b45309; --bad: #b42318; --warn: #fff; --warn-line: #b45309; }
  body { font-size: 11pt; max-width: none; padding: 0; } tr, figure, .figures, .warnings { break-inside: avoid; }
  h2 { break-after: avoid; } .wide { overflow: visible; } * { print-color-adjust: exact;
  -webkit-print-color-adjust: exact; } }
"""
