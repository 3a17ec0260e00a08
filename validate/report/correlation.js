// Predicted against measured: filters, charts and tables of the correlation report.
// Reads the JSON in #data. Names reach the page as text only, never as markup.
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const by = id => document.getElementById(id);
const make = (tag, text, className) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
};

const classColours = {engine: '#3566a8', intercept: '#3d9c97', call: '#e07b16', formats: '#d23f44', movement: '#3f8f37',
  queue: '#9a5a92', governor: '#8a5a3c', power: '#a8830c', network: '#c94a78', language: '#1f7a5c', training: '#6a45a8',
  other: '#5f5a58'};
const boundColours = {compute: '#3b7dd8', weights: '#d9822b', activations: '#2f9e6e', planar: '#8a63d2', l2: '#c2497e',
  dram: '#c0392b', dispatch: '#7f8c9a', host: '#a08b50'};
const classes = Object.keys(classColours).filter(c => data.cases.some(d => d.class === c));

// What can stand on one axis, with the factor to its base unit.
const times = {s: 1e6, ms: 1e3, us: 1};
for (const d of data.cases) {
  d.quantity = d.unit in times ? 'time' : d.unit;
  const k = times[d.unit] || 1;
  d.x = d.reference * k; d.x1 = d.reference_min * k; d.x2 = d.reference_max * k;
  d.drawable = d.predicted > 0 && d.reference > 0;
  if (!d.drawable) continue;
  d.y = d.predicted * k;
  if (d.interval) { d.y1 = d.interval[0] * k; d.y2 = d.interval[1] * k; }
  d.ratio = d.predicted / d.reference;
  d.factor = Math.max(d.ratio, 1 / d.ratio);
}

const digits = v => Math.abs(v) >= 100 ? v.toFixed(0) : String(+v.toPrecision(3));
const scaled = (v, steps) => {
  const s = steps.find(x => Math.abs(v) >= x[0] * 0.9999) || steps[steps.length - 1];
  return digits(v / s[0]) + ' ' + s[1];
};
const time = us => scaled(us, [[1e6, 's'], [1e3, 'ms'], [1, 'us'], [1e-3, 'ns']]);
const count = v => v < 1000 ? digits(v) : scaled(v, [[1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]);
const shown = (v, d) => d.unit in times ? time(v * times[d.unit]) : digits(v) + ' ' + d.unit;
const percent = v => v === undefined ? '-' : (100 * v).toFixed(Math.abs(v) < 0.995 ? 1 : 0) + ' %';
const ratioText = v => v >= 0.995 ? digits(v) : '1/' + digits(1 / v);
const quantile = (sorted, q) => {
  if (!sorted.length) return undefined;
  const at = q * (sorted.length - 1), k = Math.floor(at);
  return sorted[k] + (at - k) * ((sorted[k + 1] ?? sorted[k]) - sorted[k]);
};

const describe = d => [
  d.file + ' / ' + d.id,
  d.chip + ', ' + d.class + ' (' + d.kind + ', clock ' + d.clock + ')' + (d.trust ? ', source of grade ' + d.trust : ''),
  'measured ' + shown(d.reference, d) + (d.repeats > 1 || d.reference_min < d.reference_max
    ? ' (' + shown(d.reference_min, d) + ' to ' + shown(d.reference_max, d) + ', ' + d.repeats + (d.repeats > 1 ? ' repeats' : ' run') + ')' : ''),
  'predicted ' + shown(d.predicted, d) + (d.interval ? ' (90 %: ' + shown(d.interval[0], d) + ' to ' + shown(d.interval[1], d) + ')' : ''),
  'error ' + (d.error > 0 ? '+' : '') + percent(d.error) + (d.fitted_on ? ', fitted on' : '') + (d.reason ? ', ' + d.reason : ''),
  data.sources[d.file] || ''
].filter(Boolean).join('\n');

// Filters: selects that mirror the address' hash, so that a view can be linked to.
const filters = {class: 'class', chip: 'chip', source: 'file', quantity: 'quantity'};
const wanted = {};
const fill = (key, values) => {
  const select = by('filter-' + key);
  select.append(new Option('all', ''));
  const counts = new Map();
  for (const d of data.cases) counts.set(d[filters[key]], (counts.get(d[filters[key]]) || 0) + 1);
  for (const v of values || [...counts.keys()].sort((a, b) => a.localeCompare(b, 'en', {numeric: true})))
    select.append(new Option(v + ' (' + counts.get(v) + ')', v));
  select.addEventListener('change', () => { wanted[key] = select.value; remember(); });
};
const remember = () => {
  const parts = Object.entries(wanted).filter(([, v]) => v).map(([k, v]) => k + '=' + encodeURIComponent(v));
  history.replaceState(null, '', '#' + parts.join('&'));
  draw();
};
const recall = () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const key in filters) {
    wanted[key] = asked.get(key) || '';
    by('filter-' + key).value = wanted[key];
  }
  wanted.text = asked.get('text') || '';
  by('filter-text').value = wanted.text;
};
const passes = d => Object.keys(filters).every(k => !wanted[k] || d[filters[k]] === wanted[k]) &&
  (!wanted.text || (d.file + '/' + d.id + ' ' + d.kind).toLowerCase().includes(wanted.text.toLowerCase()));

const statistics = list => {
  const scored = list.filter(d => d.scored), errors = scored.map(d => d.error).sort((a, b) => a - b);
  const sizes = errors.map(Math.abs).sort((a, b) => a - b), judged = scored.filter(d => d.interval);
  return {cases: list.length, predicted: list.filter(d => d.status === 'ok').length, scored: scored.length,
    distrusted: list.filter(d => d.trust === 'D').length,
    median: quantile(sizes, 0.5), p90: quantile(sizes, 0.9), bias: quantile(errors, 0.5),
    close: scored.length ? sizes.filter(e => e <= 0.1).length / scored.length : undefined,
    worst: scored.length ? Math.max(...scored.map(d => d.factor || 1)) : undefined,
    inside: judged.length ? judged.filter(d => d.interval[0] <= d.reference && d.reference <= d.interval[1]).length / judged.length : undefined};
};

const put = (id, figure) => by(id).replaceChildren(figure || make('p', 'nothing to draw', 'hint'));
const style = {background: 'transparent', color: '#1c2430', fontFamily: 'system-ui, sans-serif', fontSize: '13px', overflow: 'visible'};
const colour = {domain: classes, range: classes.map(c => classColours[c])};
const tip = {maxRadius: 12, fontSize: 12, lineHeight: 1.3, textPadding: 9, lineWidth: 60, textOverflow: 'ellipsis', stroke: '#8a94a3'};
const pointed = (list, x, y) => Plot.tip(list, Plot.pointer({x, y, title: describe, ...tip}));
const dots = (list, x, y) => Plot.dot(list, {x, y, fill: 'class', fillOpacity: 0.7, r: 3});
// Powers of ten that lie inside, thinned to at most `most`.
const decades = ([low, high], most) => {
  const from = Math.ceil(Math.log10(low) - 1e-9), to = Math.floor(Math.log10(high) + 1e-9), step = Math.max(1, Math.ceil((to - from + 1) / most));
  return Array.from({length: Math.max(0, Math.floor((to - from) / step) + 1)}, (_, i) => 10 ** (from + i * step));
};
const extent = (list, ...keys) => {
  const values = list.flatMap(d => keys.map(k => d[k])).filter(v => v > 0 && isFinite(v));
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
};

// One plot, one quantity: the one asked for, else the most frequent of the selection.
const quantityOf = list => {
  const counts = new Map();
  for (const d of list) counts.set(d.quantity, (counts.get(d.quantity) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
};

const correlation = selected => {
  const quantity = quantityOf(selected.filter(d => d.drawable));
  const list = selected.filter(d => d.drawable && d.quantity === quantity);
  const others = selected.filter(d => d.drawable).length - list.length;
  by('correlation-hint').textContent = list.length + ' cases' + (quantity === 'time' || !quantity ? '' : ' in ' + quantity) +
    (others ? '; ' + others + ' more in other units: choose a quantity above' : '');
  if (!list.length) return put('correlation');
  let [low, high] = extent(list, 'x', 'y', 'x1', 'x2');
  low /= 1.5; high *= 1.5;
  const format = quantity === 'time' ? time : v => count(v);
  const axis = {type: 'log', domain: [low, high], ticks: decades([low, high], 8), tickFormat: format, grid: true};
  const ends = [low, high];
  const bars = list.filter(d => d.x1 > 0 && d.x2 > d.x1 * 1.0001), intervals = list.filter(d => d.y1 > 0 && d.y2 > d.y1);
  const unit = quantity === 'time' ? '' : ' (' + quantity + ')';
  put('correlation', Plot.plot({
    width: 740, height: 600, marginTop: 28, marginLeft: 70, marginBottom: 48, style, color: colour, clip: true,
    x: {...axis, label: 'measured' + unit + ' \u2192', labelAnchor: 'center', labelOffset: 42},
    y: {...axis, label: '\u2191 predicted' + unit},
    marks: [
      Plot.areaY(ends, {x: v => v, y1: v => v / 2, y2: v => v * 2, fill: '#5b6b80', fillOpacity: 0.09, clip: true}),
      Plot.areaY(ends, {x: v => v, y1: v => v * 0.9, y2: v => v * 1.1, fill: '#5b6b80', fillOpacity: 0.22, clip: true}),
      Plot.line(ends, {x: v => v, y: v => v, stroke: '#1c2430', strokeWidth: 1, clip: true}),
      Plot.ruleX(intervals, {x: 'x', y1: 'y1', y2: 'y2', stroke: 'class', strokeOpacity: 0.25, clip: true}),
      Plot.ruleY(bars, {y: 'y', x1: 'x1', x2: 'x2', stroke: '#1c2430', strokeOpacity: 0.55, clip: true}),
      dots(list, 'x', 'y'),
      pointed(list, 'x', 'y')
    ]
  }));
};

const distribution = list => {
  if (!list.length) return put('distribution');
  const limit = 3, logs = list.map(d => ({class: d.class, at: Math.max(-limit, Math.min(limit, Math.log2(d.ratio)))}));
  put('distribution', Plot.plot({
    width: 560, height: 280, marginTop: 28, marginLeft: 54, marginBottom: 42, style, color: colour,
    x: {domain: [-limit, limit], ticks: [-3, -2, -1, 0, 1, 2, 3], tickFormat: v => ratioText(2 ** v), label: 'predicted / measured', labelAnchor: 'center', labelOffset: 36},
    y: {grid: true, label: '\u2191 cases', ticks: 5},
    marks: [
      Plot.rectY(logs, Plot.binX({y: 'count'}, {x: 'at', fill: 'class', order: classes, thresholds: Array.from({length: 61}, (_, i) => -3 + i / 10), insetLeft: 0.5, insetRight: 0.5})),
      Plot.ruleX([0], {stroke: '#1c2430'}), Plot.ruleY([0], {stroke: '#1c2430'})
    ]
  }));
  const steps = [];
  for (const c of classes) {
    const errors = list.filter(d => d.class === c).map(d => Math.max(1e-3, Math.abs(d.error))).sort((a, b) => a - b);
    errors.forEach((e, i) => steps.push({class: c, e: Math.min(e, 10), share: (i + 1) / errors.length}));
  }
  put('cumulative', Plot.plot({
    width: 560, height: 280, marginTop: 28, marginLeft: 54, marginBottom: 42, style, color: colour,
    x: {type: 'log', domain: [1e-3, 10], ticks: [1e-3, 1e-2, 0.1, 1, 10], tickFormat: v => digits(100 * v) + ' %', label: 'absolute error at most', labelAnchor: 'center', labelOffset: 36},
    y: {grid: true, label: '\u2191 share of the cases of a class', domain: [0, 1], ticks: 5, tickFormat: v => digits(100 * v) + ' %'},
    marks: [
      Plot.ruleX([0.1], {stroke: '#5b6b80', strokeDasharray: '4 3'}),
      Plot.line(steps, {x: 'e', y: 'share', stroke: 'class', z: 'class', curve: 'step-after', strokeWidth: 1.6}),
      Plot.ruleY([0], {stroke: '#1c2430'})
    ]
  }));
};

const residuals = list => {
  const drawOver = (id, label, x) => {
    const limit = 16;
    const points = list.filter(d => x(d) > 0).map(d => ({...d, at: x(d), off: Math.max(1 / limit, Math.min(limit, d.ratio))}));
    if (!points.length) return put(id);
    const domain = extent(points, 'at');
    domain[0] /= 1.6; domain[1] *= 1.6;
    put(id, Plot.plot({
      width: 440, height: 290, marginTop: 28, marginLeft: 48, marginBottom: 44, style, color: colour,
      x: {type: 'log', domain, ticks: decades(domain, 6), tickFormat: v => count(v), label, labelAnchor: 'center', labelOffset: 38, grid: true},
      y: {type: 'log', base: 2, domain: [1 / limit, limit], ticks: [1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16], tickFormat: ratioText, label: '\u2191 predicted / measured', grid: true},
      marks: [
        Plot.areaY(domain, {x: v => v, y1: () => 0.5, y2: () => 2, fill: '#5b6b80', fillOpacity: 0.09}),
        Plot.ruleY([1], {stroke: '#1c2430'}), dots(points, 'at', 'off'), pointed(points, 'at', 'off')
      ]
    }));
  };
  drawOver('residuals-macs', 'MACs of a call', d => d.macs);
  drawOver('residuals-bytes', 'bytes of a call (weights, inputs, outputs)', d => d.bytes);
  drawOver('residuals-intensity', 'MACs per byte', d => d.bytes > 0 ? d.macs / d.bytes : 0);
};

const row = (cells, numeric) => {
  const tr = make('tr');
  cells.forEach((c, i) => {
    const td = make('td', c instanceof Node ? undefined : c, numeric.includes(i) ? 'n' : '');
    if (c instanceof Node) td.append(c);
    tr.append(td);
  });
  return tr;
};

const classTable = selected => {
  const line = (label, s) => row([label, String(s.cases), s.cases ? percent(s.predicted / s.cases) : '-', String(s.scored), percent(s.median),
    percent(s.p90), s.bias === undefined ? '-' : (s.bias > 0 ? '+' : '') + percent(s.bias), percent(s.close), s.worst ? digits(s.worst) : '-', percent(s.inside)],
    [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const rows = classes.filter(c => selected.some(d => d.class === c)).map(c => {
    const label = make('a', c);
    label.href = '#class=' + encodeURIComponent(c);
    label.prepend(swatch(classColours[c]));
    return line(label, statistics(selected.filter(d => d.class === c)));
  });
  by('by-class').tBodies[0].replaceChildren(...rows, line('all', statistics(selected)));
};

const swatch = c => {
  const i = make('i');
  i.style.background = c;
  return i;
};

// The predicted time as a bar, its parts by bound; a negative part of a fitted line is left out.
const breakdown = d => {
  const parts = Object.entries(d.seconds_by_bound || {}).filter(p => p[1] > 0).sort((a, b) => b[1] - a[1]);
  const total = parts.reduce((a, p) => a + p[1], 0), bar = make('div', undefined, 'bar');
  bar.title = parts.map(p => p[0] + ' ' + time(p[1] * 1e6) + ' (' + percent(p[1] / total) + ')').join('\n');
  for (const [bound, seconds] of parts) {
    const part = make('span');
    part.style.cssText = 'width:' + (100 * seconds / total) + '%;background:' + (boundColours[bound] || '#5f5a58');
    if (seconds / total > 0.3) part.textContent = bound;
    bar.append(part);
  }
  return bar;
};

let mostWorst = 20;
const worst = list => {
  const sorted = list.slice().sort((a, b) => b.factor - a.factor);
  by('worst').tBodies[0].replaceChildren(...sorted.slice(0, mostWorst).map(d => row([d.file + ' / ' + d.id, d.chip, d.class, shown(d.reference, d),
    shown(d.predicted, d), (d.ratio < 1 ? '\u00f7 ' : '\u00d7 ') + digits(d.factor), breakdown(d)], [3, 4, 5])));
  by('more').hidden = sorted.length <= mostWorst;
  return sorted.length;
};

const reasons = selected => {
  const counts = new Map();
  for (const d of selected) if (d.status !== 'ok') {
    const key = d.status + ': ' + d.reason;
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  by('reasons-part').hidden = !counts.size;
  by('reasons').tBodies[0].replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).map(([k, n]) => row([String(n), k], [0])));
};

const draw = () => {
  const selected = data.cases.filter(passes), scored = selected.filter(d => d.scored && d.drawable), s = statistics(selected);
  by('selection').textContent = s.cases + ' cases, ' + s.predicted + ' predicted, ' + s.scored + ' scored (repeats count once' + (s.distrusted ? ', ' + s.distrusted + ' of grade D not' : '') + ')' +
    (s.scored ? ': median error ' + percent(s.median) + ', 90th percentile ' + percent(s.p90) + ', ' + percent(s.close) + ' of them within 10 %' : '');
  correlation(selected);
  distribution(scored);
  residuals(scored);
  classTable(selected);
  worst(scored);
  reasons(selected);
  // What a test (or a script) can read of the page.
  Object.assign(document.documentElement.dataset, {ready: 'yes', cases: s.cases, scored: s.scored});
};

const legend = (id, colours, names) => {
  for (const n of names) {
    const entry = make('span', n);
    entry.prepend(swatch(colours[n]));
    by(id).append(entry);
  }
};

for (const key in filters) fill(key, key === 'class' ? classes : undefined);
by('filter-text').addEventListener('input', e => { wanted.text = e.target.value; remember(); });
by('reset').addEventListener('click', () => { history.replaceState(null, '', '#'); recall(); draw(); });
by('more').addEventListener('click', () => { mostWorst += 100; draw(); });
addEventListener('hashchange', () => { recall(); draw(); });
legend('class-legend', classColours, classes);
legend('bound-legend', boundColours, Object.keys(boundColours));
recall();
draw();
})();
