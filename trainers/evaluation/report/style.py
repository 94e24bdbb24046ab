"""How the page looks, by day and by night."""

COLOURS = 8

STYLE = """
:root { color-scheme: light dark;
  --paper: #ffffff; --card: #f6f7f9; --ink: #16202b; --soft: #5a6675; --line: #dfe3e8;
  --good: #00694c; --good-bg: #e2f4ec; --bad: #a13d00; --bad-bg: #fdebdf; --calm-bg: #e6eef7;
  --calm: #004f86;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0608f; --c4: #b88600; --c5: #3a9bd1;
  --c6: #7a5195; --c7: #6b7683; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #12171d; --card: #1a2129; --ink: #e7ecf1; --soft: #9ba8b6; --line: #2d3743;
  --good: #5fd3ab; --good-bg: #12352a; --bad: #ffa669; --bad-bg: #40230f; --calm-bg: #16304a;
  --calm: #8cc6f5;
  --c0: #56b4e9; --c1: #f0893c; --c2: #2fc698; --c3: #dd97c0; --c4: #f0c948; --c5: #a6d8f5;
  --c6: #b79ad6; --c7: #98a4b1; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 12px; padding-top: 20px; border-top: 1px solid var(--line); }
h3 { font-size: 14px; margin: 22px 0 6px; }
p { margin: 6px 0; max-width: 78ch; }
.soft, figcaption { color: var(--soft); font-size: 13px; }
.said { margin: 20px 0 8px; padding: 14px 18px; border-radius: 8px; background: var(--calm-bg); }
.said.good { background: var(--good-bg); } .said.bad { background: var(--bad-bg); }
.said p:first-child { font-weight: 600; }
ul.verdicts { list-style: none; margin: 14px 0; padding: 0; }
ul.verdicts li { display: grid; grid-template-columns: 88px 148px 1fr; gap: 4px 12px;
  padding: 9px 0; border-bottom: 1px solid var(--line); }
ul.verdicts li > :last-child { overflow-wrap: anywhere; }
.badge { font-size: 12px; font-weight: 600; border-radius: 10px; padding: 1px 9px; height: 21px;
  justify-self: start; background: var(--calm-bg); color: var(--calm); }
.badge.good { background: var(--good-bg); color: var(--good); }
.badge.bad { background: var(--bad-bg); color: var(--bad); }
.name { font-weight: 600; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 8px 0 16px; }
table { border-collapse: collapse; font-size: 13.5px; min-width: 100%; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
td:first-child { white-space: nowrap; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.more { color: var(--good); } .less { color: var(--bad); }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr));
  gap: 20px; }
figure { margin: 0; padding: 14px 16px 10px; background: var(--card); border-radius: 8px; }
figure.whole { grid-column: 1 / -1; }
figcaption { margin-bottom: 6px; } figcaption b { color: var(--ink); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; }
svg .axis { stroke: var(--line); stroke-width: 1; fill: none; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .dashed { stroke-dasharray: 5 4; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0;
  list-style: none; font-size: 12.5px; color: var(--soft); }
.legend svg { display: inline-block; width: 16px; height: 10px; margin-right: 6px; }
SERIES
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; font-size: 13.5px;
  margin: 8px 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 620px) { ul.verdicts li { grid-template-columns: 88px 1fr; }
  ul.verdicts li > :last-child { grid-column: 1 / -1; } dl { grid-template-columns: 1fr; } }
@media print { main { max-width: none; padding: 0; } figure, li { break-inside: avoid; } }
""".replace(
    "SERIES",
    "\n".join(
        f"svg .s{n} {{ stroke: var(--c{n}); }} svg .f{n} {{ fill: var(--c{n}); }}"
        for n in range(COLOURS)
    ),
)
"""Colours after Okabe and Ito, told apart with every common colour blindness; series also differ
by dash or by place, never by colour alone."""
