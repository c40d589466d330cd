// What is said of a step and of a node, and the table of all nodes.

// ── words ──

function element(tag, content, className) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const part of [content].flat()) if (part !== undefined) made.append(part);
  return made;
}
const derivative = (i) => (i === root ? `∂${data.root}/∂${data.root}` : `∂${data.root}/∂${nodes[i].name}`);
const card = (label, formula, x, className = '') => element('div', [
  element('small', label), ...(formula ? [element('span', formula)] : []), element('span', x === null ? '' : inline(x), isArray(x) && x.lines.length > 1 && !x.strip ? 'figure rows' : 'figure'),
], `card ${className}`);
const sign = (what) => element('span', what, 'sign');

function explain() {
  const out = by('now');
  out.replaceChildren();
  const here = foldNow();
  const times = happening();
  if (now === 0) {
    out.append(element('h2', 'The inputs'), element('p', 'Forward, every operation computes its value from those before it. '
      + (backward ? 'Backward, every operation hands its gradient to its operands, times its local derivative.' : 'Nothing here requires a gradient, so there is no way back.')));
  } else if (here >= 0 && times.length > 1) {
    out.append(...(now <= forward ? through(here, times) : backThrough(here, times)));
  } else if (now <= forward) {
    const node = nodes[operations[now - 1]];
    out.append(element('h2', `Forward: ${node.doc || 'an operation'}`));
    const made = element('div', [card('operation', `${node.name} = ${node.formula}`, null)], 'equation');
    for (const p of node.parents) made.append(card(nodes[p].name, '', nodes[p].value));
    made.append(sign('→'), card(node.name, '', node.value));
    out.append(made);
  } else if (now === forward + 1) {
    out.append(element('h2', 'Backward starts at the result'),
      element('div', [card(`how much ${data.root} changes with itself`, derivative(root), seed, 'gradient')], 'equation'));
    if (data.note) out.append(element('p', data.note, 'faint'));
  } else {
    const step = steps[now - forward - 2];
    out.append(...contribution(step, now - forward - 2));
  }
}

// A closed fold in one step: what comes in, and what comes out.
const MOST_CARDS = 6;
function cards(all) {
  const more = all.length - MOST_CARDS;
  return more > 0 ? [...all.slice(0, MOST_CARDS), element('span', `and ${more} more`, 'faint sign')] : all;
}
const inFold = (i, f) => (nodes[i].around ?? []).includes(f);
const hint = (f) => element('p', `${data.folds[f].under}. Enter, or a click on the box, opens it.`, 'faint');

function through(f, times) {
  const made = times.map((time) => operations[time - 1]);
  const coming = [...new Set(made.flatMap((i) => nodes[i].parents))].filter((i) => !inFold(i, f));
  const out = data.folds[f].out;
  const equation = element('div', cards(coming.map((i) => card(nodes[i].name, '', nodes[i].value))), 'equation');
  equation.append(sign('→'), card('through', data.folds[f].title, null), sign('→'), card(nodes[out].name, '', nodes[out].value));
  return [element('h2', `Forward through ${data.folds[f].title}: ${made.length} operations`), equation, hint(f)];
}

function backThrough(f, times) {
  const passed = times.map((time) => steps[time - forward - 2]);
  const gradients = (inside) => [...new Set(passed.map((step) => step.to))]
    .filter((i) => (inside ? inFold(i, f) && nodes[i].formula === undefined : !inFold(i, f)))
    .map((i) => card(inside ? derivative(i) : `${derivative(i)} now`, '', gradientAt(i, now), 'gradient'));
  const out = data.folds[f].out;
  const equation = element('div', [card('incoming gradient', derivative(out), gradientAt(out, now), 'gradient'), sign('→'),
    card('back through', data.folds[f].title, null)], 'equation');
  const handed = gradients(false);
  if (handed.length) equation.append(sign('→'), ...cards(handed));
  const found = [element('h2', `Backward through ${data.folds[f].title}: ${passed.length} contributions`), equation];
  const own = gradients(true);
  if (own.length) found.push(element('div', [element('span', 'and its own', 'faint own'), ...cards(own)], 'equation'));
  return [...found, hint(f)];
}

function contribution(step, k) {
  const to = nodes[step.to];
  const from = nodes[step.from];
  const earlier = arrivals[step.to].filter((other) => other < k);
  const heading = element('h2', `Backward: from ${from.name} to ${to.name}`);
  const product = element('div', [], 'equation');
  const local = step.local === null ? step.formula : `∂${from.name}/∂${to.name} = ${step.formula}`;
  if (step.local === null) {
    product.append(card('of an incoming gradient g', local, null), card('incoming gradient', derivative(step.from), step.incoming, 'gradient'),
      sign('→'), card('contribution', step.product, step.contribution, 'gradient'));
  } else {
    product.append(card('local derivative', local, step.local), sign('×'),
      card('incoming gradient', derivative(step.from), step.incoming, 'gradient'), sign('='),
      card(step.summed ? 'contribution, summed where broadcasting had repeated' : 'contribution', step.product, step.contribution, 'gradient'));
  }
  const sum = element('div', [], 'equation');
  if (earlier.length) {
    sum.append(card(`${derivative(step.to)} so far`, '', steps[earlier[earlier.length - 1]].total, 'gradient'), sign('+'),
      card('this contribution', '', step.contribution, 'gradient'), sign('='), card(`${derivative(step.to)} now`, '', step.total, 'gradient'));
  } else {
    sum.append(element('p', arrivals[step.to].length > 1
      ? `The first of ${arrivals[step.to].length} contributions to ${derivative(step.to)}: they will be added.`
      : `The only contribution: this is ${derivative(step.to)}.`, 'faint'));
  }
  return [heading, product, sum];
}

// ── one node in detail ──

// The place of the entry in a row and a column of the table.
function placed(x, name, row, column) {
  let rest = row * x.table[0].length + column;
  const found = [...x.shape].reverse().map((length) => { const at = rest % length; rest = (rest - at) / length; return at; });
  return `${name}[${found.reverse().join(',')}]`;
}

function table(x, name) {
  if (!isArray(x)) return element('p', figure(x));
  const pointed = element('p', '\u00a0', 'faint');
  const say = (what) => { pointed.textContent = what || '\u00a0'; };
  if (x.table) {
    const matrix = x.shape.length > 1 && x.shape[x.shape.length - 1] === x.table[0].length;
    const body = element('table', x.table.map((row, r) => element('tr', row.map((c, k) => {
      const cell = element('td', c);
      cell.title = placed(x, name, r, k);
      cell.addEventListener('pointerenter', () => say(`${cell.title} = ${c.trim()}`));
      return cell;
    }))), 'numbers');
    if (matrix) {
      [...body.rows].forEach((row, r) => row.prepend(element('th', placed(x, '', r, 0).slice(1, -1).replace(/,?0$/, ''))));
      body.prepend(element('tr', ['', ...x.table[0].keys()].map((k) => element('th', String(k)))));
    }
    return element('div', [element('div', [body], 'scroll'), pointed]);
  }
  if (x.map) {
    const canvas = element('canvas', [], 'heat');
    const [height, width] = [x.map.length, x.map[0].length];
    const cell = Math.max(8, Math.min(18, Math.floor(260 / width)));
    canvas.width = width * cell;
    canvas.height = height * cell;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `Heat map, ${x.lines.join(', ')}`);
    const pen = canvas.getContext('2d');
    const largest = largestOf(x.map.flat());
    x.map.forEach((row, r) => row.forEach((c, column) => {
      pen.fillStyle = colour(c, largest);
      pen.fillRect(column * cell, r * cell, cell - 1, cell - 1);
    }));
    const whole = x.shape.length === 2 && x.shape[0] === height && x.shape[1] === width;
    canvas.addEventListener('pointermove', (event) => {
      const [r, k] = [event.offsetY, event.offsetX].map((at) => Math.floor(at / cell));
      if (x.map[r]?.[k] !== undefined) say(whole ? `${name}[${r},${k}] = ${figure(x.map[r][k])}` : `mean here ${figure(x.map[r][k])}`);
    });
    return element('div', [canvas, element('p', `${x.lines.join(', ')} (blue below 0, orange above)`, 'faint'), pointed]);
  }
  return element('div', x.lines.map((line) => element('p', line)));
}

function describe(key) {
  const out = by('details');
  out.hidden = false;
  out.replaceChildren();
  if (key[0] === 'f') describeFold(Number(key.slice(1)), out);
  else describeNode(Number(key.slice(1)), out);
}

function both(i) {
  const node = nodes[i];
  const columns = element('div', [], 'columns');
  columns.append(element('div', [element('h3', 'value'), valueAt[i] <= now ? table(node.value, node.name) : element('p', 'not computed yet', 'faint')]));
  const g = gradientAt(i, now);
  if (backward && node.grad !== undefined) {
    const shown = g !== null && now >= lastOf(i) ? node.grad : g;
    columns.append(element('div', [element('h3', `gradient ${derivative(i)}`), shown === null ? element('p', 'not reached yet', 'faint') : table(shown, derivative(i))]));
  }
  return columns;
}

function describeFold(f, out) {
  const { title, under } = data.folds[f];
  const toggle = element('button', 'open');
  toggle.type = 'button';
  toggle.addEventListener('click', () => fold(f, true));
  out.append(element('h2', [title, ' ', toggle]), element('p', under, 'faint'), both(data.folds[f].out));
  nodes.forEach((node, i) => {
    if (node.formula === undefined && (node.around ?? []).includes(f)) out.append(element('h3', named(i)), both(i));
  });
}

function describeNode(i, out) {
  const node = nodes[i];
  out.append(element('h2', named(i)));
  const kind = node.formula !== undefined ? node.doc : node.constant ? 'given, requires no gradient' : 'an input';
  out.append(element('p', [kind, node.shape ? ` · shape ${node.shape}` : ''].join(''), 'faint'));
  out.append(both(i));
  const here = arrivals[i].filter((k) => timeOf(k) <= now);
  if (here.length) {
    out.append(element('h3', 'how it came about'));
    out.append(element('ol', here.map((k) => element('li',
      `from ${nodes[steps[k].from].name}: ${steps[k].product} = ${inline(steps[k].contribution)}`))));
    if (here.length > 1) out.append(element('p', `sum: ${inline(steps[here[here.length - 1]].total)}`));
  }
}

function choose(key) {
  chosen = key;
  for (const [each, { box }] of parts) {
    box.classList.toggle('chosen', each === key);
    box.setAttribute('tabindex', each === key ? '0' : '-1');
  }
  describe(key);
  intoView([parts.get(key).box]);
}

function chooseNext(step) {
  const at = boxesShown.indexOf(chosen);
  const next = at < 0 ? (step > 0 ? 0 : boxesShown.length - 1) : at + step;
  choose(boxesShown[Math.max(0, Math.min(boxesShown.length - 1, next))]);
}

// ── the table of all of them: made when it is opened ──

function list() {
  if (rows.length) return;
  const body = by('all').querySelector('tbody');
  nodes.forEach((node, i) => {
    const name = element('button', node.name, 'link');
    name.type = 'button';
    name.addEventListener('click', () => choose(visible(i)));
    const value = element('td', '');
    const grad = element('td', '', 'grad');
    value.dataset.label = 'value';
    grad.dataset.label = 'gradient';
    const row = element('tr', [element('td', [name]), element('td', node.formula ?? (node.constant ? 'given' : 'input')), value, grad]);
    rows[i] = { value, grad };
    body.append(row);
  });
  nodes.forEach((_, i) => show(i));
}
