// What a gradient is made of: its lines of the derivation, the terms of a batch, and the step that follows.

// The letter of what comes out of a layer (0: the input): with dropout D, else A, of a linear layer Z itself.
function outputLetter(layers, l) {
  if (l && layers[l - 1].dropped) return `D${subscript(l)}`;
  return l ? activeLetter(layers, l) : 'X';
}

// The letter of what its activation gives.
function activeLetter(layers, l) {
  return `${layers[l - 1].activation === 'linear' ? 'Z' : 'A'}${subscript(l)}`;
}

// A piece's line with the letters of layer l (from 1) in its blanks.
function filled(line, layers, l) {
  return line.replace(/\{([ZWbAPDM])\}/g, (_, mark) => {
    if (mark === 'P') return outputLetter(layers, l - 1);
    return mark === 'A' ? activeLetter(layers, l) : `${mark}${subscript(l)}`;
  });
}

const wide = (n) => (n === 1 ? '1' : 'n');

// The lines of a piece: {index, matrix, index_why, matrix_why}.
function lineOf(key, layers, l) {
  return Object.fromEntries(Object.entries(formulas[key]).map(([name, line]) => [name, filled(name.endsWith('_why') ? reasonOf(line) : line, layers, l)]));
}

// The lines that lead from a weight, a bias or a neuron to the loss: [{index, matrix, why…}], the asked one first.
function formulasOf(layers, { loss, penalty }, { kind, l }) {
  const lines = [];
  const add = (key, layer) => lines.push(lineOf(key, layers, layer));
  const layer = layers[l];
  const last = layers.length;
  if (kind === 'weight') add(`weights:${l ? 'later' : 'first'}:${wide(layer.n)}:${wide(layer.m)}`, l + 1);
  if (kind === 'weight' && penalty !== 'none') lines.push(penalise(lines[0], lineOf(`penalty:${penalty}:${wide(layer.n)}:${wide(layer.m)}`, layers, l + 1)));
  if (kind === 'bias') add(`bias:${wide(layer.m)}`, l + 1);
  // from ∂L/∂Z of the layer, or, of a neuron, from ∂L/∂A
  for (let k = l + 1; k <= last; k += 1) {
    const { m, activation, dropped } = layers[k - 1];
    if (activation !== 'linear' && !(kind === 'neuron' && k === l + 1)) add(`activation:${activation}:${wide(m)}`, k);
    if (dropped) add(`dropout:${wide(m)}`, k);
    if (k < last) add(`input:${wide(m)}:${wide(layers[k].m)}`, k + 1);
  }
  add(`loss:${loss}:${wide(layers[last - 1].m)}`, last);
  return lines;
}

// Add λ times the penalty's gradient to the line of a gradient; returns the penalty's own line.
function penalise(line, own) {
  for (const notation of ['index', 'matrix']) {
    line[notation] += ` + λ ${own[notation].split(' = ')[0]}`;
    line[`${notation}_why`] += t('penalty-why');
  }
  return own;
}

// What layer l (from 0) computes.
function layerLines(layers, l) {
  const { n, m, activation, dropped } = layers[l];
  const keys = [`linear:${l ? 'later' : 'first'}:${wide(n)}:${wide(m)}`];
  if (activation !== 'linear') keys.push(`output:${activation}:${wide(m)}`);
  if (dropped) keys.push(`dropped:${wide(m)}`);
  return keys.map((key) => lineOf(key, layers, l + 1));
}

// What the loss is; with a penalty also R, as far as the weights of layer l are in it.
function lossLines(layers, { loss, penalty }, l) {
  const { n, m } = layers[l];
  const lines = [lineOf(`value:${loss}:${wide(layers[layers.length - 1].m)}`, layers, layers.length)];
  if (penalty === 'none') return lines;
  for (const notation of ['index', 'matrix']) lines[0][notation] += ' + λ R';
  const own = lineOf(`penalised:${penalty}:${wide(n)}:${wide(m)}`, layers, l + 1);
  for (const notation of ['index', 'matrix']) if (layers.length > 1) own[notation] += ' + …';
  return [...lines, own];
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
    const at = sample * layer.m + j;
    for (let k = 0; next && k < next.m; k += 1) {
      const factors = [next.W[j * next.m + k], space.dZ[l + 1][sample * next.m + k]];
      pieces.linear.towards_input(1, 1, 1, one(0), one(factors[0]), one(0), one(factors[1]), out);
      if (layer.dropped) {
        factors.unshift(space.masks[l][at]);
        pieces.dropout.backward(1, 1, one(0), one(factors[0]), one(out[0]), out);
      }
      terms.push({ name: `k = ${k + 1}`, factors, value: out[0] });
    }
    const sum = space.dA[l][at];
    if (!next) terms.push({ name: `n = ${row(sample) + 1}`, factors: [space.A[l][at], batch.Y[at]], value: sum });
    return { terms, sum };
  }
  const input = inputOf(l, batch.X, space);
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
  const penalty = penaltyTerm(trainer, target);
  if (penalty) terms.push({ name: `${settings.penalty.toUpperCase()}: λ · ∂R/∂w`, factors: [penalty.strength, penalty.slope], value: penalty.value });
  return { terms, sum: kind === 'weight' ? space.dW[l][i * layer.m + j] : space.db[l][j] };
}

// A number as a factor: brackets around what is below 0.
const signed = (text) => (text.startsWith('−') ? `(${text})` : text);

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

// What a penalty adds to the gradient of a weight: {slope, strength, value}; null if there is none.
function penaltyTerm({ settings, space, layers }, { kind, l, i, j }) {
  if (kind !== 'weight' || settings.penalty === 'none') return null;
  const slope = space.batch.penalty[l][i * layers[l].m + j];
  return { slope, strength: settings.strength, value: settings.strength * slope };
}

// For how many samples of a batch dropout leaves out neuron j of hidden layer l; null without dropout.
function droppedOf(layers, batch, l, j) {
  if (!batch.masks || l < 0 || l >= batch.masks.length) return null;
  const { m } = layers[l];
  return Array.from({ length: batch.n }, (_, r) => batch.masks[l][r * m + j]).filter((x) => x === 0).length;
}

function nameOf(layers, { kind, l, i, j }) {
  if (kind === 'weight') return `W${subscript(l + 1)}[${i + 1}, ${j + 1}]`;
  if (kind === 'bias') return `b${subscript(l + 1)}[${j + 1}]`;
  return `${activeLetter(layers, l + 1)}[n, ${j + 1}]`;
}
