// Settings that show one thing each; what a preset does not say is as it stands in COMMON.

const COMMON = {
  noise: 10, points: 200, penalty: 'none', dropout: 0, loss: 'bce', optimizer: 'sgd', rate: 0.3, batch: 10, features: ['x1', 'x2'], init: 'glorot',
};
const PRESETS = {
  quick: { data: 'moons', layers: layersFrom('4:tanh,2:tanh'), optimizer: 'adam', rate: 0.03, batch: 0 },
  spiral: { data: 'spiral', layers: layersFrom('8:tanh,8:tanh,4:tanh'), optimizer: 'adam', rate: 0.01, features: ['x1', 'x2', 'sin1', 'sin2'], noise: 0, points: 300 },
  xor: { data: 'xor', layers: [], batch: 0, features: ['x1x2'] },
  arms: { data: 'arms', layers: layersFrom('8:tanh,8:tanh'), loss: 'cross-entropy', optimizer: 'adam', rate: 0.01, noise: 5, points: 300 },
  digits: { data: 'digits', layers: layersFrom('8:tanh,8:tanh'), loss: 'cross-entropy', optimizer: 'adam', rate: 0.01, noise: 0, points: 400 },
  dead: { data: 'circle', layers: layersFrom('6:relu,4:relu'), rate: 3, init: 'he' },
  vanishing: { data: 'circle', layers: layersFrom(Array(6).fill('4:sigmoid').join()), batch: 0 },
  diverging: { data: 'bumps', layers: layersFrom('8:relu,8:relu'), loss: 'squared', rate: 10, batch: 0, init: 'he' },
  regression: { data: 'bumps', layers: layersFrom('8:tanh,8:tanh'), loss: 'squared', optimizer: 'adam', rate: 0.03, points: 300 },
};
