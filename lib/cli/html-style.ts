// The style of the page that `namespawn ls --html` writes.

/** CSS, with light and dark colours as the reader's system prefers. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f4f5f7, #14161a); --ink: light-dark(#1c2128, #e3e6ea); --dim: light-dark(#5b6570, #98a2ad);
  --line: light-dark(#d5d9df, #323841); --box: light-dark(#ffffff, #1b1e24); --nested: light-dark(#eef4fc, #1d2733);
  --deep: light-dark(#e0ebf9, #21303f); --accent: light-dark(#0b5cad, #7db8f5); --hit: light-dark(#fff1b8, #5a4b12);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.5 system-ui, 'DejaVu Sans', sans-serif; }
header { position: sticky; top: 0; z-index: 1; padding: 12px 24px; background: var(--box);
  border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 8px; font-size: 20px; } h1 small { color: var(--dim); font-size: 13px; font-weight: normal; margin-left: 8px; }
h2 { font-size: 15px; margin: 24px 0 8px; }
main { padding: 0 24px 48px; max-width: 1500px; margin: auto; }
.tools { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
input[type=search] { flex: 1 1 280px; max-width: 460px; font: inherit; padding: 5px 10px; color: inherit;
  background: var(--page); border: 1px solid var(--line); border-radius: 6px; }
button { font: inherit; color: inherit; padding: 5px 12px; background: var(--page); border: 1px solid var(--line);
  border-radius: 6px; cursor: pointer; }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
output { color: var(--dim); }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--box); margin: 8px 0; }
details details { background: var(--nested); margin: 8px; border-color: light-dark(#b9cfe9, #35506b); }
details details details { background: var(--deep); }
summary { padding: 7px 12px; cursor: pointer; display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
summary::before { content: '▸'; color: var(--dim); width: 10px; } details[open] > summary::before { content: '▾'; }
summary b, .owned b { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; color: var(--accent); }
.dim { color: var(--dim); }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th { text-align: left; font-weight: 600; color: var(--dim); font-size: 12px; }
th, td { padding: 2px 12px; vertical-align: top; } tbody tr { border-top: 1px solid var(--line); }
tbody tr:hover { background: light-dark(#00000009, #ffffff0d); }
th:nth-child(1), td:nth-child(1), th:nth-child(2), td:nth-child(2) { width: 92px; text-align: right;
  font-variant-numeric: tabular-nums; }
td:nth-child(1), td:nth-child(2) { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 13px; }
td:nth-child(2) { color: var(--accent); font-weight: 600; }
th:nth-child(3) { width: 130px; } th:nth-child(5) { width: 27%; }
td:nth-child(4) { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 12.5px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.chip { display: inline-block; margin: 1px 4px 1px 0; padding: 0 7px; border-radius: 9px; font-size: 11.5px; cursor: pointer;
  border: 1px solid hsl(var(--hue) 45% 50% / .55); background: hsl(var(--hue) 60% 50% / .14); color: inherit; font-family: inherit; }
.owned { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 6px; padding: 4px 12px 10px; }
.owned div { border: 1px solid var(--line); border-left: 4px solid hsl(var(--hue) 50% 50%); border-radius: 6px; padding: 4px 10px;
  background: var(--box); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
mark { background: var(--hit); color: inherit; border-radius: 2px; }
.hidden { display: none; }
details .machine { background: var(--box); border-style: dashed; border-color: var(--line); }
.kept { padding: 0 32px 8px; }
@media (max-width: 800px) { main, header { padding-inline: 10px; } th:nth-child(5), td:nth-child(5) { display: none; } }
/* A row becomes two lines: the PIDs and the user, and below them the command in the full width. */
@media (max-width: 600px) {
  main, header { padding-inline: 6px; } header { position: static; } details details { margin: 6px 4px; }
  input[type=search] { flex-basis: 100%; } .owned { grid-template-columns: minmax(0, 1fr); padding-inline: 6px; }
  thead { display: none; } table, tbody { display: block; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0 12px; padding: 3px 8px; }
  tbody tr.hidden { display: none; }
  tbody td { padding: 0; width: auto !important; text-align: left !important; }
  tbody td:nth-child(4) { flex: 0 0 100%; white-space: normal; overflow-wrap: anywhere; }
  summary { overflow-wrap: anywhere; }
}
`;
