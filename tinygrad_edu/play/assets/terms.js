// What a gradient is made of: its lines of the derivation, the terms of a batch, and the step that follows.

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
    lines.push(Object.fromEntries(Object.entries(piece).map(([name, line]) => [name, filled(name.endsWith('_why') ? reasonOf(line) : line, layers, layer)])));
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
