// The page itself: controls, the loop of frames, the address.

const $$ = (id) => document.getElementById(id);
const given = JSON.parse($$('given').textContent);
const { formulas, writings } = given;

const PRESETS = {
  '': 'choose …',
  quick: 'Moons, quick', spiral: 'Spiral, Adam', xor: 'XOR, one product', arms: 'Three arms, softmax',
  dead: 'Dead neurons', vanishing: 'Vanishing gradient', diverging: 'Learning rate too high', regression: 'Hills and valleys',
};
const units = (text) => layersFrom(text);
const PRESET_SETTINGS = {
  quick: { data: 'moons', layers: units('4:tanh,2:tanh'), loss: 'bce', optimizer: 'adam', rate: 0.03, batch: 0, features: ['x1', 'x2'], init: 'glorot' },
  spiral: { data: 'spiral', layers: units('8:tanh,8:tanh,4:tanh'), loss: 'bce', optimizer: 'adam', rate: 0.01, batch: 10, features: ['x1', 'x2', 'sin1', 'sin2'], noise: 0, points: 300, init: 'glorot' },
  xor: { data: 'xor', layers: [], loss: 'bce', optimizer: 'sgd', rate: 0.3, batch: 0, features: ['x1x2'], init: 'glorot' },
  arms: { data: 'arms', layers: units('8:tanh,8:tanh'), loss: 'cross-entropy', optimizer: 'adam', rate: 0.01, batch: 10, features: ['x1', 'x2'], noise: 5, points: 300, init: 'glorot' },
  dead: { data: 'circle', layers: units('6:relu,4:relu'), loss: 'bce', optimizer: 'sgd', rate: 3, batch: 10, features: ['x1', 'x2'], init: 'he' },
  vanishing: { data: 'circle', layers: units('4:sigmoid,4:sigmoid,4:sigmoid,4:sigmoid,4:sigmoid,4:sigmoid'), loss: 'bce', optimizer: 'sgd', rate: 0.3, batch: 0, features: ['x1', 'x2'], init: 'glorot' },
  diverging: { data: 'bumps', layers: units('8:relu,8:relu'), loss: 'squared', optimizer: 'sgd', rate: 10, batch: 0, features: ['x1', 'x2'], init: 'he' },
  regression: { data: 'bumps', layers: units('8:tanh,8:tanh'), loss: 'squared', optimizer: 'adam', rate: 0.03, batch: 10, features: ['x1', 'x2'], points: 300, init: 'glorot' },
};

class Playground {
  constructor() {
    const { found, refused } = readAddress(location.hash);
    this.settings = { ...given.settings, ...found };
    this.own = null;
    this.playing = false;
    this.pointed = null;
    this.map = Object.assign(document.createElement('canvas'), { width: GRID, height: GRID });
    this.view = new NetworkView($$('network'), $$('heads'), {
      open: (target, focus) => this.open(target, focus),
      toggle: (key) => this.toggleFeature(key),
      point: (target, event) => this.point(target, event),
    });
    this.explainer = new Explainer($$('explain'), {
      edit: (target, value) => this.edit(target, value), back: () => this.goBack(),
    });
    this.slowly = new Slowly({
      begin: () => this.showSlowly(true), end: () => this.showSlowly(false), step: () => this.advance(1),
    });
    this.fill();
    this.listen();
    this.take(given.csv === null ? null : readTable(given.csv));
    if (refused.length) this.tell(`The address has settings that are not known here, they were passed over: ${refused.join(', ')}`, true);
  }

  // ── a new beginning ──

  take(table) {
    if (table && table.error) this.tell(table.error, true);
    else if (table) this.tell(table.said);
    if (table && !table.error) this.own = this.table = table;
    this.begin();
  }

  // Data, weights and drawing anew, from the settings.
  begin() {
    this.halt();
    this.trainer = new Trainer(this.settings, this.own);
    this.trainer.record();
    if (this.trainer.note) this.tell(`${$$('told').textContent} ${this.trainer.note}`.trim());
    this.plane = planeOf(this.settings.features);
    this.gridSpace = workspace(this.trainer.layers, GRID * GRID);
    // of each output at each cell, a probability where there are several classes, and what its map shows, −1 to 1
    this.gridSpace.probabilities = new Float64Array(GRID * GRID * this.trainer.outputs);
    this.gridSpace.shown = new Float64Array(GRID * GRID * this.trainer.outputs);
    this.reflect();
    this.lay();
    const kept = this.target && this.view.find(this.target.id);
    this.open(kept ? kept.target : this.view.items[0].target, false);
    this.paint();
  }

  lay() {
    this.slowly.stop();
    this.view.build(this.trainer);
    this.heads();
    this.picker();
    this.pictures();
    if (this.target) this.view.choose(this.target.id);
  }

  takeSet(data) {
    this.own = data === 'own' ? this.table : null;
    this.tell(this.own ? this.own.said : '');
    this.change(this.own ? {} : { data });
  }

  // The data sets as small pictures.
  pictures() {
    for (const button of $$('sets').children) {
      const key = button.dataset.set;
      button.setAttribute('aria-pressed', !this.own && key === this.settings.data);
      const context = button.firstChild.getContext('2d');
      context.fillStyle = hues().middle;
      context.fillRect(0, 0, GRID, GRID);
      for (const { x, y, label } of drawn(key, 150, 0, 1)) {
        context.fillStyle = SETS[key].classes ? hues().classes[label] : colour(label);
        context.fillRect(((x + FAR) / (2 * FAR)) * GRID - 1.5, ((FAR - y) / (2 * FAR)) * GRID - 1.5, 3, 3);
      }
    }
  }

  change(settings) {
    Object.assign(this.settings, settings);
    this.begin();
  }

  // ── training ──

  play() {
    this.slowly.stop();
    if (this.trainer.trouble) return;
    this.playing = true;
    this.showPlaying();
    requestAnimationFrame(() => this.frame());
  }

  pause() {
    this.halt();
    this.paint();
  }

  showSlowly(running) {
    $$('slowly').textContent = running ? 'Stop' : 'Slowly';
    $$('slowly').setAttribute('aria-pressed', running);
  }

  halt() {
    this.slowly.stop();
    this.playing = false;
    this.showPlaying();
  }

  showPlaying() {
    const button = $$('play');
    button.setAttribute('aria-pressed', this.playing);
    button.setAttribute('aria-label', this.playing ? 'Pause' : 'Play');
  }

  frame() {
    if (!this.playing) return;
    this.advance(this.settings.speed * this.trainer.batches);
    if (this.playing) requestAnimationFrame(() => this.frame());
  }

  advance(steps) {
    this.trainer.step(steps);
    if (this.trainer.trouble) {
      this.halt();
      this.tab('explain');
    }
    this.paint();
  }

  reset() {
    this.pause();
    this.trainer.reset();
    this.trainer.record();
    this.paint();
  }

  goBack() {
    const { trainer } = this;
    let best = trainer.initial;
    let least = Infinity;
    for (const snapshot of [trainer.initial, ...trainer.snapshots]) {
      trainer.restore(snapshot);
      if (trainer.trainLoss < least) [best, least] = [snapshot, trainer.trainLoss];
    }
    this.rewindTo(best);
  }

  rewindTo(snapshot) {
    this.trainer.restore(snapshot);
    this.trainer.curve = this.trainer.curve.filter(([epoch]) => epoch <= this.trainer.epoch);
    this.paint();
  }

  // ── showing ──

  paint() {
    const { trainer, settings, gridSpace } = this;
    forward(trainer.layers, this.plane, GRID * GRID, gridSpace);
    const last = trainer.layers.length - 1;
    const out = gridSpace.A[last];
    const { probabilities } = gridSpace;
    if (settings.loss === 'cross-entropy') rows.softmax(GRID * GRID, trainer.outputs, out, probabilities);
    else if (settings.loss === 'bce') pieces.activations.sigmoid.forward(GRID * GRID, trainer.outputs, out, probabilities);
    else probabilities.set(out);
    const certain = ['cross-entropy', 'bce'].includes(settings.loss) || trainer.outputs > 1;
    for (let i = 0; i < out.length; i += 1) gridSpace.shown[i] = certain ? 2 * probabilities[i] - 1 : out[i];
    this.view.paint(gridSpace);
    this.paintOutput();
    $$('epoch').textContent = trainer.epoch;
    $$('train-loss').textContent = figure(trainer.trainLoss);
    $$('test-loss').textContent = figure(trainer.testLoss);
    $$('accuracy').textContent = trainer.accuracy === null ? '–' : `${(100 * trainer.accuracy).toFixed(1)} %`;
    paintCurve($$('curve'), trainer.curve, trainer.epoch);
    this.slider();
    const now = performance.now();
    if (!this.playing || now - (this.lately || 0) > 120) {
      this.lately = now;
      this.view.mark(trainer.health(), trainer.gradients().dW.map((dW) => dW.reduce((sum, x) => sum + Math.abs(x), 0) / dW.length));
      if (this.target && !$$('panel-explain').hidden) this.explainer.refresh(trainer);
      if (!this.playing || !$$('panel-code').hidden) $$('code').textContent = codeOf(trainer, $$('language').value);
    }
  }

  paintOutput() {
    const { trainer, settings, gridSpace, pointed } = this;
    const last = trainer.layers.length - 1;
    const [l, j] = pointed && pointed.kind === 'neuron' ? [pointed.l, pointed.j] : [last, 0];
    const { m } = trainer.layers[l];
    const values = gridSpace.A[l];
    if (l < last) paintMap(this.map, values, m, j, settings.discrete);
    else if (trainer.outputs > 1) paintClasses(this.map, gridSpace.probabilities, trainer.outputs, settings.discrete);
    else paintMap(this.map, gridSpace.shown, 1, 0, settings.discrete);
    $$('output-title').textContent = l < last ? `Neuron ${j + 1} of layer ${l + 1}` : 'Output';
    const chosen = this.target && this.target.kind === 'neuron' && !$$('panel-explain').hidden ? this.explainer.sample : null;
    const batch = chosen === null ? null : trainer.batch();
    paintBoundary($$('boundary'), this.map, trainer, settings.test, chosen === null ? null : batch.rows ? batch.rows[chosen] : chosen);
    const share = trainer.accuracy === null ? '' : `, test accuracy ${(100 * trainer.accuracy).toFixed(0)} %`;
    $$('boundary').setAttribute('aria-label', `The output over x₁ and x₂ with ${trainer.train.n} training points; loss ${shown(trainer.trainLoss)}${share}`);
  }

  slider() {
    const { snapshots } = this.trainer;
    const slider = $$('history');
    slider.max = snapshots.length;
    if (document.activeElement !== slider) slider.value = snapshots.length;
    slider.setAttribute('aria-valuetext', `epoch ${this.trainer.epoch}`);
  }

  // What the controls show, from the settings, and the address.
  reflect() {
    const { settings: s, trainer } = this;
    const choose = (id, choices, value) => {
      const select = $$(id);
      select.replaceChildren(...choices.map(([key, text]) => h('option', { value: key, selected: String(key) === String(value) ? '' : null }, text)));
      select.value = value;
    };
    const withValue = (list, value) => [...new Set([...list, value])].sort((a, b) => a - b);
    choose('loss', lossesFor(trainer.classes).map((key) => [key, LOSS_TITLES[key]]), s.loss);
    const activations = [...new Set(s.layers.map(({ activation }) => activation))];
    const mixed = activations.length > 1;
    choose('activation', [...ACTIVATIONS.map((each) => [each, each]), ...(mixed ? [['mixed', 'mixed']] : [])], mixed ? 'mixed' : activations[0] || this.lastActivation || 'tanh');
    choose('learning-rate', withValue(RATES, s.rate).map((each) => [each, String(each)]), s.rate);
    const all = trainer.train.n;
    const sizes = BATCHES.filter((each) => each < all);
    choose('batch-size', [...withValue(sizes, trainer.batchSize).filter((each) => each < all).map((each) => [each, String(each)]), [all, `${all} (all)`]], trainer.batchSize);
    choose('strength', withValue(STRENGTHS, s.strength).map((each) => [each, String(each)]), s.strength);
    choose('speed', withValue([1, 2, 5, 10, 20], s.speed).map((each) => [each, `× ${each}`]), s.speed);
    $$('data').querySelector('[value=own]')?.remove();
    if (this.table) $$('data').append(h('option', { value: 'own' }, 'your own table'));
    for (const [id, value] of Object.entries({ data: this.own ? 'own' : s.data, optimizer: s.optimizer, penalty: s.penalty, init: s.init, noise: s.noise, split: s.split, preset: '' })) $$(id).value = value;
    $$('noise-shown').textContent = `${s.noise} %`;
    $$('noise').disabled = Boolean(this.own);
    $$('split-shown').textContent = `${s.split} %`;
    $$('show-test').checked = s.test;
    $$('discrete').checked = s.discrete;
    $$('strength').disabled = s.penalty === 'none';
    $$('accuracy-reading').hidden = trainer.classes === 0;
    for (const id of s.hide) {
      const element = $$(id);
      if (element) (element.closest('.controls > div, .data > div, .marks > label') || element).hidden = true;
    }
    try {
      history.replaceState(null, '', writeAddress({ ...s, data: this.own ? 'own' : s.data }));
    } catch {
      // a frame without an address of its own keeps none
    }
  }

  heads() {
    const { settings, view } = this;
    const boxes = settings.layers.map(({ units, activation }, l) => {
      const select = h('select', { id: `activation-${l + 1}`, 'aria-label': `Activation of layer ${l + 1}`, on: { change: (event) => this.layer(l, { activation: event.target.value }) } },
        ...ACTIVATIONS.map((each) => h('option', { value: each, selected: each === activation ? '' : null }, each)));
      const button = (text, name, more) => h('button', { type: 'button', 'aria-label': `${name} layer ${l + 1}`, on: { click: () => this.layer(l, { units: units + more }) } }, text);
      const [less, more] = [button('−', 'One neuron less in', -1), button('+', 'One neuron more in', 1)];
      less.disabled = units <= 1;
      more.disabled = units >= MOST_UNITS;
      const box = h('div', {}, h('span', { class: 'row' }, less, more), h('span', { class: 'units' }, `${units} neuron${units > 1 ? 's' : ''}`), select);
      box.style.left = `${view.x[l + 1]}px`;
      return box;
    });
    const count = settings.layers.length;
    const minus = h('button', { type: 'button', 'aria-label': 'Remove the last hidden layer', on: { click: () => this.change({ layers: settings.layers.slice(0, -1) }) } }, '−');
    const plus = h('button', { type: 'button', 'aria-label': 'Add a hidden layer', on: { click: () => this.change({ layers: [...settings.layers, { units: 2, activation: this.commonActivation() }] }) } }, '+');
    minus.disabled = !count;
    plus.disabled = count >= MOST_LAYERS;
    const all = h('div', { class: 'depth' }, h('span', { class: 'row' }, minus, plus), h('span', { class: 'units' }, `${count} hidden`), h('span', { class: 'units' }, `layer${count === 1 ? '' : 's'}`));
    all.style.left = `${view.x[0]}px`;
    $$('heads').replaceChildren(all, ...boxes);
  }

  commonActivation() {
    return this.settings.layers.at(-1)?.activation || this.lastActivation || 'tanh';
  }

  layer(l, change) {
    this.change({ layers: this.settings.layers.map((each, k) => (k === l ? { ...each, ...change } : each)) });
  }

  picker() {
    const { layers } = this.trainer;
    const groups = layers.map((_, l) => h('optgroup', { label: `layer ${l + 1}` }, ...this.view.items.filter(({ target }) => target.l === l)
      .map(({ target }) => h('option', { value: target.id }, `${nameOf(layers, target)}${target.kind === 'neuron' ? ' (neuron)' : ''}`))));
    $$('pick').replaceChildren(...groups);
    if (this.target) $$('pick').value = this.target.id;
  }

  // ── what is asked ──

  open(target, focus) {
    this.target = target;
    this.view.choose(target.id);
    $$('pick').value = target.id;
    if ($$('panel-claim').hidden || focus) this.tab('explain');
    else this.askClaim();
    this.explainer.show(this.trainer, target);
    if (focus) $$('explain').focus();
    if (focus !== false && innerWidth <= 860) $$('explain').scrollIntoView({ block: 'start' });
    if (target.kind === 'neuron') this.paintOutput();
  }

  tab(name) {
    for (const each of ['explain', 'claim', 'code']) {
      $$(`tab-${each}`).setAttribute('aria-selected', each === name);
      $$(`panel-${each}`).hidden = each !== name;
    }
    if (name === 'claim') this.askClaim();
    if (name === 'code') $$('code').textContent = codeOf(this.trainer, $$('language').value);
  }

  // The tab where a gradient of one's own is typed: for the weights or the bias that were chosen last.
  askClaim() {
    const { layers } = this.trainer;
    const { kind, l } = this.target;
    this.claimed = { kind: kind === 'bias' ? 'bias' : 'weight', l };
    $$('claim-of').textContent = `∂L/∂${kind === 'bias' ? 'b' : 'W'}${subscript(l + 1)} =`;
    const batch = this.trainer.batch();
    const { letters } = lettersOf(this.trainer, layers, batch, workspace(layers, batch.n), this.claimed);
    $$('letters').textContent = `You have ${Object.entries(letters).map(([name, x]) => (x.r * x.c === 1 && (name === 'N' || name === 'lambda') ? `${name} = ${x.at[0]}` : `${name} ${shapeOf(x)}`)).join(', ')}.`;
    $$('verdict').textContent = '';
  }

  point(target, event) {
    this.pointed = target;
    const tip = $$('tip');
    tip.hidden = !target;
    if (target) {
      const { layers } = this.trainer;
      const { kind, l, i, j } = target;
      const value = kind === 'weight' ? layers[l].W[i * layers[l].m + j] : kind === 'bias' ? layers[l].b[j] : null;
      tip.textContent = value === null ? `${nameOf(layers, target)}: click to see its gradient` : `${nameOf(layers, target)} = ${shown(value)}: click to see its gradient or to change it`;
      tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 230)}px`;
      tip.style.top = `${event.clientY + 16}px`;
    }
    this.paintOutput();
  }

  edit({ kind, l, i, j }, text) {
    const value = Number(text);
    const layer = this.trainer.layers[l];
    if (text === '' || !Number.isFinite(value) || Math.abs(value) > 1e6) {
      this.tell('A weight is a number between −1,000,000 and 1,000,000.', true);
      return;
    }
    this.pause();
    if (kind === 'weight') layer.W[i * layer.m + j] = value;
    else layer.b[j] = value;
    this.trainer.measure();
    this.paint();
  }

  toggleFeature(key) {
    const { features } = this.settings;
    const next = Object.keys(FEATURES).filter((each) => features.includes(each) !== (each === key));
    if (next.length) this.change({ features: next });
    else this.tell('One feature at least has to stay: a network without an input learns nothing.', true);
    this.view.place.querySelector(`[data-feature="${key}"]`).focus();
  }

  tell(text, bad = false) {
    $$('told').textContent = text;
    $$('told').classList.toggle('bad', bad);
  }

  async read(file) {
    if (!file) return;
    if (file.size > 4 * LARGEST_FILE) this.take({ error: `The file is too large: ${(file.size / 1e6).toFixed(1)} MB, at most ${LARGEST_FILE / 1e6} MB are read. Take a part of the rows.` });
    else this.take(readTable(await file.text()));
  }

  // ── controls ──

  fill() {
    const options = (id, pairs) => $$(id).replaceChildren(...pairs.map(([key, text]) => h('option', { value: key }, text)));
    const group = (label, pick) => h('optgroup', { label }, ...Object.entries(SETS).filter(([, set]) => pick(set.classes)).map(([key, set]) => h('option', { value: key }, set.title)));
    $$('data').replaceChildren(group('Two classes', (n) => n === 2), group('Several classes', (n) => n > 2), group('Regression', (n) => n === 0));
    $$('sets').replaceChildren(...Object.entries(SETS).map(([key, set]) => h('button', { type: 'button', 'data-set': key, title: set.title, 'aria-label': set.title, on: { click: () => this.takeSet(key) } }, h('canvas', { width: GRID, height: GRID }))));
    options('optimizer', [['sgd', 'SGD'], ['momentum', 'Momentum'], ['adam', 'Adam']]);
    options('penalty', [['none', 'None'], ['l1', 'L1'], ['l2', 'L2']]);
    options('init', [['glorot', 'Glorot'], ['he', 'He'], ['normal', 'Normal'], ['zeros', 'Zeros']]);
    options('preset', Object.entries(PRESETS));
    options('language', Object.entries(LANGUAGES));
  }

  listen() {
    const on = (id, name, f) => $$(id).addEventListener(name, f);
    const changed = (id, f) => on(id, 'change', (event) => f(event.target.value, event.target));
    on('play', 'click', () => (this.playing ? this.pause() : this.play()));
    on('step', 'click', () => {
      this.pause();
      this.advance(this.trainer.batches - (this.trainer.count % this.trainer.batches));
    });
    on('slowly', 'click', () => {
      const { running } = this.slowly;
      this.pause();
      if (!running && !this.trainer.trouble) this.slowly.run(this.trainer, this.view, this.explainer.sample);
    });
    on('reset', 'click', () => this.reset());
    on('fresh', 'click', () => this.change({ seed: (this.settings.seed + 1) >>> 0 }));
    on('regenerate', 'click', () => this.change({ dataseed: (this.settings.dataseed + 1) >>> 0 }));
    on('share', 'click', () => this.copy(location.href, $$('share')));
    on('copy', 'click', () => this.copy($$('code').textContent, $$('copy')));
    on('claim-form', 'submit', (event) => {
      event.preventDefault();
      this.askClaim();
      const { right, said } = judged(this.trainer, this.claimed, $$('claim').value);
      $$('verdict').textContent = said;
      $$('verdict').classList.toggle('right', right);
    });
    on('controls', 'submit', (event) => event.preventDefault());
    changed('data', (data) => this.takeSet(data));
    for (const [id, key] of Object.entries({ loss: 'loss', init: 'init' })) changed(id, (value) => this.change({ [key]: value }));
    changed('activation', (value) => {
      this.lastActivation = value;
      if (value !== 'mixed') this.change({ layers: this.settings.layers.map((each) => ({ ...each, activation: value })) });
    });
    // what does not touch the weights goes on from where it is
    changed('optimizer', (value) => this.tune({ optimizer: value }, true));
    changed('learning-rate', (value) => this.tune({ rate: Number(value) }));
    changed('penalty', (value) => this.tune({ penalty: value }));
    changed('strength', (value) => this.tune({ strength: Number(value) }));
    changed('speed', (value) => this.tune({ speed: Number(value) }));
    changed('batch-size', (value) => this.change({ batch: Number(value) >= this.trainer.train.n ? 0 : Number(value) }));
    changed('noise', (value) => this.change({ noise: Number(value) }));
    changed('split', (value) => this.change({ split: Number(value) }));
    changed('preset', (value) => {
      if (!value) return;
      this.own = null;
      this.tell('');
      this.change({ noise: 10, points: 200, penalty: 'none', ...structuredClone(PRESET_SETTINGS[value]) });
    });
    changed('show-test', (_, { checked }) => this.tune({ test: checked }));
    changed('discrete', (_, { checked }) => this.tune({ discrete: checked }));
    changed('pick', (id) => this.open(this.view.find(id).target, false));
    changed('language', () => this.tab('code'));
    for (const each of ['explain', 'claim', 'code']) on(`tab-${each}`, 'click', () => this.tab(each));
    on('history', 'input', (event) => {
      this.pause();
      if (!(this.trainer.snapshots.at(-1)?.count >= this.trainer.count)) this.trainer.keep();
      const snapshot = this.trainer.snapshots[Math.min(Number(event.target.value), this.trainer.snapshots.length - 1)];
      if (snapshot) {
        this.trainer.restore(snapshot);
        this.paint();
      }
    });
    this.listenForFiles();
    document.querySelector('.tabs').addEventListener('keydown', (event) => {
      const tabs = [...document.querySelectorAll('[role=tab]')];
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move || !tabs.includes(event.target)) return;
      const next = tabs[(tabs.indexOf(event.target) + move + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== ' ' || event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.('button, input, select, textarea, summary')) return;
      event.preventDefault();
      $$('play').click();
    });
    addEventListener('hashchange', () => {
      Object.assign(this.settings, readAddress(location.hash).found);
      this.begin();
    });
    let waiting = 0;
    addEventListener('resize', () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => {
        this.lay();
        this.paint();
      });
    });
    darkness.addEventListener('change', () => {
      this.lay();
      this.paint();
    });
  }

  listenForFiles() {
    $$('csv').addEventListener('change', ({ target }) => this.read(target.files[0]));
    const drop = document.querySelector('.csv');
    for (const name of ['dragover', 'drop', 'dragleave']) {
      addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle('over', name === 'dragover');
        if (name === 'drop') this.read(event.dataTransfer.files[0]);
      });
    }
  }

  // Settings that take hold from the next step on.
  tune(settings, forget = false) {
    Object.assign(this.settings, settings);
    if (forget) {
      this.trainer.forget();
      this.trainer.snapshots = [];
      this.trainer.initial = { ...this.trainer.initial, memory: structuredClone(this.trainer.memory) };
    }
    this.trainer.trouble = null;
    this.trainer.measure();
    this.reflect();
    this.paint();
  }

  async copy(text, button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed here';
    }
    setTimeout(() => {
      button.textContent = before;
    }, 1500);
  }
}

const page = new Playground();

window.playground = {
  // Numbers of the present state: see docs/playground.md.
  state() {
    const { trainer } = page;
    const { dW, db } = trainer.gradients();
    return {
      epoch: trainer.epoch, trainLoss: trainer.trainLoss, testLoss: trainer.testLoss, accuracy: trainer.accuracy,
      weights: weightsOf(trainer.layers),
      gradients: trainer.layers.map(({ n, m }, l) => ({ W: rowsIn(dW[l], n, m), b: Array.from(db[l]) })),
    };
  },
  // n steps, of one batch each.
  step(n = 1) {
    page.advance(Math.max(0, Math.floor(n)));
  },
};
