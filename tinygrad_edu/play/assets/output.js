// What comes out: the map with the points on it, the curve of losses, the readings, the slider through the history.

class Output {
  constructor() {
    this.map = h('canvas', { width: GRID, height: GRID });
  }

  // Arrays for a network's maps over the plane.
  begin(trainer) {
    const { layers, outputs, settings } = trainer;
    this.plane = planeOf(settings.features);
    this.space = workspace(layers, GRID * GRID);
    // of each output at each cell, a probability where there are several classes, and what its map shows, −1 to 1
    this.space.probabilities = new Float64Array(GRID * GRID * outputs);
    this.space.shown = new Float64Array(GRID * GRID * outputs);
  }

  // Every neuron over the plane, into this.space.
  compute({ layers, outputs, settings }) {
    const { space } = this;
    forward(layers, this.plane, GRID * GRID, space);
    const out = space.A[layers.length - 1];
    const { probabilities } = space;
    if (settings.loss === 'cross-entropy') rows.softmax(GRID * GRID, outputs, out, probabilities);
    else if (settings.loss === 'bce') pieces.activations.sigmoid.forward(GRID * GRID, outputs, out, probabilities);
    else probabilities.set(out);
    const certain = ['cross-entropy', 'bce'].includes(settings.loss) || outputs > 1;
    for (let i = 0; i < out.length; i += 1) space.shown[i] = certain ? 2 * probabilities[i] - 1 : out[i];
  }

  // The large map: of the neuron that is pointed at, or of the output; with a ring around a training sample.
  paint(trainer, pointed, ringed) {
    const { settings, layers, outputs, accuracy } = trainer;
    const last = layers.length - 1;
    const [l, j] = pointed && pointed.kind === 'neuron' ? [pointed.l, pointed.j] : [last, 0];
    if (l < last) paintMap(this.map, this.space.A[l], layers[l].m, j, settings.discrete);
    else if (outputs > 1) paintClasses(this.map, this.space.probabilities, outputs, settings.discrete);
    else paintMap(this.map, this.space.shown, 1, 0, settings.discrete);
    $$('output-title').textContent = l < last ? t('neuron-title', { unit: j + 1, layer: l + 1 }) : t('output');
    paintBoundary($$('boundary'), this.map, trainer, settings.test, ringed);
    const share = accuracy === null ? '' : t('boundary-accuracy', { share: (100 * accuracy).toFixed(0) });
    $$('boundary').setAttribute('aria-label', t('boundary-now', { points: trainer.train.n, loss: shown(trainer.trainLoss), accuracy: share }));
  }

  // What the colours mean: of several classes each, of two or of numbers both ends.
  legend({ classes, labels }) {
    const name = (k) => (labels ? labels[k] : String(k)).slice(0, 14);
    const mark = (k) => h('b', { 'data-class': k }, '●■▲'[classes > 2 ? k % 3 : 0]);
    const one = (k) => h('span', {}, mark(k), name(k));
    $$('scale').replaceChildren(...(classes > 2 ? Array.from({ length: classes }, (_, k) => one(k)) : classes ? [one(0), h('i'), one(1)] : ['−1', h('i'), '1']));
    for (const each of $$('scale').querySelectorAll('b')) each.style.color = hues().classes[each.dataset.class];
  }

  // Of the digits, what their two features are: a weight of each pixel.
  about({ own, settings }) {
    const shownNow = !own && settings.data === 'digits';
    $$('about').hidden = !shownNow;
    if (!shownNow) return;
    const { components, share } = given.digits;
    components.forEach((weights, k) => {
      const context = $$(`component-${k + 1}`).getContext('2d');
      weights.forEach((weight, i) => {
        context.fillStyle = colour(weight / 100);
        context.fillRect(i % 8, Math.floor(i / 8), 1, 1);
      });
    });
    const [first, second] = share.map((each) => (100 * each).toFixed(1));
    $$('about-text').textContent = t('about-digits', { first, second });
  }

  readings(trainer) {
    $$('epoch').textContent = trainer.epoch;
    $$('train-loss').textContent = figure(trainer.trainLoss);
    $$('test-loss').textContent = figure(trainer.testLoss);
    $$('accuracy').textContent = trainer.accuracy === null ? '–' : `${(100 * trainer.accuracy).toFixed(1)} %`;
    $$('penalty-reading').hidden = trainer.settings.penalty === 'none';
    $$('penalty-line').hidden = trainer.settings.penalty === 'none';
    $$('penalty-loss').textContent = figure(trainer.penalty);
    paintCurve($$('curve'), trainer.curve, trainer.epoch);
    const slider = $$('history');
    const place = trainer.snapshots.findIndex(({ count }) => count >= trainer.count);
    slider.max = trainer.snapshots.length;
    slider.value = place < 0 ? trainer.snapshots.length : place;
    slider.setAttribute('aria-valuetext', t('epoch-n', { epoch: trainer.epoch }));
  }
}
