// The network as it stands, written as a program.

const LANGUAGES = { numpy: 'NumPy', pytorch: 'PyTorch', tinygrad_edu: 'tinygrad_edu', sklearn: 'scikit-learn', json: 'JSON' };

function rowsIn(W, n, m) {
  return Array.from({ length: n }, (_, i) => Array.from(W.subarray(i * m, (i + 1) * m)));
}

const written = (rows, indent) => `[${rows.map((row) => `[${row.join(', ')}]`).join(`,\n${indent}`)}]`;

// The features as columns of a NumPy array, from a matrix with the two coordinates.
const COLUMNS = {
  x1: 'x1', x2: 'x2', x1x1: 'x1 * x1', x2x2: 'x2 * x2', x1x2: 'x1 * x2', sin1: 'np.sin(2 * x1)', sin2: 'np.sin(2 * x2)',
};

function codeOf(trainer, language) {
  const { layers, settings } = trainer;
  const { loss, features, dropout } = settings;
  const names = [...new Set(layers.slice(0, -1).map(({ activation }) => activation))].filter((name) => name !== 'linear');
  const head = `# ${features.length} feature${features.length > 1 ? 's' : ''}: ${features.map((key) => FEATURES[key].text).join(', ')}; loss: ${lower(texts[`loss-${loss}`].en)}`;
  const input = ['def features(points):', '    """The columns that go in, from points (N, 2)."""', '    x1, x2 = points.T', `    return np.stack([${features.map((key) => COLUMNS[key]).join(', ')}], axis=1)`];
  const weights = (name) => layers.flatMap(({ W, b, n, m }, l) => [
    `W${l + 1} = ${name}(${written(rowsIn(W, n, m), ' '.repeat(name.length + 7))})`, `b${l + 1} = ${name}([${Array.from(b).join(', ')}])`,
  ]);
  if (language === 'json') return JSON.stringify({ settings: { ...settings }, weights: weightsOf(layers) }, null, 1);
  if (language === 'numpy') {
    const forwardLines = layers.flatMap(({ activation, dropped }, l) => {
      const z = `${l ? 'A' : 'X'} @ W${l + 1} + b${l + 1}`;
      const line = `    ${l === layers.length - 1 ? 'return' : 'A ='} ${activation === 'linear' ? z : `${activation}(${z})`}`;
      return dropped ? [line, `    A = dropped(A, ${dropout}, rng)`] : [line];
    });
    return [head, 'import numpy as np', '', '', ...names.flatMap((name) => [writings.numpy[name].trimEnd(), '', '']), ...weights('np.array'), '', '', ...input, '', '',
      ...(dropout ? [...NUMPY_DROPOUT, 'def network(X, rng=None):', `    """The outputs${outputWords(loss)}; rng draws what dropout leaves out, in training."""`]
        : ['def network(X):', `    """The outputs${outputWords(loss)}."""`]), ...forwardLines, ''].join('\n');
  }
  if (language === 'sklearn') return sklearnCode(trainer, head, input, weights('np.array'));
  const torch = language === 'pytorch';
  const modules = layers.flatMap(({ n, m, activation, dropped }) => [
    `${torch ? 'torch.nn' : 'nn'}.Linear(${n}, ${m})`, ...(activation === 'linear' ? [] : [writings[torch ? 'pytorch' : 'tinygrad_edu'][activation]]),
    ...(dropped ? [`${torch ? 'torch.nn' : 'nn'}.Dropout(${dropout})`] : []),
  ]);
  let at = 0;
  const places = layers.map(({ activation, dropped }) => {
    const place = at;
    at += 1 + Number(activation !== 'linear') + Number(dropped);
    return place;
  });
  const used = dropout ? ['model.eval()  # without dropout; model.train() before training'] : [];
  const model = [`model = ${torch ? 'torch.nn' : 'nn'}.Sequential(`, ...modules.map((each) => `    ${each},`), ')'];
  if (torch) {
    const put = places.flatMap((place, l) => [`    model[${place}].weight.copy_(W${l + 1}.T)  # PyTorch keeps (out, in)`, `    model[${place}].bias.copy_(b${l + 1})`]);
    return [head, 'import numpy as np', 'import torch', '', 'torch.set_default_dtype(torch.float64)', ...model, ...weights('torch.tensor'), 'with torch.no_grad():', ...put, ...used, '', '', ...input, '', `loss = ${writings.losses.pytorch[loss]}`, ''].join('\n');
  }
  const put = places.flatMap((place, l) => [`model[${place}].weight.data[...] = W${l + 1}`, `model[${place}].bias.data[...] = b${l + 1}`]);
  return [head, 'import numpy as np', '', 'from tinygrad_edu import losses, nn', '', ...model, ...weights('np.array'), ...put, ...used, '', '', ...input, '', `loss = ${writings.losses.tinygrad_edu[loss]}`, ''].join('\n');
}

const NUMPY_DROPOUT = [
  'def dropped(A, rate, rng):', '    """A with each entry 0 with probability rate, else 1/(1 - rate) times itself; A itself without rng."""',
  '    return A if rng is None else A * (rng.random(A.shape) >= rate) / (1 - rate)', '', '',
];

const SKLEARN_ACTIVATIONS = { linear: 'identity', sigmoid: 'logistic', tanh: 'tanh', relu: 'relu' };

// scikit-learn's networks have one activation for all hidden layers, and the output that goes with their loss.
function sklearnCode(trainer, head, input, weights) {
  const { layers, settings, classes, outputs } = trainer;
  const hidden = layers.slice(0, -1);
  const activations = [...new Set(hidden.map(({ activation }) => activation))];
  const why = settings.dropout && hidden.length ? t('sklearn-dropout') : activations.length > 1 ? t('sklearn-mixed')
    : activations.some((name) => !Object.hasOwn(SKLEARN_ACTIVATIONS, name)) ? t('sklearn-activation', { activation: activations[0], known: Object.keys(SKLEARN_ACTIVATIONS).join(t('comma')) })
      : classes && !['bce', 'cross-entropy'].includes(settings.loss) ? t('sklearn-classifier')
        : classes === 2 && outputs === 2 ? t('sklearn-two')
          : !classes && settings.loss !== 'squared' ? t('sklearn-regression') : '';
  if (why) return `${head}\n# ${t('sklearn-cannot', { why })}\n`;
  const name = classes ? 'MLPClassifier' : 'MLPRegressor';
  const sizes = hidden.map(({ m }) => `${m},`).join(' ');
  const first = classes ? `np.arange(${classes}), classes=np.arange(${classes})` : 'np.arange(2.0)';
  const list = (letter) => layers.map((_, l) => `${letter}${l + 1}`).join(', ');
  return [head, 'import numpy as np', `from sklearn.neural_network import ${name}`, '', ...weights,
    `model = ${name}(hidden_layer_sizes=(${sizes}), activation="${SKLEARN_ACTIVATIONS[activations[0] || 'linear']}")`,
    `model.partial_fit(np.zeros((${classes || 2}, ${layers[0].n})), ${first})  # makes its arrays, which are replaced`,
    `model.coefs_, model.intercepts_ = [${list('W')}], [${list('b')}]`, '', '', ...input, ''].join('\n');
}

function outputWords(loss) {
  return { bce: ' before the sigmoid: above 0 is class 1', 'cross-entropy': ' before the softmax: the largest is the class', hinge: ': above 0 is class 1' }[loss] || '';
}

function weightsOf(layers) {
  return layers.map(({ W, b, n, m }) => ({ W: rowsIn(W, n, m), b: Array.from(b) }));
}
