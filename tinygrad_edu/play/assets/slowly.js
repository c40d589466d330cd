// One step, slowly: layer by layer forward, the loss, layer by layer back, and the update. A dot travels along each
// link: forward what the weight adds to a neuron for one sample, back the weight's gradient in the batch.

class Slowly {
  // on: {begin(), step(), end()}
  constructor(on) {
    Object.assign(this, { on, pace: 1300, turn: 0, running: false });
  }

  stop() {
    if (!this.running) return;
    this.running = false;
    this.turn += 1;
    this.clear();
    this.on.end();
  }

  clear() {
    $$('caption').hidden = true;
    $$('network').querySelectorAll('.dot, .figure').forEach((element) => element.remove());
    $$('network').querySelectorAll('.lit').forEach((element) => element.classList.remove('lit', 'gone'));
  }

  async run(trainer, view, sample) {
    this.running = true;
    this.turn += 1;
    const { turn } = this;
    this.on.begin();
    const batch = trainer.batch();
    const loss = trainer.differentiate(batch);
    const phases = this.phases(trainer, batch, loss, Math.min(sample, batch.n - 1));
    for (const phase of phases) {
      this.clear();
      await this.show(phase, view, turn);
      if (this.turn !== turn) return;
    }
    this.running = false;
    this.clear();
    this.on.step();
    this.on.end();
  }

  // What happens, in order: {l, back, title, lines, values of the links, figures of the neurons, which are gone}.
  phases(trainer, batch, loss, sample) {
    const { layers, settings } = trainer;
    const space = trainer.space.batch;
    const row = batch.rows ? batch.rows[sample] : sample;
    const phases = [];
    const gone = (l) => Array.from({ length: layers[l].m }, (_, j) => layers[l].dropped && batch.masks[l][sample * layers[l].m + j] === 0);
    layers.forEach(({ n, m, W, dropped }, l) => {
      const input = inputOf(l, batch.X, space);
      const values = new Float64Array(n * m);
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j < m; j += 1) values[i * m + j] = input[sample * n + i] * W[i * m + j];
      }
      const lines = layerLines(layers, l);
      phases.push({ l, title: t('slow-forward', { layer: l + 1 }), note: t('slow-forward-note', { sample: row + 1 }), lines, values, figures: (dropped ? space.D : space.A)[l].subarray(sample * m, (sample + 1) * m), gone: gone(l) });
    });
    phases.push({ l: layers.length - 1, title: t(batch.rows ? 'slow-loss' : 'slow-loss-all', { count: batch.n, loss: shown(loss) }), note: '', lines: lossLines(layers, settings, 0), values: null, figures: null });
    for (let l = layers.length - 1; l >= 0; l -= 1) {
      const { m, activation, dropped } = layers[l];
      const chain = formulasOf(layers, settings, { kind: 'weight', l, i: 0, j: 0 });
      // ∂L/∂W, ∂R/∂W if there is a penalty, ∂L/∂Z, ∂L/∂A behind an activation, ∂L/∂D behind a dropout
      const next = 2 + [settings.penalty !== 'none', activation !== 'linear', dropped].filter(Boolean).length;
      phases.push({ l, back: true, title: t('slow-back', { layer: l + 1 }), note: t('slow-back-note', { letter: `∂L/∂Z${subscript(l + 1)}`, sample: row + 1 }), lines: chain.slice(0, next).reverse(), values: space.dW[l], figures: space.dZ[l].subarray(sample * m, (sample + 1) * m), gone: gone(l) });
    }
    const last = { sgd: 'w ← w − η g', momentum: 'v ← 0.9 v + g, w ← w − η v', adam: 'w ← w − η m̂/(√v̂ + 10⁻⁸)' }[settings.optimizer];
    phases.push({ l: null, title: t('slow-step'), note: '', lines: [{ matrix: last }], values: null, figures: null });
    return phases;
  }

  async show({ l, back, title, note, lines, values, figures, gone = [] }, view, turn) {
    const caption = $$('caption');
    caption.hidden = false;
    caption.replaceChildren(h('div', {}, h('strong', {}, title), ' ', h('span', { class: 'why' }, note)), h('div', { class: 'formula' }, ...lines.flatMap((line, i) => [i ? ',\u2003' : '', ...formula(line.matrix)])));
    const dots = values ? this.dots(l, values, view) : [];
    if (l !== null) view.neurons[l].forEach((element, j) => element.classList.add('lit', ...(gone[j] ? ['gone'] : [])));
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const start = performance.now();
    await new Promise((done) => {
      const frame = (now) => {
        const share = Math.min(1, Math.max(0, (now - start) / (0.6 * this.pace)));
        for (const { dot, path, length } of dots) {
          const { x, y } = path.getPointAtLength(length * (still ? 0.5 : back ? 1 - share : share));
          dot.setAttribute('cx', x);
          dot.setAttribute('cy', y);
        }
        if (this.turn !== turn || now - start >= 0.6 * this.pace) done();
        else requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    if (this.turn !== turn) return;
    if (figures) view.neurons[l].forEach((element, j) => element.append(h('b', { class: 'figure' }, shown(figures[j]))));
    await new Promise((done) => {
      setTimeout(done, 0.4 * this.pace + (figures ? 0.5 * this.pace : 0.6 * this.pace));
    });
  }

  dots(l, values, view) {
    const largest = Math.max(...Array.from(values, Math.abs)) || 1;
    return view.weights[l].map((group, at) => {
      const path = group.lastChild;
      const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      dot.setAttribute('class', `dot ${values[at] < 0 ? 'below' : 'above'}`);
      dot.setAttribute('r', (1.5 + 6 * Math.sqrt(Math.abs(values[at]) / largest)).toFixed(1));
      view.svg.append(dot);
      return { dot, path, length: path.getTotalLength() };
    });
  }
}
