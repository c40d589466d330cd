// Steps through what the data says: moving through time, inputs, hands.

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
  const place = placeOf(now);
  marks();
  explain();
  if (chosen !== null) describe(chosen);
  by('scrub').value = place;
  by('scrub').setAttribute('aria-valuetext', `step ${place} of ${moments.length - 1}`);
  by('count').textContent = `${place} / ${moments.length - 1}`;
  if (now === total) stop();
  if (now > 0) intoView(involved(), [drawing.querySelector('.node.now')]);
  if (travel && next > before && next > forward + 1) {
    const crossing = happening().map((t) => steps[t - forward - 2]).filter((step) => routeOf(step).length);
    if (crossing.length) send(crossing[crossing.length - 1]);
  }
}

// The times that belong to this step, and to the fold that it runs through, if it does.
function happening() {
  const place = placeOf(now);
  if (!place) return [];
  const from = moments[place - 1] + 1;
  return Array.from({ length: now - from + 1 }, (_, k) => from + k);
}
const foldNow = () => {
  const i = now > 0 ? nodeAt(now) : -1;
  return i < 0 ? -1 : closedAround(i);
};

// What has to be seen of this step: operands and result, or both ends of a contribution.
function involved() {
  const keys = new Set();
  for (const time of happening()) {
    targetOf(time).forEach((i) => keys.add(visible(i)));
    if (time <= forward) nodes[operations[time - 1]].parents.forEach((i) => keys.add(visible(i)));
  }
  return [...keys].map((key) => parts.get(key).box);
}

function marks() {
  drawing.querySelectorAll('.now, .forward').forEach((each) => each.classList.remove('now', 'forward'));
  links.forEach((path) => path.classList.remove('flowed'));
  steps.forEach((step, k) => { if (timeOf(k) <= now) routeOf(step).forEach((id) => links.get(id).classList.add('flowed')); });
  const times = happening();
  if (!times.length) return;
  const targets = targetOf(now);
  const here = foldNow();
  (here >= 0 ? parts.get(`f${here}`).box : boxOf(targets[0])).classList.add('now');
  for (const time of times) {
    if (time > forward + 1) routeOf(steps[time - forward - 2]).forEach((id) => links.get(id).classList.add('now'));
    else if (time <= forward) {
      for (const [, , route] of nodes[operations[time - 1]].ins ?? []) route.forEach((id) => links.get(id).classList.add('forward'));
    }
  }
}

// A dot that runs back along the edge.
let flight = 0;
function send(step) {
  const route = routeOf(step).map((id) => links.get(id)).reverse();
  const dot = by('traveller');
  cancelAnimationFrame(flight);
  dot.setAttribute('visibility', 'hidden');
  if (!route.length || calm.matches) return;
  const lengths = route.map((path) => path.getTotalLength());
  const length = lengths.reduce((one, other) => one + other, 0);
  const duration = Math.min(650, Number(by('pace').value) * 0.6);
  const begun = performance.now();
  const frame = (time) => {
    const t = Math.max(0, Math.min(1, (time - begun) / duration));
    let way = length * t;
    let k = 0;
    while (k < route.length - 1 && way > lengths[k]) { way -= lengths[k]; k += 1; }
    const point = route[k].getPointAtLength(lengths[k] - way);
    dot.setAttribute('transform', `translate(${point.x},${point.y})`);
    dot.setAttribute('visibility', t < 1 ? 'visible' : 'hidden');
    if (t < 1) flight = requestAnimationFrame(frame);
  };
  flight = requestAnimationFrame(frame);
}

// The drawing follows what happens: near enough to read it, all of it in view if there is room.
let following = true;
function intoView(all, [main] = all) {
  if (!all.length || !following) return;
  let shown = all;
  const stage = by('stage');
  const bounds = () => {
    const all = shown.map((box) => box.getBoundingClientRect());
    const outer = stage.getBoundingClientRect();
    const [left, top] = ['left', 'top'].map((side) => Math.min(...all.map((each) => each[side])) - outer[side]);
    const [right, bottom] = ['right', 'bottom'].map((side) => Math.max(...all.map((each) => each[side])) - outer[side === 'right' ? 'left' : 'top']);
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  };
  let inner = bounds();
  const [width, height] = [stage.clientWidth, stage.clientHeight];
  if (inner.width * 0.55 > width * scale || inner.height * 0.55 > height * scale) { // too far apart
    shown = [main];
    inner = bounds();
  }
  const best = Math.min(1.1, (scale * (width - 30)) / inner.width, (scale * (height - 24)) / inner.height);
  if (scale < 0.55 || (best < scale && (inner.width > width - 12 || inner.height > height - 12))) {
    const next = Math.max(0.55, Math.min(best, 0.95));
    if (Math.abs(next - scale) > 0.02) { zoom(next); inner = bounds(); }
  }
  const move = { behavior: calm.matches || !playing ? 'auto' : 'smooth' };
  const room = (size, whole) => (size < whole ? (whole - size) / 2 : 12);
  if (inner.left < 6 || inner.right > width - 6) move.left = stage.scrollLeft + inner.left - room(inner.width, width);
  if (inner.top < 6 || inner.bottom > height - 6) move.top = stage.scrollTop + inner.top - room(inner.height, height);
  if (move.left !== undefined || move.top !== undefined) stage.scrollTo(move);
}

function step(by_) {
  const place = Math.max(0, Math.min(moments.length - 1, placeOf(now) + by_));
  goTo(moments[place], by_ > 0);
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
  playing = setInterval(() => step(1), Number(by('pace').value));
  by('play').textContent = '❚❚ pause';
  by('play').setAttribute('aria-label', 'Pause');
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

// ── hands ──

const pressed = (id, action) => by(id).addEventListener('click', (event) => {
  action();
  if (event.detail > 0) by('stage').focus({ preventScroll: true }); // by mouse: the keys go on stepping
});
pressed('first', () => { stop(); goTo(0); });
pressed('back', () => { stop(); step(-1); });
pressed('play', play);
pressed('next', () => { stop(); step(1); });
pressed('last', () => { stop(); goTo(total); });
pressed('smaller', () => zoom(scale / 1.25));
pressed('larger', () => zoom(scale * 1.25));
pressed('fit', () => { follow(false); zoom(Math.min(1.25, across(), (by('stage').clientHeight - 14) / natural.height)); });
pressed('follow', () => follow(!following));
pressed('unfold', () => foldAll(by('unfold').textContent === 'open all'));
by('scrub').addEventListener('input', () => { stop(); goTo(moments[Number(by('scrub').value)]); });
by('pace').addEventListener('change', () => { if (playing) { stop(); play(); } });
by('all').addEventListener('toggle', list);
drawing.addEventListener('click', (event) => {
  const shut = event.target.closest('.shut');
  if (shut) fold(Number(shut.parentNode.dataset.f), false);
  const box = event.target.closest('.node');
  if (box?.dataset.f) fold(Number(box.dataset.f), true);
  else if (box) choose(`n${box.dataset.i}`);
});

const keys = {
  ArrowRight: () => { stop(); step(1); },
  ArrowLeft: () => { stop(); step(-1); },
  Home: () => { stop(); goTo(0); },
  End: () => { stop(); goTo(total); },
  ArrowDown: () => chooseNext(1),
  ArrowUp: () => chooseNext(-1),
  ' ': play,
  ...(data.folds.length ? {
    Enter: () => {
      const f = chosen?.[0] === 'f' ? Number(chosen.slice(1)) : chosen === null ? foldNow() : -1;
      if (f >= 0) fold(f, true);
    },
    Escape: () => {
      const inner = chosen?.[0] === 'f' ? data.folds[Number(chosen.slice(1))].parent : -1;
      const i = chosen?.[0] === 'n' ? Number(chosen.slice(1)) : now > 0 ? nodeAt(now) : -1;
      const f = inner >= 0 ? inner : i < 0 ? -1 : (nodes[i].around ?? []).findLast(isOpen) ?? -1;
      if (f >= 0) fold(f, false);
    },
    o: () => foldAll(true),
    c: () => foldAll(false),
  } : {}),
  z: () => by('fit').click(),
  f: () => follow(!following),
};
document.addEventListener('keydown', (event) => {
  const at = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  if (at.matches('input[type=number], select')) return;
  if ((event.key === ' ' || event.key === 'Enter') && at.matches('button, summary')) return; // pressing what has the focus
  event.preventDefault();
  keys[event.key]();
});


document.querySelectorAll('.key').forEach((key) => { key.hidden = !drawing.querySelector(key.dataset.of); });
document.querySelectorAll('.folding').forEach((each) => { each.hidden = !data.folds.length; });
by('heading').textContent = data.whole;
inputs();
now = 0;
refold();
legible();
now = -1;
goTo(self === top ? 0 : total); // in a notebook the result is what was asked for
if (nodes.length <= 60) by('all').open = true;
