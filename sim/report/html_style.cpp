#include "sim/report/html_assets.h"

namespace anesim::report {

std::string_view html_style() {
  return R"css(
:root { --ink: #1c2430; --dim: #5d6b7d; --line: #d9dfe7; --paper: #ffffff; --band: #f4f6f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e8ef; --dim: #97a4b5; --line: #364152; --paper: #161b22; --band: #1f2630; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px; color: var(--ink); background: var(--paper);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 16px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; }
p.hint, .legend { color: var(--dim); font-size: 13px; margin: 4px 0; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 5px 0 14px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
#totals th { width: 110px; font-weight: 600; color: var(--dim); }
#ops th { cursor: pointer; white-space: nowrap; user-select: none; }
#ops td.n, #ops th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
#ops td { min-width: 60px; max-width: 340px; }
#ops tbody tr:hover { background: var(--band); }
canvas, svg { display: block; width: 100%; background: var(--band); border-radius: 4px; }
canvas { cursor: grab; touch-action: none; }
svg text { fill: var(--dim); font: 12px system-ui, sans-serif; }
svg line { stroke: var(--line); }
svg .roof { stroke: var(--dim); stroke-dasharray: 5 4; fill: none; }
#tip { position: fixed; display: none; max-width: 420px; padding: 6px 9px; pointer-events: none;
  background: var(--ink); color: var(--paper); border-radius: 4px; font-size: 12px;
  white-space: pre-line; overflow-wrap: anywhere; z-index: 1; }
button, input { font: inherit; font-size: 13px; padding: 3px 10px; margin: 8px 8px 8px 0; color: inherit;
  background: var(--band); border: 1px solid var(--line); border-radius: 4px; }
ul { padding-left: 20px; }
)css";
}

}  // namespace anesim::report
