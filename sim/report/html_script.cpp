#include "sim/report/html_assets.h"

namespace anesim::report {

std::string_view html_script() {
  return R"js('use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const colours = {compute: '#3b7dd8', weights: '#d9822b', activations: '#2f9e6e', planar: '#8a63d2',
  l2: '#c2497e', dram: '#c0392b', dispatch: '#7f8c9a', host: '#a08b50'};
const by = id => document.getElementById(id);
const make = (tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
};
const digits = v => Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(1) : v.toFixed(2);
const scaled = (v, steps) => {
  const s = steps.find(x => Math.abs(v) >= x[0]) || steps[steps.length - 1];
  return digits(v / s[0]) + ' ' + s[1];
};
const time = us => us === 0 ? '0 us' : scaled(us, [[1e6, 's'], [1e3, 'ms'], [1, 'us'], [1e-3, 'ns']]);
const count = v => v < 1000 ? digits(v) + ' ' : scaled(v, [[1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]);
const tip = by('tip');
const showTip = (event, text) => {
  tip.style.display = text ? 'block' : 'none';
  if (!text) return;
  tip.textContent = text;
  const r = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - r.width - 4)) + 'px';
  tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - r.height - 4)) + 'px';
};
const opText = o => o.name + '\n' + o.type + ' on ' + o.unit + ', ' + time(o.end - o.start) +
  ', bound by ' + o.bound + (o.reason ? '\n' + o.reason : '');

(function timeline() {
  const canvas = by('timeline');
  if (!canvas) return;
  const g = canvas.getContext('2d'), row = 24, head = 26, left = 170;
  const rows = data.tracks.map(() => []);
  let full = [Infinity, -Infinity];
  for (const s of data.slices) {
    rows[s[0]].push(s);
    full = [Math.min(full[0], s[2]), Math.max(full[1], s[3])];
  }
  rows.forEach(r => r.sort((a, b) => a[2] - b[2] || b[3] - a[3]));
  if (!(full[1] > full[0])) full = [full[0], full[0] + 1];
  let view = full.slice();
  const hue = label => { let h = 7; for (const c of label) h = (h * 31 + c.charCodeAt(0)) % 360; return h; };
  const fill = s => s[4] >= 0 ? colours[data.ops[s[4]].bound] : 'hsl(' + hue(data.labels[s[1]]) + ' 45% 52%)';
  const x = t => left + (t - view[0]) / (view[1] - view[0]) * (canvas.clientWidth - left);
  const t = px => view[0] + (px - left) / (canvas.clientWidth - left) * (view[1] - view[0]);
  // As many decimals as tell neighbouring ticks apart.
  const tick = (us, step) => {
    const [one, unit] = view[1] >= 1e6 ? [1e6, 's'] : view[1] >= 1e3 ? [1e3, 'ms'] : [1, 'us'];
    return (us / one).toFixed(Math.max(0, Math.ceil(-Math.log10(step / one) - 1e-9))) + ' ' + unit;
  };
  const draw = () => {
    const w = canvas.clientWidth, h = head + rows.length * row + 6, scale = devicePixelRatio || 1;
    canvas.style.height = h + 'px';
    canvas.width = w * scale; canvas.height = h * scale;
    g.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue('--ink'), dim = style.getPropertyValue('--dim'), line = style.getPropertyValue('--line');
    g.font = '12px system-ui, sans-serif'; g.textBaseline = 'middle';
    const span = view[1] - view[0], raw = span / Math.max(2, (w - left) / 110), p = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map(k => k * p).find(k => k >= raw);
    for (let k = Math.ceil(view[0] / step); k * step <= view[1]; ++k) {
      g.fillStyle = line; g.fillRect(x(k * step), head - 4, 1, h);
      g.fillStyle = dim;
      const label = tick(k * step, step);
      if (x(k * step) + g.measureText(label).width < w) g.fillText(label, x(k * step) + 3, head / 2);
    }
    rows.forEach((r, i) => {
      const y = head + i * row;
      g.save(); g.beginPath(); g.rect(left, y, w - left, row); g.clip();
      let drawn = -1;
      for (const s of r) {
        const a = x(s[2]), b = Math.max(x(s[3]), a + 1);
        if (b < left || (b - a <= 1 && b <= drawn)) continue;
        if (a > w) break;
        drawn = b;
        g.fillStyle = fill(s); g.fillRect(a, y + 3, Math.max(b - a - (b - a > 4 ? 1 : 0), 1), row - 6);
        if (b - a > 46) {
          const from = Math.max(a, left);
          g.save(); g.beginPath(); g.rect(from, y, Math.min(b, w) - from - 4, row); g.clip();
          g.fillStyle = '#fff'; g.fillText(data.labels[s[1]], from + 5, y + row / 2); g.restore();
        }
      }
      g.restore();
      g.save(); g.beginPath(); g.rect(0, y, left - 6, row); g.clip();
      g.fillStyle = ink; g.fillText(data.tracks[i], 8, y + row / 2); g.restore();
    });
  };
  const at = e => {
    const box = canvas.getBoundingClientRect(), px = e.clientX - box.left, i = Math.floor((e.clientY - box.top - head) / row);
    if (px < left || !rows[i]) return null;
    const when = t(px), near = 2 * (view[1] - view[0]) / canvas.clientWidth;
    return rows[i].filter(s => s[2] - near <= when && when <= s[3] + near)
      .sort((a, b) => (a[3] - a[2]) - (b[3] - b[2]))[0];
  };
  const set = (a, b) => {
    const span = Math.min(Math.max(b - a, (full[1] - full[0]) * 1e-7), full[1] - full[0]);
    const from = Math.min(Math.max(a, full[0]), full[1] - span);
    view = [from, from + span]; draw();
  };
  canvas.addEventListener('wheel', e => {
    e.preventDefault();
    const c = t(Math.max(e.clientX - canvas.getBoundingClientRect().left, left)), k = Math.exp(e.deltaY * 0.0015);
    set(c - (c - view[0]) * k, c + (view[1] - c) * k);
  }, {passive: false});
  let held = null;
  canvas.addEventListener('pointerdown', e => { held = [e.clientX, view[0], view[1]]; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener('pointerup', () => { held = null; });
  canvas.addEventListener('pointermove', e => {
    if (held) {
      const d = (e.clientX - held[0]) / (canvas.clientWidth - left) * (held[2] - held[1]);
      return set(held[1] - d, held[2] - d);
    }
    const s = at(e);
    showTip(e, s && (s[4] >= 0 ? opText(data.ops[s[4]]) : data.labels[s[1]]) + '\n' + time(s[2]) + ' to ' + time(s[3]));
  });
  canvas.addEventListener('pointerleave', e => showTip(e, ''));
  canvas.addEventListener('dblclick', () => set(full[0], full[1]));
  addEventListener('resize', draw);
  draw();
})();

(function roofline() {
  const points = data.ops.filter(o => o.macs > 0 && o.bytes > 0 && o.end > o.start)
    .map(o => ({o, x: o.macs / o.bytes, y: o.macs / (o.end - o.start) * 1e6}));
  const svg = by('roofline');
  if (!points.length) { by('roofline-part').remove(); return; }
  const ns = 'http://www.w3.org/2000/svg', w = 1100, h = 420, l = 90, b = 44, top = 20, right = 40;
  svg.setAttribute('viewBox', `0 0 ${w} ${h}`);
  const add = (tag, attributes, text) => {
    const e = document.createElementNS(ns, tag);
    for (const k in attributes) e.setAttribute(k, attributes[k]);
    if (text !== undefined) e.textContent = text;
    svg.appendChild(e);
    return e;
  };
  const least = (f, s) => points.reduce((m, p) => s * f(p) < s * m ? f(p) : m, f(points[0]));
  const x0 = Math.floor(Math.log10(least(p => p.x, 1))), x1 = Math.ceil(Math.log10(least(p => p.x, -1)) + 0.2);
  const y0 = Math.floor(Math.log10(least(p => p.y, 1))), y1 = Math.ceil(Math.log10(least(p => p.y, -1)) + 0.2);
  const px = v => l + (Math.log10(v) - x0) / (x1 - x0) * (w - l - right);
  const py = v => h - b - (Math.log10(v) - y0) / (y1 - y0) * (h - b - top);
  for (let k = x0; k <= x1; ++k) {
    add('line', {x1: px(10 ** k), x2: px(10 ** k), y1: top, y2: h - b});
    add('text', {x: px(10 ** k), y: h - b + 16, 'text-anchor': 'middle'}, 10 ** k >= 0.01 && k < 6 ? String(+(10 ** k).toPrecision(1)) : '1e' + k);
  }
  for (let k = y0; k <= y1; ++k) {
    add('line', {x1: l, x2: w - right, y1: py(10 ** k), y2: py(10 ** k)});
    add('text', {x: l - 6, y: py(10 ** k) + 4, 'text-anchor': 'end'}, count(10 ** k).replace(/\.0+ /, ' '));
  }
  add('text', {x: (l + w) / 2, y: h - 8, 'text-anchor': 'middle'}, 'MACs per byte');
  add('text', {x: 14, y: h / 2, 'text-anchor': 'middle', transform: `rotate(-90 14 ${h / 2})`}, 'MAC/s');
  const peak = least(p => p.y, -1), rate = least(p => p.y / p.x, -1);
  const from = Math.max(10 ** x0, 10 ** y0 / rate), knee = peak / rate;
  add('path', {class: 'roof', d: `M${px(from)} ${py(from * rate)} L${px(knee)} ${py(peak)} L${w - right} ${py(peak)}`});
  by('roof-text').textContent = 'Dashed: the best any op of this run reached, ' + count(peak) + 'MAC/s and ' + count(rate) + 'B/s. A larger dot took longer.';
  const longestTime = points.reduce((m, p) => Math.max(m, p.o.end - p.o.start), 0);
  for (const p of points.slice(0, 5000)) {
    const dot = add('circle', {cx: px(p.x), cy: py(p.y), r: 3 + 7 * Math.sqrt((p.o.end - p.o.start) / longestTime),
      fill: colours[p.o.bound], 'fill-opacity': 0.75});
    dot.addEventListener('pointermove', e => showTip(e, opText(p.o) + '\n' + count(p.y) + 'MAC/s at ' + count(p.x) + 'MACs/B'));
    dot.addEventListener('pointerleave', e => showTip(e, ''));
  }
})();

(function table() {
  const body = by('ops') && by('ops').tBodies[0];
  if (!body) return;
  const total = data.ops.reduce((a, o) => a + o.end - o.start, 0) || 1;
  const keys = [o => o.i, o => o.name, o => o.type, o => o.unit, o => o.start, o => o.end - o.start,
    o => o.bound, o => o.macs, o => o.bytes, o => o.reason];
  const cells = [o => o.i, o => o.name, o => o.type, o => o.unit, o => time(o.start),
    o => time(o.end - o.start) + ' (' + ((o.end - o.start) / total * 100).toFixed(1) + ' %)', o => o.bound,
    o => o.macs ? count(o.macs) : '', o => o.bytes ? count(o.bytes) + 'B' : '', o => o.reason];
  const numeric = [0, 4, 5, 7, 8];
  let column = 5, sign = -1, shown = 200;
  const draw = () => {
    const wanted = by('filter').value.toLowerCase();
    const list = data.ops.filter(o => !wanted || (o.name + ' ' + o.type + ' ' + o.unit + ' ' + o.bound).toLowerCase().includes(wanted));
    const k = keys[column];
    list.sort((a, c) => sign * (k(a) < k(c) ? -1 : k(a) > k(c) ? 1 : 0) || a.i - c.i);
    body.textContent = '';
    for (const o of list.slice(0, shown)) {
      const tr = body.appendChild(make('tr'));
      cells.forEach((f, i) => tr.appendChild(make('td', f(o), numeric.includes(i) ? 'n' : '')));
    }
    by('more').hidden = list.length <= shown;
    by('more').textContent = 'show all ' + list.length;
    [...by('ops').tHead.rows[0].cells].forEach((th, i) => {
      th.setAttribute('aria-sort', i !== column ? 'none' : sign > 0 ? 'ascending' : 'descending');
      th.textContent = th.textContent.replace(/ [\u2191\u2193]$/, '') + (i !== column ? '' : sign > 0 ? ' \u2191' : ' \u2193');
    });
  };
  [...by('ops').tHead.rows[0].cells].forEach((th, i) => th.addEventListener('click', () => {
    sign = i === column ? -sign : numeric.includes(i) && i > 4 ? -1 : 1;
    column = i;
    draw();
  }));
  by('more').addEventListener('click', () => { shown = Infinity; draw(); });
  by('filter').addEventListener('input', draw);
  draw();
})();
)js";
}

}  // namespace anesim::report
