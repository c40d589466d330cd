// Everything that can be set, and its form in the address. What an address holds is looked at before it is used.

const ACTIVATIONS = Object.keys(pieces.activations);
const RATES = [0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100, 1000];
const BATCHES = [1, 2, 5, 10, 20, 30, 50];
const STRENGTHS = [0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const INITIALISERS = {
  glorot: (n, m, random) => Math.sqrt(6 / (n + m)) * (2 * random() - 1),
  he: (n, m, random) => Math.sqrt(6 / n) * (2 * random() - 1),
  normal: (n, m, random) => normal(random),
  zeros: () => 0,
};
const DROPOUTS = [0, 0.1, 0.2, 0.3, 0.5, 0.8];
const MOST_LAYERS = 6;
const MOST_UNITS = 8;

// The losses that make sense for a number of classes (0: for numbers); the first is taken if none was chosen.
function lossesFor(classes) {
  if (!classes) return ['squared', 'absolute', 'huber'];
  return classes === 2 ? ['bce', 'cross-entropy', 'squared', 'hinge'] : ['cross-entropy', 'squared'];
}

const oneOf = (choices) => (text) => (choices.includes(text) ? text : undefined);
const numberIn = (low, high) => (text) => {
  const number = Number(text);
  return text !== '' && Number.isFinite(number) && number >= low && number <= high ? number : undefined;
};
const wholeIn = (low, high) => (text) => {
  const number = numberIn(low, high)(text);
  return Number.isInteger(number) ? number : undefined;
};
const flag = (text) => ({ 1: true, 0: false })[text];

function layersFrom(text) {
  if (text === '') return [];
  const found = text.split(',').map((part) => {
    const [units, activation = 'tanh'] = part.split(':');
    return { units: wholeIn(1, MOST_UNITS)(units), activation: oneOf(ACTIVATIONS)(activation) };
  });
  return found.length <= MOST_LAYERS && found.every(({ units, activation }) => units && activation) ? found : undefined;
}

function featuresFrom(text) {
  const found = text.split(',');
  const known = found.every((each) => Object.hasOwn(FEATURES, each)) && new Set(found).size === found.length;
  return known ? Object.keys(FEATURES).filter((each) => found.includes(each)) : undefined;
}

// Of each setting, how it is read from an address (undefined: it is not used) and written into one.
const SETTINGS = {
  data: { read: (text) => (Object.hasOwn(SETS, text) ? text : undefined) },
  noise: { read: wholeIn(0, 50) },
  split: { read: wholeIn(10, 90) },
  points: { read: wholeIn(20, 1000) },
  batch: { read: wholeIn(0, 1000) },
  features: { read: featuresFrom, write: (list) => list.join(',') },
  layers: { read: layersFrom, write: (list) => list.map(({ units, activation }) => `${units}:${activation}`).join(',') },
  loss: { read: oneOf(Object.keys(pieces.losses)) },
  optimizer: { read: oneOf(Object.keys(pieces.optimisers)) },
  rate: { read: numberIn(1e-9, 1e6) },
  penalty: { read: oneOf(['none', ...Object.keys(pieces.penalties)]) },
  strength: { read: numberIn(0, 10) },
  dropout: { read: numberIn(0, 0.9) },
  init: { read: oneOf(Object.keys(INITIALISERS)) },
  seed: { read: wholeIn(0, 4294967295) },
  dataseed: { read: wholeIn(0, 4294967295) },
  speed: { read: wholeIn(1, 20) },
  test: { read: flag, write: Number },
  discrete: { read: flag, write: Number },
  lang: { read: (text) => (Object.hasOwn(LOCALES, text) ? text : undefined) },
  hide: {
    read: (text) => text.split(',').filter((id) => /^[a-z][a-z-]{0,30}$/.test(id)),
    write: (list) => list.join(','),
  },
};

// The settings that a fragment such as #data=xor&rate=0.1 asks for, and what it asks for in vain.
function readAddress(fragment) {
  const [found, refused] = [{}, []];
  for (const [key, text] of new URLSearchParams(fragment.replace(/^#/, '').slice(0, 2000))) {
    const value = Object.hasOwn(SETTINGS, key) ? SETTINGS[key].read(text) : undefined;
    if (value === undefined) refused.push(key.slice(0, 20));
    else found[key] = value;
  }
  return { found, refused };
}

function writeAddress(settings) {
  const parts = Object.entries(SETTINGS)
    .filter(([key]) => settings[key] !== undefined && !(key === 'hide' && !settings.hide.length) && !(key === 'data' && settings.data === 'own'))
    .map(([key, { write = String }]) => `${key}=${encodeURIComponent(write(settings[key])).replace(/%2C/g, ',').replace(/%3A/g, ':')}`);
  return `#${parts.join('&')}`;
}
