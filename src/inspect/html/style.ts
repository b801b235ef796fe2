// How the page looks: light and dark, wide and narrow, on paper. What the map shows stands out from the paper by 3:1 (WCAG 2.2, 1.4.11).

/** The text of the style element. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1c1e21; --soft: #5b6068; --line: #e2e1dc; --wash: #f4f3ef; --accent: #0b5cad;
  --part: #5b9a86; --missing: #c2185b; --file: #d96c06; --structure: #3f63c6; --unnamed: #8e57a8; --padding: #8f8c84;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --ink: #e6e6e3; --soft: #a0a5ad; --line: #2e3237; --wash: #1d2024; --accent: #7db7f5;
    --part: #3d7868; --missing: #ff5c93; --file: #f59a3c; --structure: #7d9cf7; --unnamed: #bb86d6; --padding: #6b6f76;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere;
}
h1, h2, h3 { font-weight: 600; line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.75rem; letter-spacing: -0.015em; }
h2 { font-size: 1.125rem; margin-top: 3rem; }
h3 { font-size: 0.9375rem; }
p { margin: 0.25rem 0 0; max-width: 44rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.15em; }
.soft, figcaption, .readout { color: var(--soft); }
.image + .image { margin-top: 5rem; border-top: 1px solid var(--line); padding-top: 2.5rem; }
code, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; font-size: 0.86em; }
.alert { margin-top: 1rem; border-left: 3px solid var(--missing); padding: 0.25rem 0 0.25rem 0.75rem; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1.5rem 2rem; margin: 2rem 0 0; }
.figures dt { color: var(--soft); font-size: 0.8125rem; }
.figures dd { margin: 0; }
.figures b { display: block; font-size: 1.625rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.3; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; margin: 1rem 0 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; }

.map { margin: 1rem 0 0; }
.field { display: grid; grid-template-columns: max-content 1fr; gap: 0 0.75rem; }
.field svg { width: 100%; height: 100%; display: block; cursor: crosshair; }
.scale {
  display: grid; grid-auto-rows: 1.625rem; margin: 0; padding: 0; list-style: none;
  color: var(--soft); font-size: 0.75rem; line-height: 1.3rem; text-align: right;
}
.readout { min-height: 3em; margin-top: 0.5rem; max-width: none; font-size: 0.875rem; }
.cursor { fill: none; stroke: var(--ink); stroke-width: 2; vector-effect: non-scaling-stroke; }
.k-part { fill: var(--part); background: var(--part); }
.k-missing { fill: var(--missing); background: var(--missing); }
.k-file { fill: var(--file); background: var(--file); }
.k-structure { fill: var(--structure); background: var(--structure); }
.k-unnamed { fill: var(--unnamed); background: var(--unnamed); }
.k-padding { fill: var(--padding); background: var(--padding); }
.swatch { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 2px; margin-right: 0.6rem; }

.table { margin-top: 0.75rem; }
table { width: 100%; border-collapse: collapse; }
.table table { table-layout: fixed; }
.legend { width: auto; margin-top: 0.5rem; }
.legend th { color: inherit; font-size: inherit; padding-right: 2.5rem; }
.long .chunk { content-visibility: auto; contain-intrinsic-size: auto 14000px; }
th, td { text-align: left; vertical-align: baseline; padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
th { color: var(--soft); font-size: 0.8125rem; }
th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; }
td.n { white-space: nowrap; }
.c-n { width: 9.5rem; }
.c-sum { width: 15rem; }
.c-state { width: 6rem; }
.chunk + .chunk thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th button { all: unset; cursor: pointer; color: inherit; }
th button::after { content: " \\2195"; opacity: 0.45; }
th[aria-sort] { color: var(--ink); }
th[aria-sort="ascending"] button::after { content: " \\2191"; opacity: 1; }
th[aria-sort="descending"] button::after { content: " \\2193"; opacity: 1; }
tbody tr:hover { background: var(--wash); }
.missing { color: var(--missing); }
td a { text-decoration: none; }
td a:hover { text-decoration: underline; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.75rem 0; }
.tools output { color: var(--soft); font-size: 0.8125rem; }
.tools button, .tools input {
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 5px;
  padding: 0.2rem 0.7rem; min-height: 2rem; min-width: 2rem;
}
.tools button:not(:disabled) { cursor: pointer; }
.tools button:hover:not(:disabled) { background: var(--wash); }
.tools button:disabled { color: var(--soft); opacity: 0.6; }
.tools input { width: 16rem; max-width: 100%; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.reasons { display: grid; gap: 1.5rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.reasons li { display: grid; grid-template-columns: 7rem 1fr; gap: 0 1.25rem; }
.reasons b { font-weight: 600; text-align: right; }
footer { margin-top: 4rem; color: var(--soft); font-size: 0.8125rem; }

@media (max-width: 42rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.375rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .figures b { font-size: 1.25rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 0.5rem; }
  .scale { font-size: 0.625rem; }
  .reasons li { grid-template-columns: 1fr; }
  .reasons b { text-align: left; }
  .c-sum, .h-sum, .c-at, .h-at { display: none; }
  .c-n { width: 6.5rem; }
}
@media (prefers-contrast: more) { :root { --soft: var(--ink); --line: var(--soft); } }
@media print { body { max-width: none; } .tools { display: none; } }
`;
