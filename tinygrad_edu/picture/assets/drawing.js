// The boxes and lines, what stands in them at a time, and where they lie.

// ── the drawing ──

const drawing = by('drawing');
const part = (box) => ({
  box,
  value: [...box.querySelectorAll('text.value')],
  grad: [...box.querySelectorAll('text.grad')],
  cells: { value: [...box.querySelectorAll('.strip-value .cell')], grad: [...box.querySelectorAll('.strip-grad .cell')] },
  wide: Number(box.querySelector('.box').getAttribute('width')) - 8,
  title: box.querySelector('text.title'),
});
const parts = new Map();
for (const box of drawing.querySelectorAll('.node')) parts.set(box.dataset.f ? `f${box.dataset.f}` : `n${box.dataset.i}`, part(box));
const boxOf = (i) => parts.get(visible(i)).box;
const showing = nodes.map((_, i) => [`n${i}`]);
data.folds.forEach((fold, f) => showing[fold.out].push(`f${f}`));
const frames = [...drawing.querySelectorAll('.frame')];
const links = new Map();
for (const path of drawing.querySelectorAll('.edge')) links.set(Number(path.dataset.l), path);
for (const level of data.levels) {
  for (const [id] of level.links) {
    if (links.has(id)) continue;
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('class', 'edge');
    path.dataset.l = id;
    by('links').append(path);
    links.set(id, path);
  }
}
const routeOf = (step) => nodes[step.from].ins.find((each) => each[1] === step.position)[2].filter((id) => links.get(id).getAttribute('display') !== 'none');
const rows = [];

function write(i, kind, x) {
  for (const key of showing[i]) {
    const { [kind]: texts, cells } = parts.get(key);
    const matrix = kind === 'grad' && texts.length > 1 && texts[1].classList.contains('rows');
    const shown = x === null ? [] : [...(matrix ? [''] : []), ...lines(x)];
    texts.forEach((line, n) => {
      const text = x === null ? '' : shown[n] ?? '';
      line.textContent = kind === 'grad' && n === 0 && x !== null ? `grad ${text}` : text;
    });
    const strip = x !== null && isArray(x) && x.strip ? x.strip : [];
    const largest = largestOf(strip);
    cells[kind].forEach((cell, n) => cell.setAttribute('fill', n < strip.length ? colour(strip[n], largest) : 'none'));
    texts.forEach((line) => fit(line, key));
  }
  if (rows[i]) {
    const ended = kind === 'grad' && x !== null && now >= lastOf(i) ? nodes[i].grad : x; // with all its entries
    rows[i][kind].textContent = ended === null ? '' : isArray(ended) ? whole(ended) : figure(ended).replace(/^-?\d*/, (digits) => digits.padStart(5, '\u00a0'));
    rows[i][kind].classList.toggle('number', ended !== null && !isArray(ended));
    rows[i][kind].classList.toggle('rows', isArray(ended) && ended.lines.length > 1 && (!ended.strip || whole(ended) !== inline(ended)));
  }
}

// Where this machine's letters are wider than expected, a line is squeezed into its box.
function fit(line, key) {
  line.removeAttribute('textLength');
  const { box, wide } = parts.get(key);
  if (parts.size > 300 || box.getAttribute('display') === 'none' || line.getComputedTextLength() <= wide) return;
  line.setAttribute('textLength', wide);
  line.setAttribute('lengthAdjust', 'spacingAndGlyphs');
}

function show(i) {
  const there = valueAt[i] <= now;
  write(i, 'value', there ? nodes[i].value : null);
  const g = gradientAt(i, now);
  write(i, 'grad', g);
  for (const key of showing[i]) {
    const { box } = parts.get(key);
    box.classList.toggle('pending', !there);
    box.setAttribute('aria-label', [
      key[0] === 'f' ? `${data.folds[Number(key.slice(1))].title}, folded` : named(i),
      there ? `value ${inline(nodes[i].value)}` : 'not computed yet',
      ...(g === null ? [] : [`gradient ${inline(g)}`]),
    ].join(', '));
  }
}
const named = (i) => nodes[i].title ?? nodes[i].name;

// ── where everything lies ──

const pathOf = (points) => `M${points[0]} C${points.slice(1).join(' ')}`;
function arrange() {
  const sizes = new Map();
  for (const [key, { box }] of parts) {
    const outline = box.querySelector('.box');
    sizes.set(key, ['width', 'height'].map((side) => Number(outline.getAttribute(side))));
  }
  frames.forEach((frame, f) => sizes.set(`title${f}`, data.folds[f].title.length * 7.5 + 24));
  const found = room(data.levels, sizes, isOpen);
  for (const [key, { box, title }] of parts) {
    const middle = found.boxes.get(key);
    if (!middle) { box.setAttribute('display', 'none'); continue; }
    box.removeAttribute('display');
    box.setAttribute('transform', `translate(${middle[0] - sizes.get(key)[0] / 2},${middle[1] - sizes.get(key)[1] / 2})`);
    fit(title, key);
  }
  frames.forEach((frame, f) => {
    const area = found.frames.get(f);
    frame.setAttribute('display', area ? 'inline' : 'none');
    if (!area) return;
    const [outline, grip] = frame.querySelectorAll('rect');
    ['x', 'y', 'width', 'height'].forEach((side, k) => outline.setAttribute(side, area[k]));
    frame.querySelector('.shut').setAttribute('transform', `translate(${area[0] + 5},${area[1] + 5})`);
    grip.setAttribute('width', frame.querySelector('text').getComputedTextLength() + 30);
  });
  for (const [id, path] of links) {
    const points = found.links.get(id);
    if (points) { path.setAttribute('d', pathOf(points)); path.removeAttribute('display'); } else path.setAttribute('display', 'none');
  }
  for (const level of data.levels) {
    for (const [id, tail, head] of level.links) { // an arrow's point stands only where a line really begins or ends
      const onBorder = (key) => !'nf'.includes(key[0]) || (key[0] === 'f' && isOpen(Number(key.slice(1))));
      links.get(id).classList.toggle('passing-in', onBorder(head));
      links.get(id).classList.toggle('passing-out', onBorder(tail));
    }
  }
  [natural.width, natural.height] = found.size.map((length) => length + 2 * data.margin);
  drawing.setAttribute('viewBox', `${-data.margin} ${-data.margin} ${natural.width} ${natural.height}`);
  zoom(scale);
}

function fold(f, unfolded) {
  if (unfolded) {
    for (let each = f; each >= 0; each = data.folds[each].parent) open.add(each);
  } else open.delete(f);
  refold();
  const box = unfolded ? frames[f] : parts.get(`f${f}`).box;
  if (unfolded) {
    if (chosen === `f${f}`) { chosen = null; by('details').hidden = true; }
  } else if (chosen !== null) choose(`f${f}`);
  intoView([box]);
}

function foldAll(unfolded) {
  data.folds.forEach((each, f) => (unfolded ? open.add(f) : open.delete(f)));
  if (!unfolded && data.folds.some((each) => each.parent >= 0)) data.folds.forEach((each, f) => { if (each.parent < 0 && data.folds.some((other) => other.parent === f)) open.add(f); });
  refold();
}

function refold() {
  moment();
  by('scrub').max = moments.length - 1;
  by('unfold').textContent = data.folds.every((_, f) => isOpen(f)) ? 'fold all' : 'open all';
  arrange();
  const at = now;
  goTo(moments.find((time) => time >= at) ?? total);
  boxesShown = [...parts.keys()].filter((key) => parts.get(key).box.getAttribute('display') !== 'none')
    .sort((one, other) => firstOf(one) - firstOf(other));
}
let boxesShown = [];
// In the order of the computation: operations, each after the leaves that it is the first to use.
const first = new Map();
const early = (key, at) => { if (!first.has(key)) first.set(key, at); };
operations.forEach((i) => {
  early(`n${i}`, i);
  nodes[i].parents.forEach((p) => { if (nodes[p].formula === undefined) early(`n${p}`, i - 0.5); });
  (nodes[i].around ?? []).forEach((f) => early(`f${f}`, i));
});
const firstOf = (key) => first.get(key) ?? -1;

// ── size of the drawing ──

const natural = { width: Number(drawing.getAttribute('width')), height: Number(drawing.getAttribute('height')) };
let scale = 1;
function zoom(to) {
  scale = Math.max(0.02, Math.min(3, to));
  drawing.setAttribute('width', natural.width * scale);
  drawing.setAttribute('height', natural.height * scale);
}
const across = () => (by('stage').clientWidth - 14) / natural.width;
const legible = () => { const fits = Math.min(across(), (innerHeight * 0.58 - 16) / natural.height); zoom(fits >= 0.62 ? Math.min(innerWidth > 1900 ? 1.7 : 1.25, fits) : innerWidth > 1900 ? 1.2 : 0.9); };
function follow(on) {
  following = on;
  by('follow').setAttribute('aria-pressed', on);
  if (on) intoView(chosen === null ? involved() : [parts.get(chosen).box]);
}
