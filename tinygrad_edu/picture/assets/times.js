// The data, numbers as Python writes them, and what happens when. The scripts of the page are one function, in the
// order times, drawing, words, page (`html.py`). Nothing of the data becomes markup: text goes through textContent alone.

const data = JSON.parse(document.getElementById('data').textContent);
const { nodes, steps } = data;
const by = (id) => document.getElementById(id);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// ── numbers ──

const number = (x) => (x === 'nan' ? NaN : x === 'inf' ? Infinity : x === '-inf' ? -Infinity : x);

// Four significant digits, as Python's format(x, '.4g').
function figure(given) {
  const x = number(given);
  if (typeof x === 'boolean') return x ? 'True' : 'False';
  if (x !== x) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  if (x === 0) return '0';
  const [mantissa, exponent] = x.toExponential(3).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 4) return String(Number(x.toPrecision(4)));
  const digits = String(Math.abs(power)).padStart(2, '0');
  return `${Number(mantissa)}e${power < 0 ? '-' : '+'}${digits}`;
}

const isArray = (x) => x !== null && typeof x === 'object';
const lines = (x) => (isArray(x) ? x.lines : [figure(x)]);
const inline = (x) => (isArray(x) ? (x.lines.length > 1 || x.lines[0].startsWith('all ') ? x.lines.join('\n') : `[${x.lines[0]}]`) : figure(x));

const whole = (x) => (isArray(x) && x.table && x.table[0].length <= 8 ? x.table.map((row) => row.join('  ')).join('\n') : inline(x));

function colour(value, largest) {
  const x = number(value);
  if (!Number.isFinite(x)) return '#000';
  const t = largest ? Math.max(-1, Math.min(1, x / largest)) : 0;
  const end = t > 0 ? [213, 94, 0] : [0, 114, 178];
  return `rgb(${end.map((c) => Math.round(247 + Math.abs(t) * (c - 247))).join(',')})`;
}
const largestOf = (cells) => Math.max(0, ...cells.map((c) => Math.abs(number(c))).filter(Number.isFinite));

// ── what happens when: places in time ──
// 0: only leaves have values. 1 … forward: one operation each. Then the seed, then one contribution each.

const operations = nodes.flatMap((node, i) => (node.formula === undefined ? [] : [i]));
const root = nodes.length - 1;
const forward = operations.length;
const backward = nodes[root].grad !== undefined;
const total = forward + (backward ? 1 + steps.length : 0);
const valueAt = new Array(nodes.length).fill(0);
operations.forEach((i, k) => { valueAt[i] = k + 1; });
const arrivals = nodes.map(() => []);
steps.forEach((step, k) => arrivals[step.to].push(k));
const timeOf = (k) => forward + 2 + k;

// What is folded: the outermost closed fold around a node, or -1.
const open = new Set(data.folds.flatMap((fold, f) => (fold.open ? [f] : [])));
const isOpen = (f) => open.has(f);
const closedAround = (i) => (nodes[i].around ?? []).find((f) => !isOpen(f)) ?? -1;
const visible = (i) => (closedAround(i) < 0 ? `n${i}` : `f${closedAround(i)}`);
const nodeAt = (time) => (time <= forward ? operations[time - 1] : time === forward + 1 ? -1 : steps[time - forward - 2].from);

// The times at which a step ends: all that happens in a closed fold, one way, is one step.
let moments = [0];
function moment() {
  moments = [0];
  for (let time = 1; time <= total; time += 1) {
    const i = nodeAt(time);
    const next = time < total ? nodeAt(time + 1) : -1;
    const together = i >= 0 && next >= 0 && closedAround(i) >= 0 && closedAround(i) === closedAround(next);
    if (!together) moments.push(time);
  }
}
const placeOf = (time) => moments.findLastIndex((each) => each <= time);

const lastOf = (i) => (arrivals[i].length ? timeOf(arrivals[i][arrivals[i].length - 1]) : forward + 1);

function gradientAt(i, time) {
  if (!backward || time <= forward) return null;
  let found = i === root ? seed : null;
  for (const k of arrivals[i]) {
    if (timeOf(k) > time) break;
    found = steps[k].total;
  }
  return found;
}
const seed = isArray(nodes[root].value) ? nodes[root].grad : 1;

function targetOf(time) {
  if (time === 0) return [];
  if (time <= forward) return [operations[time - 1]];
  if (time === forward + 1) return [root];
  const step = steps[time - forward - 2];
  return [step.to, step.from];
}
