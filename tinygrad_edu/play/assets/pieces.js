// Written by `python -m tinygrad_edu.play` from the engine's own table; not to be changed by hand.
const pieces = {
linear: { forward: function forward(N, I, O, X, W, b, Z) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      let e1 = 0;
      for (let k2 = 0; k2 < I; k2 += 1) {
        e1 += X[i * I + k2] * W[k2 * O + j];
      }
      const e3 = e1 + b[j];
      Z[i * O + j] = e3;
    }
  }
},
towards_input: function towards_input(N, I, O, X, W, b, G, dX) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < I; j += 1) {
      let e1 = 0;
      for (let k2 = 0; k2 < O; k2 += 1) {
        e1 += G[i * O + k2] * (W[j * O + k2]);
      }
      dX[i * I + j] = e1;
    }
  }
},
towards_weights: function towards_weights(N, I, O, X, W, b, G, dW) {
  for (let i = 0; i < I; i += 1) {
    for (let j = 0; j < O; j += 1) {
      let e1 = 0;
      for (let k2 = 0; k2 < N; k2 += 1) {
        e1 += (X[k2 * I + i]) * G[k2 * O + j];
      }
      dW[i * O + j] = e1;
    }
  }
},
towards_bias: function towards_bias(N, I, O, X, W, b, G, db) {
  for (let i = 0; i < O; i += 1) {
    let e1 = 0;
    for (let k2 = 0; k2 < N; k2 += 1) {
      e1 += G[k2 * O + i];
    }
    db[i] = e1;
  }
}, },
dropout: { forward: function forward(N, O, A, M, D) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = A[i * O + j] * M[i * O + j];
      D[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, A, M, G, dA) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = G[i * O + j] * M[i * O + j];
      dA[i * O + j] = e1;
    }
  }
}, },
activations: {
"linear": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      A[i * O + j] = Z[i * O + j];
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      dZ[i * O + j] = G[i * O + j];
    }
  }
}, },
"tanh": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.tanh(Z[i * O + j]);
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.tanh(Z[i * O + j]);
      const e2 = G[i * O + j] * (1.0 - (e1 * e1));
      dZ[i * O + j] = e2;
    }
  }
}, },
"sigmoid": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.sigmoid(Z[i * O + j]);
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.sigmoid(Z[i * O + j]);
      const e2 = G[i * O + j] * (e1 * (1.0 - e1));
      dZ[i * O + j] = e2;
    }
  }
}, },
"relu": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.relu(Z[i * O + j]);
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.where((Z[i * O + j] <= 0.0), 0.0, G[i * O + j]);
      dZ[i * O + j] = e1;
    }
  }
}, },
"leaky_relu": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.where((Z[i * O + j] > 0.0), Z[i * O + j], (Z[i * O + j] * 0.01));
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] > 0.0;
      const e2 = np.where(e1, G[i * O + j], 0.0) + (np.where(e1, 0.0, G[i * O + j]) * 0.01);
      dZ[i * O + j] = e2;
    }
  }
}, },
"elu": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] > 0.0;
      const e2 = np.where(e1, Z[i * O + j], (np.expm1(np.where(e1, 0.0, Z[i * O + j]))));
      A[i * O + j] = e2;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] > 0.0;
      const e2 = np.where(e1, G[i * O + j], 0.0) + (np.where(e1, 0.0, (np.where(e1, 0.0, G[i * O + j]) * ((np.expm1(np.where(e1, 0.0, Z[i * O + j]))) + 1.0))));
      dZ[i * O + j] = e2;
    }
  }
}, },
"gelu": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = (Z[i * O + j] * 0.5) * (1.0 + (np.erf((Z[i * O + j] * 0.7071067811865476))));
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] * 0.7071067811865476;
      const e2 = (((G[i * O + j] * (Z[i * O + j] * 0.5)) * (1.1283791670955126 * (np.exp((np.negative((e1 * e1))))))) * 0.7071067811865476) + ((G[i * O + j] * (1.0 + np.erf(e1))) * 0.5);
      dZ[i * O + j] = e2;
    }
  }
}, },
"silu": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] * np.sigmoid(Z[i * O + j]);
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.sigmoid(Z[i * O + j]);
      const e2 = (G[i * O + j] * e1) + ((G[i * O + j] * Z[i * O + j]) * (e1 * (1.0 - e1)));
      dZ[i * O + j] = e2;
    }
  }
}, },
"softplus": { forward: function forward(N, O, Z, A) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.softplus(Z[i * O + j]);
      A[i * O + j] = e1;
    }
  }
},
backward: function backward(N, O, Z, G, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = G[i * O + j] * np.sigmoid(Z[i * O + j]);
      dZ[i * O + j] = e1;
    }
  }
}, },
},
losses: {
"bce": { value: function value(N, O, Z, Y) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    for (let k3 = 0; k3 < O; k3 += 1) {
      e1 += np.logistic_loss(Z[k2 * O + k3], Y[k2 * O + k3]);
    }
  }
  e1 /= N * O;
  return e1;
},
backward: function backward(N, O, Z, Y, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.sigmoid_residual(Z[i * O + j], Y[i * O + j]) / (N * O);
      dZ[i * O + j] = e1;
    }
  }
}, },
"cross-entropy": { value: function value(N, O, Z, Y) {
  const t1 = new Float64Array(N * O);
  rows.log_softmax(N, O, Z, t1);
  const t4 = new Float64Array(N);
  for (let i = 0; i < N; i += 1) {
    let e2 = 0;
    for (let k3 = 0; k3 < O; k3 += 1) {
      e2 += (Y[i * O + k3] * t1[i * O + k3]);
    }
    t4[i] = e2;
  }
  let e5 = 0;
  for (let k6 = 0; k6 < N; k6 += 1) {
    e5 += t4[k6];
  }
  e5 /= N;
  const e7 = np.negative(e5);
  return e7;
},
backward: function backward(N, O, Z, Y, dZ) {
  const t1 = new Float64Array(N * O);
  rows.log_softmax(N, O, Z, t1);
  const t4 = new Float64Array(N);
  for (let i = 0; i < N; i += 1) {
    let e2 = 0;
    for (let k3 = 0; k3 < O; k3 += 1) {
      e2 += (Y[i * O + k3] * t1[i * O + k3]);
    }
    t4[i] = e2;
  }
  const t6 = new Float64Array(N * O);
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e5 = np.negative(Y[i * O + j]) / N;
      t6[i * O + j] = e5;
    }
  }
  const t9 = new Float64Array(N);
  for (let i = 0; i < N; i += 1) {
    let e7 = 0;
    for (let k8 = 0; k8 < O; k8 += 1) {
      e7 += t6[i * O + k8];
    }
    t9[i] = e7;
  }
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e10 = t6[i * O + j] - (np.exp(t1[i * O + j]) * t9[i]);
      dZ[i * O + j] = e10;
    }
  }
}, },
"squared": { value: function value(N, O, Z, Y) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    for (let k3 = 0; k3 < O; k3 += 1) {
      e1 += (np.square((Z[k2 * O + k3] - Y[k2 * O + k3])));
    }
  }
  e1 /= N * O;
  return e1;
},
backward: function backward(N, O, Z, Y, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = (2.0 * (Z[i * O + j] - Y[i * O + j])) / (N * O);
      dZ[i * O + j] = e1;
    }
  }
}, },
"hinge": { value: function value(N, O, Z, Y) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    for (let k3 = 0; k3 < O; k3 += 1) {
      e1 += (np.relu((1.0 - (Y[k2 * O + k3] * Z[k2 * O + k3]))));
    }
  }
  e1 /= N * O;
  return e1;
},
backward: function backward(N, O, Z, Y, dZ) {
  const e1 = 1.0 / (N * O);
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e2 = np.negative(((np.where(((1.0 - (Y[i * O + j] * Z[i * O + j])) <= 0.0), 0.0, e1)) * Y[i * O + j]));
      dZ[i * O + j] = e2;
    }
  }
}, },
"absolute": { value: function value(N, O, Z, Y) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    for (let k3 = 0; k3 < O; k3 += 1) {
      e1 += (np.absolute((Z[k2 * O + k3] - Y[k2 * O + k3])));
    }
  }
  e1 /= N * O;
  return e1;
},
backward: function backward(N, O, Z, Y, dZ) {
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = (np.sign((Z[i * O + j] - Y[i * O + j]))) / (N * O);
      dZ[i * O + j] = e1;
    }
  }
}, },
"huber": { value: function value(N, O, Z, Y) {
  const t2 = new Float64Array(N * O);
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = np.absolute((Z[i * O + j] - Y[i * O + j]));
      t2[i * O + j] = e1;
    }
  }
  let e3 = 0;
  for (let k4 = 0; k4 < N; k4 += 1) {
    for (let k5 = 0; k5 < O; k5 += 1) {
      e3 += (np.where((t2[k4 * O + k5] < 1.0), ((t2[k4 * O + k5] * t2[k4 * O + k5]) / 2.0), (t2[k4 * O + k5] - 0.5)));
    }
  }
  e3 /= N * O;
  return e3;
},
backward: function backward(N, O, Z, Y, dZ) {
  const t4 = new Float64Array(N * O);
  const t5 = new Float64Array(N * O);
  const t6 = new Float64Array(N * O);
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e1 = Z[i * O + j] - Y[i * O + j];
      const e2 = np.absolute(e1);
      const e3 = e2 < 1.0;
      t4[i * O + j] = e1;
      t5[i * O + j] = e2;
      t6[i * O + j] = e3;
    }
  }
  const e7 = 1.0 / (N * O);
  for (let i = 0; i < N; i += 1) {
    for (let j = 0; j < O; j += 1) {
      const e8 = (np.where(t6[i * O + j], e7, 0.0) / 2.0) * t5[i * O + j];
      const e9 = ((np.where(t6[i * O + j], 0.0, e7) + e8) + e8) * np.sign(t4[i * O + j]);
      dZ[i * O + j] = e9;
    }
  }
}, },
},
penalties: {
"l1": { value: function value(N, W) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    e1 += np.absolute(W[k2]);
  }
  return e1;
},
backward: function backward(N, W, dW) {
  for (let i = 0; i < N; i += 1) {
    const e1 = np.sign(W[i]);
    dW[i] = e1;
  }
}, },
"l2": { value: function value(N, W) {
  let e1 = 0;
  for (let k2 = 0; k2 < N; k2 += 1) {
    e1 += (W[k2] * W[k2]);
  }
  const e3 = e1 / 2.0;
  return e3;
},
backward: function backward(N, W, dW) {
  for (let i = 0; i < N; i += 1) {
    const e1 = 2.0 * (0.5 * W[i]);
    dW[i] = e1;
  }
}, },
},
optimisers: {
"sgd": { step: function step(N, p, g, lr, count, p_next) {
  for (let i = 0; i < N; i += 1) {
    const e1 = p[i] - (lr * g[i]);
    p_next[i] = e1;
  }
}, },
"momentum": { step: function step(N, p, g, velocity, lr, count, p_next, velocity_next) {
  for (let i = 0; i < N; i += 1) {
    const e1 = (0.9 * velocity[i]) + g[i];
    const e2 = p[i] - (lr * e1);
    velocity_next[i] = e1;
    p_next[i] = e2;
  }
}, },
"adam": { step: function step(N, p, g, mean, mean_square, lr, count, p_next, mean_next, mean_square_next) {
  for (let i = 0; i < N; i += 1) {
    const e1 = (0.9 * mean[i]) + (0.09999999999999998 * g[i]);
    const e2 = (0.999 * mean_square[i]) + (0.0010000000000000009 * (g[i] * g[i]));
    mean_next[i] = e1;
    mean_square_next[i] = e2;
  }
  const e3 = np.power((1.0 - np.power(0.999, count)), 0.5);
  const e4 = (lr * e3) / (1.0 - np.power(0.9, count));
  const e5 = 1e-08 * e3;
  for (let i = 0; i < N; i += 1) {
    const e6 = p[i] - (e4 * (mean_next[i] / (np.sqrt(mean_square_next[i]) + e5)));
    p_next[i] = e6;
  }
}, },
},
};
