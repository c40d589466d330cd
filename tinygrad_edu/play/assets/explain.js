// A gradient explained: its formula from the derivation, this batch's numbers term by term, and the step that follows.

const MARKS = { Z: 'Z', W: 'W', b: 'b', A: 'A', P: 'A' };

// The letter of what comes out of a layer (0: the input); a linear layer's is Z itself.
function outputLetter(layers, l) {
  if (!l) return 'X';
  return `${layers[l - 1].activation === 'linear' ? 'Z' : 'A'}${subscript(l)}`;
}

// A piece's line with the letters of layer l (from 1) in its blanks.
function filled(line, layers, l) {
  return line.replace(/\{([ZWbAP])\}/g, (_, mark) => {
    if (mark === 'P') return outputLetter(layers, l - 1);
    return mark === 'A' ? outputLetter(layers, l) : `${MARKS[mark]}${subscript(l)}`;
  });
}

// The lines that lead from a weight, a bias or a neuron to the loss: [{index, matrix, why…}], the asked one first.
function formulasOf(layers, loss, { kind, l }) {
  const wide = (n) => (n === 1 ? '1' : 'n');
  const lines = [];
  const add = (key, layer) => {
    const piece = formulas[key];
    lines.push(Object.fromEntries(Object.entries(piece).map(([name, line]) => [name, filled(line, layers, layer)])));
  };
  const layer = layers[l];
  const last = layers.length;
  if (kind === 'weight') add(`weights:${l ? 'later' : 'first'}:${wide(layer.n)}:${wide(layer.m)}`, l + 1);
  if (kind === 'bias') add(`bias:${wide(layer.m)}`, l + 1);
  // from ∂L/∂Z of the layer, or, of a neuron, from ∂L/∂A
  for (let k = l + 1; k <= last; k += 1) {
    const { m, activation } = layers[k - 1];
    if (activation !== 'linear' && !(kind === 'neuron' && k === l + 1)) add(`activation:${activation}:${wide(m)}`, k);
    if (k < last) add(`input:${wide(m)}:${wide(layers[k].m)}`, k + 1);
  }
  add(`loss:${loss}:${wide(layers[last - 1].m)}`, last);
  return lines;
}

// The definitions, from the input to the loss.
function definitionsOf(layers, loss) {
  const wide = (n) => (n === 1 ? '1' : 'n');
  const lines = [];
  layers.forEach(({ n, m, activation }, l) => {
    lines.push([`linear:${l ? 'later' : 'first'}:${wide(n)}:${wide(m)}`, l + 1]);
    if (activation !== 'linear') lines.push([`output:${activation}:${wide(m)}`, l + 1]);
  });
  lines.push([`value:${loss}:${wide(layers[layers.length - 1].m)}`, layers.length]);
  return lines.map(([key, l]) => Object.fromEntries(Object.entries(formulas[key]).map(([name, line]) => [name, filled(line, layers, l)])));
}

// The terms of a gradient in a batch whose gradients are in the workspace: {terms: [{name, factors, value}], sum, …}.
// Each is what the engine's own piece gives for one sample, or for one neuron of the next layer.
function termsOf(trainer, target, batch, sample) {
  const { layers, settings } = trainer;
  const space = trainer.space.batch;
  const { kind, l, i, j } = target;
  const layer = layers[l];
  const one = (x) => Float64Array.of(x);
  const row = (r) => (batch.rows ? batch.rows[r] : r);
  const terms = [];
  const out = one(0);
  if (kind === 'neuron') {
    const next = layers[l + 1];
    for (let k = 0; next && k < next.m; k += 1) {
      const [w, g] = [next.W[j * next.m + k], space.dZ[l + 1][sample * next.m + k]];
      pieces.linear.towards_input(1, 1, 1, one(0), one(w), one(0), one(g), out);
      terms.push({ name: `k = ${k + 1}`, factors: [w, g], value: out[0] });
    }
    const sum = space.dA[l][sample * layer.m + j];
    if (!next) terms.push({ name: `n = ${row(sample) + 1}`, factors: [space.A[l][sample * layer.m + j], batch.Y[sample * layer.m + j]], value: sum });
    return { terms, sum };
  }
  const input = l ? space.A[l - 1] : batch.X;
  for (let r = 0; r < batch.n; r += 1) {
    const g = space.dZ[l][r * layer.m + j];
    if (kind === 'weight') {
      const a = input[r * layer.n + i];
      pieces.linear.towards_weights(1, 1, 1, one(a), one(0), one(0), one(g), out);
      terms.push({ name: row(r) + 1, sample: row(r), factors: [a, g], value: out[0] });
    } else {
      pieces.linear.towards_bias(1, 1, 1, one(0), one(0), one(0), one(g), out);
      terms.push({ name: row(r) + 1, sample: row(r), factors: [g], value: out[0] });
    }
  }
  if (kind === 'weight' && settings.penalty !== 'none') {
    const slope = space.penalty[l][i * layer.m + j];
    terms.push({ name: settings.penalty.toUpperCase(), factors: [settings.strength, slope], value: settings.strength * slope });
  }
  return { terms, sum: kind === 'weight' ? space.dW[l][i * layer.m + j] : space.db[l][j] };
}

// The next step of one parameter, in words and numbers, made by the optimiser's own piece.
function stepOf(trainer, { kind, l, i, j }, gradient) {
  const { settings, layers, memory } = trainer;
  const key = kind === 'weight' ? 'W' : 'b';
  const at = kind === 'weight' ? i * layers[l].m + j : j;
  const before = layers[l][key][at];
  const p = Float64Array.of(before);
  const state = memory[l][key].map((array) => Float64Array.of(array[at]));
  const count = trainer.remembers + 1;
  pieces.optimisers[settings.optimizer].step(1, p, Float64Array.of(gradient), ...state, settings.rate, count, p, ...state);
  const letter = kind === 'weight' ? 'w' : 'b';
  const [g, rate, old, after] = [gradient, settings.rate, before, p[0]].map(shown);
  const signed = (text) => (text.startsWith('−') ? `(${text})` : text);
  const lines = {
    sgd: [`${letter} ← ${letter} − η g = ${old} − ${rate} · ${signed(g)}`],
    momentum: [`v ← 0.9 v + g = ${shown(state[0]?.[0])}`, `${letter} ← ${letter} − η v = ${old} − ${rate} · ${signed(shown(state[0]?.[0]))}`],
    adam: [
      `m ← 0.9 m + 0.1 g = ${shown(state[0]?.[0])}`, `v ← 0.999 v + 0.001 g² = ${shown(state[1]?.[0])}`,
      `m̂ = m/(1 − 0.9^t), v̂ = v/(1 − 0.999^t), t = ${count}`, `${letter} ← ${letter} − η m̂/(√v̂ + 10⁻⁸)`,
    ],
  }[settings.optimizer];
  return { lines, after, value: before };
}

function nameOf(layers, { kind, l, i, j }) {
  if (kind === 'weight') return `W${subscript(l + 1)}[${i + 1}, ${j + 1}]`;
  if (kind === 'bias') return `b${subscript(l + 1)}[${j + 1}]`;
  return `${outputLetter(layers, l + 1)}[n, ${j + 1}]`;
}

const CURES = {
  update: 'The step itself overflowed: lower the learning rate.',
  linear: 'Weights or what goes into them have grown too large for a product: lower the learning rate, or penalise large weights (L2).',
  loss: 'The outputs have grown beyond what the loss can square, exponentiate or add up: lower the learning rate; Huber’s loss and bounded activations such as tanh grow more slowly.',
  activation: 'The activation’s result is too large for a number: lower the learning rate, or take an activation that is bounded, such as tanh.',
};

// What went wrong, in words.
function troubleText(trainer) {
  const { operation, layer, sample, value, output, failed, loss } = trainer.trouble;
  const result = Number.isFinite(loss) ? 'a weight infinite' : `the loss ${Number.isNaN(loss) ? 'NaN' : 'infinite'}`;
  const what = shown(value);
  const where = operation === 'loss' ? `the loss (${LOSS_TITLES[trainer.settings.loss].toLowerCase()})`
    : operation === 'update' ? `the update of layer ${layer}`
      : operation === 'linear' ? `the linear part of layer ${layer} (Z${subscript(layer)})` : `${operation} of layer ${layer} (${outputLetter(trainer.layers, layer)})`;
  const who = sample === null ? '' : ` for sample ${sample + 1}`;
  const far = operation === 'loss' ? `, whose output is ${shown(output)}${Number.isFinite(value) ? '; the sum over all samples is too large for a number' : ''}` : '';
  return {
    result: `Stopped: step ${failed} makes ${result}. `,
    said: `With the weights after it, ${where} gives ${what}${who}${far}.`,
    cure: CURES[operation] || CURES.activation,
  };
}

// Elements: tag, attributes and children (text or elements); text is never read as markup.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on') for (const [name, f] of Object.entries(value)) element.addEventListener(name, f);
    else if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return element;
}

// A formula's text as elements, what stands behind ^ raised.
function formula(text) {
  return text.split(/\^(\{[^}]*\}|[\p{L}\p{N}]+)/u).map((part, i) => (i % 2 ? h('sup', {}, part.replace(/[{}]/g, '')) : part));
}

class Explainer {
  // on: {edit(target, value), sample(n), back(count)}
  constructor(place, on) {
    Object.assign(this, { place, on, notation: 'matrix', sample: 0 });
  }

  // Everything anew, for a target.
  show(trainer, target) {
    this.target = target;
    const { layers, settings } = trainer;
    const name = nameOf(layers, target);
    const lines = formulasOf(layers, settings.loss, target);
    this.parts = {
      value: h('input', { type: 'number', step: 'any', 'aria-label': `Value of ${name}`, on: { change: (event) => this.on.edit(target, event.target.value) } }),
      gradient: h('strong', { class: 'number' }), update: h('div', {}), body: h('tbody', {}), foot: h('tfoot', {}),
      sample: h('select', { 'aria-label': 'Sample', on: { change: (event) => { this.sample = Number(event.target.value); this.refresh(trainer); } } }),
    };
    const { value, gradient, update } = this.parts;
    const neuron = target.kind === 'neuron';
    const from = target.l ? `neuron ${target.i + 1} of layer ${target.l}` : FEATURES[settings.features[target.i]]?.text;
    const to = target.l === layers.length - 1 ? `output ${target.j + 1}` : `neuron ${target.j + 1} of layer ${target.l + 1}`;
    const what = { weight: `The weight from ${from} to ${to}.`, bias: `The bias of ${to}.`, neuron: `What comes out of ${to}.` }[target.kind];
    const left = h('div', {}, h('h3', {}, name), h('p', { class: 'why' }, what),
      neuron ? h('p', {}, 'For sample ', this.parts.sample) : h('p', {}, h('label', {}, 'value ', value)),
      h('p', {}, `∂L/∂${name} = `, gradient), update);
    const choice = h('span', { class: 'why' }, 'written in ', ...['matrix', 'index'].map((notation) => h('label', {},
      h('input', { type: 'radio', name: 'notation', value: notation, checked: this.notation === notation ? '' : null, on: { change: () => { this.notation = notation; this.show(trainer, target); } } }), notation === 'matrix' ? ' matrices ' : ' indices ')));
    const other = this.notation === 'matrix' ? 'index' : 'matrix';
    const item = (line, extra) => h('li', {}, h('span', { class: 'formula' }, formula(line[this.notation])), ' ', h('span', { class: 'why' }, extra));
    const middle = h('div', {},
      h('p', { class: 'choice' }, choice), h('p', { class: 'formula main' }, formula(lines[0][this.notation])),
      h('p', {}, h('span', { class: 'formula' }, formula(lines[0][other])), ' ', h('span', { class: 'why' }, lines[0][`${this.notation}_why`])),
      h('ol', { class: 'chain' }, lines.slice(1).map((line) => item(line, line[`${this.notation}_why`]))),
      h('details', {}, h('summary', { class: 'why' }, 'what the letters stand for'), h('ol', { class: 'chain' }, definitionsOf(layers, settings.loss).map((line) => item(line, '')))));
    const right = h('div', { class: 'numbers', tabindex: 0, role: 'group', 'aria-label': 'Terms' }, h('table', { class: 'terms' }, h('thead', {}, h('tr', {}, this.heads(layers, target).map((text) => h('th', { scope: 'col' }, text)))), this.parts.body, this.parts.foot));
    this.alert = h('div', { class: 'trouble', role: 'alert', hidden: '' });
    this.place.replaceChildren(this.alert, left, middle, right);
    this.refresh(trainer);
  }

  heads(layers, { kind, l, i, j }) {
    const z = `∂L/∂Z${subscript(l + 1)}[n,${j + 1}]`;
    if (kind === 'weight') return ['sample n', `${outputLetter(layers, l)}[n,${i + 1}]`, z, 'product'];
    if (kind === 'bias') return ['sample n', z];
    const last = l === layers.length - 1;
    return last ? ['sample n', `Z${subscript(l + 1)}`, 'Y', `∂L/∂Z${subscript(l + 1)}`]
      : ['neuron k', `W${subscript(l + 2)}[${j + 1},k]`, `∂L/∂Z${subscript(l + 2)}[n,k]`, 'product'];
  }

  // The numbers alone.
  refresh(trainer) {
    const { target, parts } = this;
    const batch = trainer.batch();
    trainer.differentiate(batch);
    this.sample = Math.min(this.sample, batch.n - 1);
    const { terms, sum } = termsOf(trainer, target, batch, this.sample);
    parts.gradient.textContent = shown(sum);
    const cells = ({ name, factors, value }) => {
      const numbers = target.kind === 'bias' ? [] : factors;
      return [h('td', {}, String(name)), ...numbers.map((x) => h('td', {}, shown(x))), h('td', { 'data-term': value, class: value < 0 ? 'minus' : 'plus' }, shown(value))];
    };
    const rows = terms.map((term) => h('tr', {}, cells(term)));
    parts.body.replaceChildren(...rows);
    const wide = target.kind === 'bias' ? 1 : 3;
    const said = target.kind === 'neuron' ? 'sum' : `sum over ${batch.rows ? `the next batch of ${batch.n}` : `all ${batch.n} samples`}`;
    parts.foot.replaceChildren(h('tr', {}, h('td', { colspan: wide }, said), h('td', { 'data-sum': sum }, shown(sum))));
    if (target.kind === 'neuron') {
      if (parts.sample.options.length !== batch.n) parts.sample.replaceChildren(...Array.from({ length: batch.n }, (_, r) => h('option', { value: r }, String((batch.rows ? batch.rows[r] : r) + 1))));
      parts.sample.value = this.sample;
    } else {
      const step = stepOf(trainer, target, sum);
      if (document.activeElement !== parts.value) parts.value.value = Number(step.value.toPrecision(6));
      parts.update.replaceChildren(h('p', { class: 'why' }, 'The step that follows, g the gradient:'), ...step.lines.map((line) => h('p', { class: 'formula' }, formula(line))), h('p', { class: 'formula' }, '= ', h('strong', {}, step.after)));
    }
    this.warn(trainer);
  }

  warn(trainer) {
    const { trouble } = trainer;
    this.alert.hidden = !trouble;
    if (!trouble) return;
    const { result, said, cure } = troubleText(trainer);
    this.alert.replaceChildren(h('p', {}, h('strong', {}, result), said), h('p', {}, cure, ` The network is kept as it was after step ${trouble.step}, with a loss of ${shown(trainer.trainLoss)}. `,
      h('button', { type: 'button', on: { click: () => this.on.back() } }, 'Back to the lowest loss')));
  }
}
