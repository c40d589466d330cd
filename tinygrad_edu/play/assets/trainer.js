// Training: the network with its data, steps, losses, what was before, and what went wrong.

const MOST_SNAPSHOTS = 400;

class Trainer {
  // settings: see settings.js. own: a table of the user's own, which takes the data's place.
  constructor(settings, own) {
    this.settings = settings;
    this.own = own;
    this.loadData();
    this.encode();
    this.build();
  }

  get classes() {
    return this.own ? this.own.classes : SETS[this.settings.data].classes;
  }

  // What the classes are called, if they have names.
  get labels() {
    return this.own ? this.own.labels : SETS[this.settings.data].labels;
  }

  // ── data ──

  loadData() {
    const s = this.settings;
    const points = this.own ? shuffled(this.own.points.length, generator(s.dataseed, 12)).map((i) => this.own.points[i])
      : drawn(s.data, s.points, s.noise, s.dataseed);
    const cut = Math.max(1, Math.min(points.length - 1, Math.round((points.length * s.split) / 100)));
    this.train = { points: points.slice(0, cut) };
    this.test = { points: points.slice(cut) };
    const [fitting] = lossesFor(this.classes);
    this.note = null;
    if (lossesFor(this.classes).includes(s.loss)) return;
    const { loss } = s;
    const target = () => (this.classes ? t('classes', { n: this.classes }) : t('numbers'));
    if (loss) this.note = () => t('loss-replaced', { loss: t(`loss-${loss}`), target: target(), fitting: lower(t(`loss-${fitting}`)) });
    s.loss = fitting;
  }

  // Features and labels as arrays: labels of 0 and 1, or one-hot, or of −1 and 1, as the loss needs them.
  encode() {
    const { features, loss } = this.settings;
    const { classes } = this;
    this.outputs = loss === 'cross-entropy' || classes > 2 ? classes : 1;
    const label = (value) => {
      if (this.outputs > 1) return Array.from({ length: classes }, (_, k) => Number(k === value));
      return classes && loss !== 'bce' ? [2 * value - 1] : [value];
    };
    for (const part of [this.train, this.test]) {
      part.n = part.points.length;
      part.X = Float64Array.from(part.points.flatMap(({ x, y }) => features.map((key) => FEATURES[key].of(x, y))));
      part.Y = Float64Array.from(part.points.flatMap((point) => label(point.label)));
    }
  }

  // ── the network ──

  // New layers, their weights from the seed.
  build() {
    const { layers, features, seed, init } = this.settings;
    const random = generator(seed, 21);
    const widths = [features.length, ...layers.map(({ units }) => units), this.outputs];
    this.layers = widths.slice(1).map((m, l) => {
      const n = widths[l];
      const W = Float64Array.from({ length: n * m }, () => INITIALISERS[init](n, m, random));
      return { n, m, W, b: new Float64Array(m), activation: layers[l] ? layers[l].activation : 'linear' };
    });
    this.rewind();
    this.drop();
    this.initial = this.snapshot();
  }

  // Whether hidden layers have dropout, from the settings.
  drop() {
    this.layers.forEach((layer, l) => {
      layer.dropped = l < this.layers.length - 1 && this.settings.dropout > 0;
    });
  }

  // Forget what was learnt about the way, not the weights.
  rewind() {
    this.count = 0;
    this.curve = [];
    this.snapshots = [];
    this.trouble = null;
    this.forget();
    this.prepare();
  }

  forget() {
    this.memory = fresh(this.layers, this.settings.optimizer);
    this.remembers = 0; // steps that the optimiser remembers
  }

  prepare() {
    this.space = { batch: workspace(this.layers, this.train.n), train: workspace(this.layers, this.train.n), test: workspace(this.layers, this.test.n) };
    this.measure();
  }

  get batchSize() {
    return Math.min(this.settings.batch || this.train.n, this.train.n);
  }

  get batches() {
    return Math.ceil(this.train.n / this.batchSize);
  }

  get epoch() {
    return Math.floor(this.count / this.batches);
  }

  // What step number `count` computes with: its samples and, with dropout, its masks.
  batch(count = this.count) {
    const batch = this.samples(count);
    return { ...batch, masks: this.masks(count, batch.n) };
  }

  // Of each hidden layer, 0 for what is dropped in a step, 1/(1 − p) for what stays; from the seed and the step's number.
  masks(count, n) {
    const { dropout, seed } = this.settings;
    if (!dropout) return null;
    const random = generator(seed, 2 ** 31 + count);
    return this.layers.slice(0, -1).map(({ m }) => Float64Array.from({ length: n * m }, () => (random() < dropout ? 0 : 1 / (1 - dropout))));
  }

  // The samples of step number `count`: of each epoch a permutation, cut into batches.
  samples(count) {
    const epoch = Math.floor(count / this.batches);
    if (this.batchSize === this.train.n) return { n: this.train.n, X: this.train.X, Y: this.train.Y, rows: null };
    const key = `${epoch} ${this.settings.seed} ${this.train.n}`;
    if (this.permuted !== key) [this.order, this.permuted] = [shuffled(this.train.n, generator(this.settings.seed, 1000 + epoch)), key];
    const start = (count % this.batches) * this.batchSize;
    const rows = this.order.slice(start, start + this.batchSize);
    const part = (array, wide) => Float64Array.from(rows.flatMap((i) => Array.from(array.subarray(i * wide, (i + 1) * wide))));
    return { n: rows.length, X: part(this.train.X, this.layers[0].n), Y: part(this.train.Y, this.outputs), rows };
  }

  // The gradients of a batch, in this.space.batch; returns the batch's loss.
  differentiate(batch) {
    forward(this.layers, batch.X, batch.n, this.space.batch, batch.masks);
    backward(this.layers, this.settings, batch.X, batch.Y, batch.n, this.space.batch);
    return lossOf(this.layers, this.settings, batch.Y, batch.n, this.space.batch);
  }

  // n steps, one batch each; stops before a step that would not be along finite numbers.
  step(n = 1) {
    for (let i = 0; i < n && !this.trouble; i += 1) {
      if (this.count % this.batches === 0) this.keep();
      const batch = this.batch();
      this.differentiate(batch);
      update(this.layers, this.settings.optimizer, this.memory, this.space.batch, this.settings.rate, this.remembers + 1);
      this.count += 1;
      this.remembers += 1;
      if (this.count % this.batches === 0 || i === n - 1) this.measure();
      if (this.count % this.batches === 0) this.record();
      if (!this.isFinite()) this.stopAtTrouble();
    }
    if (this.curve.length > 2 * MOST_SNAPSHOTS) this.curve = this.curve.filter((_, i) => i % 2 === 1 || i === 0);
  }

  record() {
    const epoch = this.count / this.batches;
    this.curve = this.curve.filter(([before]) => before < epoch);
    this.curve.push([epoch, this.data.train, this.data.test, this.penalty]);
  }

  // Both losses, each the data's and the penalty's; without dropout, as the network is used.
  measure() {
    this.data = {};
    this.penalty = penaltyOf(this.layers, this.settings);
    for (const name of ['train', 'test']) {
      const [part, space] = [this[name], this.space[name]];
      forward(this.layers, part.X, part.n, space);
      this.data[name] = dataLossOf(this.layers, this.settings, part.Y, part.n, space);
      this[`${name}Loss`] = this.data[name] + this.penalty;
    }
    this.accuracy = this.classes ? this.share(this.test, this.space.test) : null;
    this.trainAccuracy = this.classes ? this.share(this.train, this.space.train) : null;
  }

  share(part, space) {
    const out = space.A[this.layers.length - 1];
    return part.points.filter(({ label }, i) => this.decided(out, i) === label).length / part.n;
  }

  // The class that outputs stand for.
  decided(out, i) {
    if (this.outputs === 1) return Number(out[i] > 0);
    let best = 0;
    for (let k = 1; k < this.outputs; k += 1) if (out[i * this.outputs + k] > out[i * this.outputs + best]) best = k;
    return best;
  }

  gradients() {
    forward(this.layers, this.train.X, this.train.n, this.space.train);
    backward(this.layers, this.settings, this.train.X, this.train.Y, this.train.n, this.space.train);
    return { dW: this.space.train.dW, db: this.space.train.db };
  }

  // ── what was before ──

  snapshot() {
    const copy = (list) => list.map((array) => array.slice());
    return {
      count: this.count, remembers: this.remembers,
      W: copy(this.layers.map(({ W }) => W)), b: copy(this.layers.map(({ b }) => b)),
      memory: this.memory.map(({ W, b }) => ({ W: copy(W), b: copy(b) })),
    };
  }

  keep() {
    this.snapshots = this.snapshots.filter(({ count }) => count < this.count); // after going back, another way begins
    this.snapshots.push(this.snapshot());
    if (this.snapshots.length > MOST_SNAPSHOTS) this.snapshots = this.snapshots.filter((_, i) => i % 2 === 0);
  }

  // Go back (or forward) to a snapshot.
  restore(snapshot) {
    this.layers.forEach((layer, l) => {
      layer.W.set(snapshot.W[l]);
      layer.b.set(snapshot.b[l]);
      for (const key of ['W', 'b']) this.memory[l][key].forEach((array, i) => array.set(snapshot.memory[l][key][i]));
    });
    this.count = snapshot.count;
    this.remembers = snapshot.remembers;
    this.trouble = null;
    this.measure();
  }

  reset() {
    this.forget();
    this.snapshots = [];
    this.curve = [];
    this.restore(this.initial);
  }

  // ── what went wrong ──

  // Whether all weights are finite numbers, and the loss as it was measured last.
  isFinite() {
    return Number.isFinite(this.trainLoss) && this.layers.every(({ W, b }) => W.every(Number.isFinite) && b.every(Number.isFinite));
  }

  // Go back until the loss is finite, from there step by step to the last state whose loss is, and say what comes next.
  stopAtTrouble() {
    const failed = this.count;
    let from = this.initial;
    for (const snapshot of this.snapshots) {
      this.restore(snapshot);
      if (!Number.isFinite(this.trainLoss)) break;
      from = snapshot;
    }
    this.restore(from);
    let [good, batch] = [this.snapshot(), null];
    while (this.count < failed) {
      batch = this.batch();
      this.differentiate(batch);
      update(this.layers, this.settings.optimizer, this.memory, this.space.batch, this.settings.rate, this.remembers + 1);
      this.count += 1;
      this.remembers += 1;
      this.measure();
      if (!this.isFinite()) break;
      good = this.snapshot();
    }
    const found = { ...this.blame(), loss: this.trainLoss };
    this.restore(good);
    this.trouble = { ...found, step: good.count, failed: good.count + 1 };
  }

  // The first number on the way forward that is not finite: in which operation, of which layer and sample.
  blame() {
    const { X, n } = this.train;
    const space = this.space.train;
    forward(this.layers, X, n, space);
    for (let l = 0; l < this.layers.length; l += 1) {
      const { m, W, b, activation } = this.layers[l];
      const weight = [...W, ...b].findIndex((each) => !Number.isFinite(each));
      if (weight >= 0) return { operation: 'update', layer: l + 1, sample: null, value: [...W, ...b][weight] };
      for (const [array, operation] of [[space.Z[l], 'linear'], [space.A[l], activation]]) {
        const at = array.subarray(0, n * m).findIndex((each) => !Number.isFinite(each));
        if (at >= 0) return { operation, layer: l + 1, sample: Math.floor(at / m), value: array[at] };
      }
    }
    const last = this.layers.length;
    const { m } = this.layers[last - 1];
    const { value } = pieces.losses[this.settings.loss];
    const row = (array, i) => array.subarray(i * m, (i + 1) * m);
    const each = Array.from({ length: n }, (_, i) => value(1, m, row(space.A[last - 1], i), row(this.train.Y, i)));
    const worse = (i, j) => Number.isNaN(each[j]) || each[j] > each[i];
    const sample = each.reduce((found, _, i) => (worse(found, i) ? i : found), 0);
    return { operation: 'loss', layer: last, sample, value: each[sample], output: space.A[last - 1][sample * m] };
  }

  // Of each hidden neuron: 'dead' if it gives 0 for every sample and lets no gradient through, 'saturated' if it lets
  // hardly any through, or ''.
  health() {
    forward(this.layers, this.train.X, this.train.n, this.space.train);
    return this.layers.slice(0, -1).map(({ m, activation }, l) => {
      const { n } = this.train;
      const ones = new Float64Array(n * m).fill(1);
      const local = new Float64Array(n * m);
      pieces.activations[activation].backward(n, m, this.space.train.Z[l], ones, local);
      return Array.from({ length: m }, (_, j) => {
        let [mean, silent] = [0, true];
        for (let i = 0; i < n; i += 1) {
          mean += Math.abs(local[i * m + j]) / n;
          silent &&= this.space.train.A[l][i * m + j] === 0;
        }
        if (silent && mean === 0) return 'dead';
        return mean < 0.02 ? 'saturated' : '';
      });
    });
  }
}
