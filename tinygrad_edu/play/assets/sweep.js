// A network joined of pieces. No derivative stands here: each piece brings its own.
// layers: [{n, m, activation, W, b}], W of n × m numbers row by row, b of m; the last layer's activation is "linear".

// Arrays for everything that is computed of up to `rows` samples. D is what dropout leaves of A.
function workspace(layers, rows) {
  const each = (size) => layers.map((layer) => new Float64Array(size(layer)));
  return {
    Z: each(({ m }) => rows * m),
    A: each(({ m }) => rows * m),
    dZ: each(({ m }) => rows * m),
    dA: each(({ m }) => rows * m),
    dW: each(({ n, m }) => n * m),
    db: each(({ m }) => m),
    penalty: each(({ n, m }) => n * m),
    D: each(({ m }) => rows * m),
    dD: each(({ m }) => rows * m),
    masks: null,
  };
}

// The outputs for n samples X. masks: of each hidden layer, what dropout multiplies its n × m outputs by, or null.
function forward(layers, X, n, space, masks = null) {
  space.masks = masks;
  layers.forEach((layer, l) => {
    pieces.linear.forward(n, layer.n, layer.m, inputOf(l, X, space), layer.W, layer.b, space.Z[l]);
    pieces.activations[layer.activation].forward(n, layer.m, space.Z[l], space.A[l]);
    if (masks && l < masks.length) pieces.dropout.forward(n, layer.m, space.A[l], masks[l], space.D[l]);
  });
}

// What went into layer l.
function inputOf(l, X, space) {
  return l ? (space.masks ? space.D : space.A)[l - 1] : X;
}

// The loss of the outputs that are in the workspace, without the penalty.
function dataLossOf(layers, task, Y, n, space) {
  const last = layers.length - 1;
  return pieces.losses[task.loss].value(n, layers[last].m, space.A[last], Y);
}

// What the penalty on the weights adds to the loss.
function penaltyOf(layers, task) {
  if (task.penalty === 'none') return 0;
  const { value } = pieces.penalties[task.penalty];
  return layers.reduce((sum, { W }) => sum + task.strength * value(W.length, W), 0);
}

// Both together.
function lossOf(layers, task, Y, n, space) {
  return dataLossOf(layers, task, Y, n, space) + penaltyOf(layers, task);
}

// All gradients, after `forward` with the same X: into space.dW and space.db, and those on the way into dA and dZ.
function backward(layers, task, X, Y, n, space) {
  const last = layers.length - 1;
  pieces.losses[task.loss].backward(n, layers[last].m, space.A[last], Y, space.dA[last]);
  for (let l = last; l >= 0; l -= 1) {
    const { n: wide, m, activation, W, b } = layers[l];
    const [input, { masks }] = [inputOf(l, X, space), space];
    pieces.activations[activation].backward(n, m, space.Z[l], space.dA[l], space.dZ[l]);
    pieces.linear.towards_weights(n, wide, m, input, W, b, space.dZ[l], space.dW[l]);
    pieces.linear.towards_bias(n, wide, m, input, W, b, space.dZ[l], space.db[l]);
    if (l) pieces.linear.towards_input(n, wide, m, input, W, b, space.dZ[l], (masks ? space.dD : space.dA)[l - 1]);
    if (l && masks) pieces.dropout.backward(n, wide, space.A[l - 1], masks[l - 1], space.dD[l - 1], space.dA[l - 1]);
    if (task.penalty !== 'none') {
      pieces.penalties[task.penalty].backward(W.length, W, space.penalty[l]);
      for (let i = 0; i < W.length; i += 1) space.dW[l][i] += task.strength * space.penalty[l][i];
    }
  }
}

// What an optimiser remembers, zero at first: for each layer, for W and for b, a list of arrays.
function fresh(layers, optimizer) {
  const arrays = (p) => remembered[optimizer].map(() => new Float64Array(p.length));
  return layers.map(({ W, b }) => ({ W: arrays(W), b: arrays(b) }));
}

// One step of the optimiser along the gradients in the workspace; count is the number of this step.
function update(layers, optimizer, memory, space, rate, count) {
  const { step } = pieces.optimisers[optimizer];
  layers.forEach(({ W, b }, l) => {
    step(W.length, W, space.dW[l], ...memory[l].W, rate, count, W, ...memory[l].W);
    step(b.length, b, space.db[l], ...memory[l].b, rate, count, b, ...memory[l].b);
  });
}
