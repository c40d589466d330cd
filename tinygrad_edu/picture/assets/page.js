// Steps through what the data says. Nothing of it becomes markup: text goes through textContent alone.
(() => {
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
  const inline = (x) => (isArray(x) ? (x.lines.length > 1 ? x.lines.join('\n') : `[${x.lines[0]}]`) : figure(x));

  const whole = (x) => (isArray(x) && x.table ? x.table.map((row) => row.join('  ')).join('\n') : inline(x));

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

  // ── the drawing ──

  const drawing = by('drawing');
  const boxes = nodes.map((_, i) => drawing.querySelector(`.node[data-i="${i}"]`));
  const parts = boxes.map((box) => ({
    value: [...box.querySelectorAll('text.value')],
    grad: [...box.querySelectorAll('text.grad')],
    cells: { value: [...box.querySelectorAll('.strip-value .cell')], grad: [...box.querySelectorAll('.strip-grad .cell')] },
  }));
  const edges = new Map();
  for (const path of drawing.querySelectorAll('.edge')) {
    edges.set(`${path.dataset.from} ${path.dataset.to} ${path.dataset.position}`, path);
  }
  const edgeOf = (step) => edges.get(`${step.to} ${step.from} ${step.position}`);
  const rows = [];

  function write(i, kind, x) {
    const matrix = kind === 'grad' && parts[i].grad.length > 1 && parts[i].grad[1].classList.contains('rows');
    const shown = x === null ? [] : [...(matrix ? [''] : []), ...lines(x)];
    parts[i][kind].forEach((line, n) => {
      const text = x === null ? '' : shown[n] ?? '';
      line.textContent = kind === 'grad' && n === 0 && x !== null ? `grad ${text}` : text;
    });
    const cells = x !== null && isArray(x) && x.strip ? x.strip : [];
    const largest = largestOf(cells);
    parts[i].cells[kind].forEach((cell, n) => {
      cell.setAttribute('fill', n < cells.length ? colour(cells[n], largest) : 'none');
    });
    parts[i][kind].forEach((line) => fit(line, i));
    if (rows[i]) {
      const ended = kind === 'grad' && x !== null && now >= lastOf(i) ? nodes[i].grad : x; // with all its entries
      rows[i][kind].textContent = ended === null ? '' : whole(ended);
      rows[i][kind].classList.toggle('rows', isArray(ended) && ended.lines.length > 1 && (!ended.strip || Boolean(ended.table)));
    }
  }

  // Where this machine's letters are wider than expected, a line is squeezed into its box.
  const widest = boxes.map((box) => Number(box.querySelector('.box').getAttribute('width')) - 8);
  function fit(line, i) {
    line.removeAttribute('textLength');
    if (nodes.length > 300 || line.getComputedTextLength() <= widest[i]) return;
    line.setAttribute('textLength', widest[i]);
    line.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  }

  function show(i) {
    const there = valueAt[i] <= now;
    boxes[i].classList.toggle('pending', !there);
    write(i, 'value', there ? nodes[i].value : null);
    const g = gradientAt(i, now);
    write(i, 'grad', g);
    boxes[i].setAttribute('aria-label', [
      nodes[i].formula === undefined ? nodes[i].name : `${nodes[i].name} = ${nodes[i].formula}`,
      there ? `value ${inline(nodes[i].value)}` : 'not computed yet',
      ...(g === null ? [] : [`gradient ${inline(g)}`]),
    ].join(', '));
  }

  // ── moving through time ──

  let now = -1;
  let chosen = null;
  let playing = null;

  function goTo(time, travel = false) {
    const next = Math.max(0, Math.min(total, time));
    const before = now;
    now = next;
    if (before < 0) nodes.forEach((_, i) => show(i));
    const touched = new Set();
    for (let t = Math.min(before, next) + 1; before >= 0 && t <= Math.max(before, next); t += 1) {
      targetOf(t).forEach((i) => touched.add(i));
    }
    touched.forEach(show);
    marks();
    explain();
    if (chosen !== null) describe(chosen);
    by('scrub').value = now;
    by('scrub').setAttribute('aria-valuetext', `step ${now} of ${total}`);
    by('count').textContent = `${now} / ${total}`;
    if (now === total) stop();
    const focus = targetOf(now)[0];
    if (focus !== undefined) intoView(boxes[focus]);
    if (travel && next === before + 1 && next > forward + 1) send(steps[next - forward - 2]);
  }

  function marks() {
    drawing.querySelectorAll('.now, .forward').forEach((each) => each.classList.remove('now', 'forward'));
    steps.forEach((step, k) => edgeOf(step)?.classList.toggle('flowed', timeOf(k) <= now));
    const targets = targetOf(now);
    if (targets.length) boxes[targets[0]].classList.add('now');
    if (now > forward + 1) edgeOf(steps[now - forward - 2])?.classList.add('now');
    else if (now > 0 && now <= forward) {
      const i = operations[now - 1];
      for (const [key, path] of edges) if (key.split(' ')[1] === String(i)) path.classList.add('forward');
    }
  }

  // A dot that runs back along the edge.
  let flight = 0;
  function send(step) {
    const path = edgeOf(step);
    const dot = by('traveller');
    cancelAnimationFrame(flight);
    dot.setAttribute('visibility', 'hidden');
    if (!path || calm.matches) return;
    const length = path.getTotalLength();
    const duration = Math.min(650, Number(by('pace').value) * 0.6);
    const begun = performance.now();
    const frame = (time) => {
      const t = Math.max(0, Math.min(1, (time - begun) / duration));
      const point = path.getPointAtLength(length * (1 - t));
      dot.setAttribute('transform', `translate(${point.x},${point.y})`);
      dot.setAttribute('visibility', t < 1 ? 'visible' : 'hidden');
      if (t < 1) flight = requestAnimationFrame(frame);
    };
    flight = requestAnimationFrame(frame);
  }

  function intoView(box) {
    const stage = by('stage');
    const outer = stage.getBoundingClientRect();
    const inner = box.getBoundingClientRect();
    const move = { behavior: calm.matches || !playing ? 'auto' : 'smooth' };
    if (inner.left < outer.left + 12 || inner.right > outer.right - 12) {
      move.left = stage.scrollLeft + inner.left + inner.width / 2 - outer.left - outer.width / 2;
    }
    if (inner.top < outer.top + 8 || inner.bottom > outer.bottom - 8) {
      move.top = stage.scrollTop + inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
    if (move.left !== undefined || move.top !== undefined) stage.scrollTo(move);
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    by('play').textContent = '▶ play';
    by('play').setAttribute('aria-label', 'Play');
  }

  function play() {
    if (playing) { stop(); return; }
    if (now === total) goTo(0);
    playing = setInterval(() => goTo(now + 1, true), Number(by('pace').value));
    by('play').textContent = '❚❚ pause';
    by('play').setAttribute('aria-label', 'Pause');
  }

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
    if (now === 0) {
      out.append(element('h2', 'The inputs'), element('p', 'Forward, every operation computes its value from those before it. '
        + (backward ? 'Backward, every operation hands its gradient to its operands, times its local derivative.' : 'Nothing here requires a gradient, so there is no way back.')));
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

  function table(x) {
    if (!isArray(x)) return element('p', figure(x));
    if (x.table) {
      const body = element('table', x.table.map((row) => element('tr', row.map((c) => element('td', c)))), 'numbers');
      return element('div', [body], 'scroll');
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
      return element('div', [canvas, element('p', `${x.lines.join(', ')} (blue below 0, orange above)`, 'faint')]);
    }
    return element('div', x.lines.map((line) => element('p', line)));
  }

  function describe(i) {
    const out = by('details');
    const node = nodes[i];
    out.hidden = false;
    out.replaceChildren();
    out.append(element('h2', node.formula === undefined ? node.name : `${node.name} = ${node.formula}`));
    const kind = node.formula !== undefined ? node.doc : node.constant ? 'given, requires no gradient' : 'an input';
    out.append(element('p', [kind, node.shape ? ` · shape ${node.shape}` : ''].join(''), 'faint'));
    const columns = element('div', [], 'columns');
    columns.append(element('div', [element('h3', 'value'), valueAt[i] <= now ? table(node.value) : element('p', 'not computed yet', 'faint')]));
    const g = gradientAt(i, now);
    if (backward && node.grad !== undefined) {
      const shown = g !== null && now >= lastOf(i) ? node.grad : g;
      columns.append(element('div', [element('h3', `gradient ${derivative(i)}`), shown === null ? element('p', 'not reached yet', 'faint') : table(shown)]));
    }
    out.append(columns);
    const here = arrivals[i].filter((k) => timeOf(k) <= now);
    if (here.length) {
      out.append(element('h3', 'how it came about'));
      out.append(element('ol', here.map((k) => element('li',
        `from ${nodes[steps[k].from].name}: ${steps[k].product} = ${inline(steps[k].contribution)}`))));
      if (here.length > 1) out.append(element('p', `sum: ${inline(steps[here[here.length - 1]].total)}`));
    }
  }

  function choose(i) {
    chosen = i;
    boxes.forEach((box, n) => {
      box.classList.toggle('chosen', n === i);
      box.setAttribute('tabindex', n === i ? '0' : '-1');
    });
    describe(i);
    intoView(boxes[i]);
  }

  // ── changing inputs ──

  function recompute() {
    const v = nodes.map((node) => number(node.value));
    const g = new Array(nodes.length).fill(0);
    const l = [];
    const c = [];
    const t = [];
    program(v, g, l, c, t);
    nodes.forEach((node, i) => {
      node.value = v[i];
      if (node.grad !== undefined) node.grad = g[i];
    });
    steps.forEach((step, k) => {
      Object.assign(step, { local: l[k], incoming: g[step.from], contribution: c[k], total: t[k] });
    });
    const time = now;
    now = -1;
    goTo(time);
  }

  function inputs() {
    const leaves = nodes.flatMap((node, i) => (node.formula === undefined ? [i] : []));
    if (!program || !leaves.length) return;
    const out = by('inputs');
    out.hidden = false;
    out.append(element('span', 'Change an input:', 'faint'));
    leaves.forEach((i) => {
      const field = element('input');
      field.type = 'number';
      field.step = 'any';
      field.value = number(nodes[i].value);
      field.dataset.node = i;
      field.setAttribute('aria-label', nodes[i].name);
      field.addEventListener('input', () => {
        if (field.value === '' || !Number.isFinite(Number(field.value))) return;
        nodes[i].value = Number(field.value);
        recompute();
      });
      out.append(element('label', [`${nodes[i].name} = `, field]));
    });
  }

  // ── the table of all of them: made when it is opened ──

  function list() {
    if (rows.length) return;
    const body = by('all').querySelector('tbody');
    nodes.forEach((node, i) => {
      const name = element('button', node.name, 'link');
      name.type = 'button';
      name.addEventListener('click', () => choose(i));
      const value = element('td', '');
      const grad = element('td', '', 'grad');
      const row = element('tr', [element('td', [name]), element('td', node.formula ?? (node.constant ? 'given' : 'input')), value, grad]);
      rows[i] = { value, grad };
      body.append(row);
    });
    nodes.forEach((_, i) => show(i));
  }

  // ── size of the drawing ──

  const natural = { width: Number(drawing.getAttribute('width')), height: Number(drawing.getAttribute('height')) };
  let scale = 1;
  function zoom(to) {
    scale = Math.max(0.02, Math.min(3, to));
    drawing.setAttribute('width', natural.width * scale);
    drawing.setAttribute('height', natural.height * scale);
  }
  const room = () => (by('stage').clientWidth - 14) / natural.width;
  const legible = () => { const fits = room(); zoom(fits >= 0.62 ? Math.min(1.25, fits) : 0.9); };

  // ── hands ──

  const pressed = (id, action) => by(id).addEventListener('click', (event) => {
    action();
    if (event.detail > 0) by('stage').focus({ preventScroll: true }); // by mouse: the keys go on stepping
  });
  pressed('first', () => { stop(); goTo(0); });
  pressed('back', () => { stop(); goTo(now - 1); });
  pressed('play', play);
  pressed('next', () => { stop(); goTo(now + 1, true); });
  pressed('last', () => { stop(); goTo(total); });
  pressed('smaller', () => zoom(scale / 1.25));
  pressed('larger', () => zoom(scale * 1.25));
  pressed('fit', () => zoom(Math.min(room(), (innerHeight * 0.56) / natural.height)));
  by('scrub').max = total;
  by('scrub').addEventListener('input', () => { stop(); goTo(Number(by('scrub').value)); });
  by('pace').addEventListener('change', () => { if (playing) { stop(); play(); } });
  by('all').addEventListener('toggle', list);
  drawing.addEventListener('click', (event) => {
    const box = event.target.closest('.node');
    if (box) choose(Number(box.dataset.i));
  });

  const keys = {
    ArrowRight: () => { stop(); goTo(now + 1, true); },
    ArrowLeft: () => { stop(); goTo(now - 1); },
    Home: () => { stop(); goTo(0); },
    End: () => { stop(); goTo(total); },
    ArrowDown: () => choose(chosen === null ? 0 : Math.min(root, chosen + 1)),
    ArrowUp: () => choose(chosen === null ? root : Math.max(0, chosen - 1)),
    ' ': play,
  };
  document.addEventListener('keydown', (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (at.matches('input[type=number], select')) return;
    if (event.key === ' ' && at.matches('button, summary')) return; // pressing what has the focus
    event.preventDefault();
    keys[event.key]();
  });


  document.querySelectorAll('.key').forEach((key) => { key.hidden = !drawing.querySelector(`.node.${key.classList[1]}`); });
  by('heading').textContent = data.whole;
  drawing.querySelectorAll('text.title').forEach((title) => fit(title, Number(title.parentNode.dataset.i)));
  inputs();
  legible();
  goTo(0);
  if (nodes.length <= 60) by('all').open = true;
})();
