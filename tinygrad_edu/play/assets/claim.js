// A gradient of your own, typed in NumPy's manner and compared with the engine's in numbers.
// Values are matrices {r, c, at}: r rows, c columns, entries row by row; a number is 1 × 1, a bias one row.

const LONGEST_CLAIM = 300;

class ClaimError extends Error {}

const matrix = (r, c, at) => ({ r, c, at });
const shapeOf = ({ r, c }) => `(${r}, ${c})`;
const mapped = (f) => (x) => matrix(x.r, x.c, x.at.map(f));

function entrywise(sign, x, y, f) {
  const fits = (a, b) => a === b || a === 1 || b === 1;
  if (!fits(x.r, y.r) || !fits(x.c, y.c)) throw new ClaimError(t('claim-shapes', { sign, first: shapeOf(x), second: shapeOf(y) }));
  const [r, c] = [Math.max(x.r, y.r), Math.max(x.c, y.c)];
  const entry = (m, i, j) => m.at[(m.r === 1 ? 0 : i) * m.c + (m.c === 1 ? 0 : j)];
  return matrix(r, c, Float64Array.from({ length: r * c }, (_, k) => f(entry(x, Math.floor(k / c), k % c), entry(y, Math.floor(k / c), k % c))));
}

function product(x, y) {
  if (x.c !== y.r) throw new ClaimError(t('claim-product', { first: shapeOf(x), second: shapeOf(y), columns: x.c, rows: y.r }));
  const at = new Float64Array(x.r * y.c);
  for (let i = 0; i < x.r; i += 1) {
    for (let k = 0; k < x.c; k += 1) for (let j = 0; j < y.c; j += 1) at[i * y.c + j] += x.at[i * x.c + k] * y.at[k * y.c + j];
  }
  return matrix(x.r, y.c, at);
}

function transposed(x) {
  return matrix(x.c, x.r, Float64Array.from({ length: x.r * x.c }, (_, k) => x.at[(k % x.r) * x.c + Math.floor(k / x.r)]));
}

function summed(x, axis) {
  const ones = (n) => new Float64Array(n).fill(1);
  const rowsGone = axis === 1 ? x : product(matrix(1, x.r, ones(x.r)), x);
  return axis === 0 ? rowsGone : product(rowsGone, matrix(x.c, 1, ones(x.c)));
}

const softmax = (x) => {
  const out = new Float64Array(x.at.length);
  rows.softmax(x.r, x.c, x.at, out);
  return matrix(x.r, x.c, out);
};
const FUNCTIONS = {
  ...Object.fromEntries(['tanh', 'sigmoid', 'exp', 'log', 'sqrt', 'abs', 'sign', 'relu', 'erf', 'square'].map((name) => [name, mapped(np[name === 'abs' ? 'absolute' : name])])),
  softmax, sum: (x) => summed(x, null),
};
const OPERATORS = [
  { '>': (x, y) => entrywise('>', x, y, (a, b) => Number(a > b)), '<': (x, y) => entrywise('<', x, y, (a, b) => Number(a < b)) },
  { '+': (x, y) => entrywise('+', x, y, np.add), '-': (x, y) => entrywise('−', x, y, np.subtract) },
  { '*': (x, y) => entrywise('*', x, y, np.multiply), '/': (x, y) => entrywise('/', x, y, np.divide), '@': product },
];

// A typed formula as tokens; what stands on paper is taken for what NumPy writes: ᵀ for .T, ⊙ for *, W₁ for W1.
function tokensOf(text) {
  if (text.length > LONGEST_CLAIM) throw new ClaimError(t('claim-long', { most: LONGEST_CLAIM }));
  const plain = text.replace(/[₀-₉]/g, (d) => '₀₁₂₃₄₅₆₇₈₉'.indexOf(d)).replace(/_(?=\d)/g, '').replace(/ᵀ|\^T\b/g, '.T').replace(/[⊙·×]/g, '*')
    .replace(/−/g, '-').replace(/\^/g, '**').replace(/²/g, '**2').replace(/σ/g, 'sigmoid').replace(/∂L\/∂([ZAD]\d+)/g, 'd$1').replace(/\bnp\./g, '');
  const found = plain.match(/\d+\.?\d*(e[-+]?\d+)?|\.\d+|\*\*|\.T\b|\.sum\b|[A-Za-z]\w*|[-+*/@()<>,=]|\S/g) || [];
  return found;
}

// The value of tokens; `letters` are the matrices that have names. A descent over the operators, loosest first.
function evaluated(tokens, letters) {
  let at = 0;
  const next = () => tokens[at];
  const eat = (token) => {
    if (next() !== token) throw new ClaimError(t(next() === undefined ? 'claim-missing' : 'claim-expected', { token, next: next() }));
    at += 1;
  };
  const level = (n) => {
    if (n === OPERATORS.length) return signed();
    let x = level(n + 1);
    while (next() !== undefined && Object.hasOwn(OPERATORS[n], next())) {
      const f = OPERATORS[n][tokens[at++]];
      x = f(x, level(n + 1));
    }
    return x;
  };
  const signed = () => {
    if (next() !== '-' && next() !== '+') return power();
    const minus = tokens[at++] === '-';
    const x = signed();
    return minus ? mapped(np.negative)(x) : x;
  };
  const power = () => {
    const x = followed(atom());
    if (next() !== '**') return x;
    at += 1;
    return entrywise('**', x, signed(), Math.pow);
  };
  const followed = (x) => {
    if (next() === '.T') {
      at += 1;
      return followed(transposed(x));
    }
    if (next() !== '.sum') return x;
    at += 1;
    eat('(');
    const axis = next() === ')' ? null : Number(tokens[at++] === 'axis' ? (eat('='), tokens[at++]) : tokens[at - 1]);
    if (axis !== null && axis !== 0 && axis !== 1) throw new ClaimError(t('claim-axis'));
    eat(')');
    return followed(summed(x, axis));
  };
  const atom = () => {
    const token = tokens[at++];
    if (token === undefined) throw new ClaimError(t('claim-early'));
    if (token === '(') {
      const x = level(0);
      eat(')');
      return x;
    }
    if (/^[\d.]/.test(token)) return matrix(1, 1, Float64Array.of(Number(token)));
    if (Object.hasOwn(FUNCTIONS, token) && next() === '(') {
      at += 1;
      const x = level(0);
      eat(')');
      return FUNCTIONS[token](x);
    }
    if (Object.hasOwn(letters, token)) return letters[token];
    throw new ClaimError(t('claim-unknown', { token: token.slice(0, 20) }));
  };
  const found = level(0);
  if (at < tokens.length) throw new ClaimError(t('claim-unexpected', { token: tokens[at].slice(0, 20) }));
  return found;
}

// The letters of a batch at some weights, gradients on the way among them (dZ1 for ∂L/∂Z₁), and the gradient asked for.
function lettersOf(trainer, layers, batch, space, { kind, l }) {
  forward(layers, batch.X, batch.n, space, batch.masks);
  backward(layers, trainer.settings, batch.X, batch.Y, batch.n, space);
  const { n } = batch;
  const part = (array, wide) => matrix(n, wide, array.slice(0, n * wide));
  const letters = { X: part(batch.X, layers[0].n), Y: part(batch.Y, trainer.outputs), N: matrix(1, 1, Float64Array.of(n)) };
  if (trainer.settings.penalty !== 'none') letters.lambda = matrix(1, 1, Float64Array.of(trainer.settings.strength));
  layers.forEach(({ n: wide, m, W, b, activation, dropped }, k) => {
    letters[`W${k + 1}`] = matrix(wide, m, W.slice());
    letters[`b${k + 1}`] = matrix(1, m, b.slice());
    letters[`Z${k + 1}`] = part(space.Z[k], m);
    letters[`dZ${k + 1}`] = part(space.dZ[k], m);
    if (activation !== 'linear') [letters[`A${k + 1}`], letters[`dA${k + 1}`]] = [part(space.A[k], m), part(space.dA[k], m)];
    if (!dropped) return;
    letters[`M${k + 1}`] = part(batch.masks[k], m);
    [letters[`D${k + 1}`], letters[`dD${k + 1}`]] = [part(space.D[k], m), part(space.dD[k], m)];
  });
  const { n: wide, m } = layers[l];
  const right = kind === 'weight' ? matrix(wide, m, space.dW[l].slice()) : matrix(1, m, space.db[l].slice());
  const penalty = kind === 'weight' && trainer.settings.penalty !== 'none' ? space.penalty[l].map((x) => x * trainer.settings.strength) : null;
  return { letters, right, penalty };
}

// How a claim differs from the gradient at one point: {kind, …}.
function comparedWith({ letters, right, penalty }, tokens, n) {
  const given = evaluated(tokens, letters);
  const [size, close] = [Math.max(...right.at.map(Math.abs)), (a, b, top) => a.every((x, i) => Math.abs(x - b[i]) <= 1e-9 * top + 1e-300)];
  if (given.r !== right.r || given.c !== right.c) {
    const turned = transposed(given);
    const same = turned.r === right.r && turned.c === right.c && close(turned.at, right.at, size);
    return { kind: same ? 'transposed' : 'shape', given: shapeOf(given), right: shapeOf(right) };
  }
  if (given.at.some((x) => !Number.isFinite(x))) return { kind: 'nan' };
  if (close(given.at, right.at, size)) return { kind: size ? 'right' : 'zero' };
  if (!size) return { kind: 'other', place: 0, given: given.at[0], right: 0 };
  const factor = given.at.reduce((sum, x, i) => sum + x * right.at[i], 0) / right.at.reduce((sum, x) => sum + x * x, 0);
  if (Math.abs(factor) > 1e-6 && close(given.at, right.at.map((x) => x * factor), size * Math.abs(factor))) return { kind: 'factor', factor, n };
  if (penalty && close(given.at, right.at.map((x, i) => x - penalty[i]), size)) return { kind: 'penalty' };
  if (right.r === right.c && close(transposed(given).at, right.at, size)) return { kind: 'transposed', given: shapeOf(given), right: shapeOf(right) };
  const differences = Array.from(given.at, (x, i) => Math.abs(x - right.at[i]));
  const place = differences.indexOf(Math.max(...differences));
  return { kind: 'other', place, columns: right.c, given: given.at[place], right: right.at[place] };
}

// The verdict on a claim, tried at the present weights and at two others: {right, said}.
function judged(trainer, target, text) {
  const batch = trainer.batch();
  const random = generator(7, 31);
  const results = [];
  try {
    const tokens = tokensOf(text);
    if (!tokens.length) throw new ClaimError(t('claim-empty'));
    for (let k = 0; k < 3; k += 1) {
      const moved = (array) => (k ? array.map((x) => x + 0.5 * normal(random)) : array.slice());
      const layers = trainer.layers.map((layer) => ({ ...layer, W: moved(layer.W), b: moved(layer.b) }));
      results.push(comparedWith(lettersOf(trainer, layers, batch, workspace(layers, batch.n), target), tokens, batch.n));
    }
  } catch (error) {
    if (error instanceof ClaimError) return { right: false, said: t('claim-unread', { why: error.message }) };
    throw error;
  }
  const odd = results.find(({ kind }) => kind !== 'right' && kind !== 'zero');
  if (!odd) {
    const decided = results.some(({ kind }) => kind === 'right');
    return { right: decided, said: t(decided ? 'claim-right' : 'claim-zero') };
  }
  const alike = results.every(({ kind, factor }) => kind === odd.kind && (kind !== 'factor' || Math.abs(factor / odd.factor - 1) < 1e-6));
  return { right: false, said: t('claim-wrong', { why: alike || odd.kind !== 'factor' ? differenceSaid(odd) : t('claim-changing') }) };
}

function differenceSaid({ kind, given, right, factor, n, place, columns = 1 }) {
  if (kind !== 'factor' && kind !== 'other') return t(`claim-${kind}`, { given, right });
  if (kind === 'other') return t('claim-other', { row: Math.floor(place / columns) + 1, column: (place % columns) + 1, given: shown(given), right: shown(right) });
  const near = (x) => Math.abs(factor / x - 1) < 1e-6;
  if (near(-1)) return t('claim-sign');
  if (n > 1 && near(n)) return t('claim-times', { count: n });
  if (n > 1 && near(1 / n)) return t('claim-divided', { count: n });
  return t('claim-factor', { factor: shown(factor) });
}
