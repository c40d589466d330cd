// The page itself: one network, its training frame by frame, and what is asked of it.

class Playground {
  constructor() {
    this.settings = {};
    this.own = null;
    this.playing = false;
    this.pointed = null;
    this.output = new Output();
    this.view = new NetworkView($$('network'), $$('heads'), {
      open: (target, focus) => this.open(target, focus),
      change: () => this.explainer.change(),
      toggle: (key) => this.toggleFeature(key),
      point: (target, event) => this.point(target, event),
    });
    this.explainer = new Explainer($$('explain'), {
      edit: (target, value) => this.edit(target, value), back: () => this.goBack(),
    });
    this.slowly = new Slowly({
      begin: () => this.showSlowly(true), end: () => this.showSlowly(false), step: () => this.advance(1),
    });
    this.controls = new Controls(this);
    this.table = given.csv === null ? null : readTable(given.csv);
    this.readAddress();
  }

  // ── a new beginning ──

  // Everything as the address says it, from the file's own settings.
  readAddress() {
    const { found, refused } = readAddress(location.hash);
    this.settings = { ...structuredClone(given.settings), ...found };
    speak(localeFor(this.settings.lang));
    this.controls.fill();
    this.take(found.data ? null : this.own || this.table);
    if (refused.length) this.tell(() => t('address-refused', { keys: refused.join(t('comma')) }), true);
  }

  // A table in the data's place, or null for a set of ours.
  take(table) {
    if (table) this.tell(table.error || table.said, Boolean(table.error));
    if (table && !table.error) this.own = this.table = table;
    else if (!table) this.own = null;
    else if (this.table === table) this.table = null;
    this.begin();
  }

  // Data, weights and drawing anew, from the settings.
  begin() {
    this.halt();
    this.trainer = new Trainer(this.settings, this.own);
    this.trainer.record();
    const { note } = this.trainer;
    const said = this.said?.text;
    if (note) this.tell(() => `${said ? said() : ''} ${note()}`.trim());
    this.output.begin(this.trainer);
    this.controls.reflect();
    this.lay();
    const kept = this.target && this.view.find(this.target.id);
    this.open(kept ? kept.target : this.view.items[0].target, false);
    this.paint();
  }

  lay() {
    this.slowly.stop();
    this.view.build(this.trainer);
    this.controls.heads();
    this.controls.picker();
    this.controls.pictures();
    this.output.legend(this.trainer);
    this.output.about(this.trainer);
    if (this.target) this.view.choose(this.target.id);
  }

  takeSet(data) {
    this.own = data === 'own' ? this.table : null;
    this.tell(this.own ? this.own.said : null);
    this.change(this.own ? {} : { data });
  }

  change(settings) {
    Object.assign(this.settings, settings);
    this.begin();
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
    this.trainer.drop();
    this.trainer.measure();
    this.controls.reflect();
    this.explainer.show(this.trainer, this.target);
    this.paint();
  }

  // All texts in another language; nothing else changes.
  speak(language) {
    this.settings.lang = language;
    speak(language);
    this.controls.fill();
    this.controls.reflect();
    this.lay();
    this.showPlaying();
    this.tell(this.said?.text, this.said?.bad);
    this.explainer.show(this.trainer, this.target);
    this.askClaim();
    this.paint();
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
    const button = $$('slowly');
    button.dataset.text = running ? 'stop' : 'slowly';
    button.textContent = t(button.dataset.text);
    button.setAttribute('aria-pressed', running);
  }

  halt() {
    this.slowly.stop();
    this.playing = false;
    this.showPlaying();
  }

  showPlaying() {
    const button = $$('play');
    button.dataset.label = this.playing ? 'pause' : 'play';
    button.setAttribute('aria-pressed', this.playing);
    button.setAttribute('aria-label', t(button.dataset.label));
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

  // To a place in the history; the last is where training stands.
  goTo(place) {
    const { trainer } = this;
    this.pause();
    if (!(trainer.snapshots.at(-1)?.count >= trainer.count)) trainer.keep();
    const snapshot = trainer.snapshots[Math.min(place, trainer.snapshots.length - 1)];
    if (!snapshot) return;
    trainer.restore(snapshot);
    this.paint();
  }

  // To the snapshot with the lowest loss.
  goBack() {
    const { trainer } = this;
    let best = trainer.initial;
    let least = Infinity;
    for (const snapshot of [trainer.initial, ...trainer.snapshots]) {
      trainer.restore(snapshot);
      if (trainer.trainLoss < least) [best, least] = [snapshot, trainer.trainLoss];
    }
    trainer.restore(best);
    trainer.curve = trainer.curve.filter(([epoch]) => epoch <= trainer.epoch);
    this.paint();
  }

  // ── showing ──

  paint() {
    const { trainer } = this;
    this.output.compute(trainer);
    this.view.paint(this.output.space);
    this.paintOutput();
    this.output.readings(trainer);
    const now = performance.now();
    if (this.playing && now - (this.lately || 0) <= 120) return;
    this.lately = now;
    this.view.mark(trainer.health(), trainer.gradients().dW.map((dW) => dW.reduce((sum, x) => sum + Math.abs(x), 0) / dW.length));
    if (this.target && !$$('panel-explain').hidden) this.explainer.refresh(trainer);
    if (!this.playing || !$$('panel-code').hidden) this.paintCode();
  }

  paintOutput() {
    const chosen = this.target && this.target.kind === 'neuron' && !$$('panel-explain').hidden ? this.explainer.sample : null;
    const batch = chosen === null ? null : this.trainer.batch();
    this.output.paint(this.trainer, this.pointed, batch?.rows ? batch.rows[chosen] : chosen);
  }

  paintCode() {
    $$('code').textContent = codeOf(this.trainer, $$('language').value);
  }

  // ── layers and features ──

  commonActivation() {
    return this.settings.layers.at(-1)?.activation || this.lastActivation || 'tanh';
  }

  layer(l, change) {
    this.change({ layers: this.settings.layers.map((each, k) => (k === l ? { ...each, ...change } : each)) });
  }

  toggleFeature(key) {
    const { features } = this.settings;
    const next = Object.keys(FEATURES).filter((each) => features.includes(each) !== (each === key));
    if (next.length) this.change({ features: next });
    else this.tell(() => t('one-feature'), true);
    this.view.place.querySelector(`[data-feature="${key}"]`).focus();
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
    if (name === 'code') this.paintCode();
  }

  // The tab where a gradient of one's own is typed: for the weights or the bias that were chosen last.
  askClaim() {
    const { layers } = this.trainer;
    const { kind, l } = this.target;
    this.claimed = { kind: kind === 'bias' ? 'bias' : 'weight', l };
    $$('claim-of').textContent = `∂L/∂${kind === 'bias' ? 'b' : 'W'}${subscript(l + 1)} =`;
    const batch = this.trainer.batch();
    const { letters } = lettersOf(this.trainer, layers, batch, workspace(layers, batch.n), this.claimed);
    const known = Object.entries(letters).map(([name, x]) => (name === 'N' || name === 'lambda' ? `${name} = ${x.at[0]}` : `${name} ${shapeOf(x)}`));
    $$('letters').textContent = t('claim-have', { letters: known.join(t('comma')) });
    $$('verdict').textContent = '';
  }

  // The verdict on what was typed there.
  judge() {
    this.askClaim();
    const { right, said } = judged(this.trainer, this.claimed, $$('claim').value);
    $$('verdict').textContent = said;
    $$('verdict').classList.toggle('right', right);
  }

  // A neuron that is pointed at, or has the focus, is shown large; a pointer also sees what it is.
  point(target, event) {
    this.pointed = target;
    const tip = $$('tip');
    tip.hidden = !target || !event;
    if (!tip.hidden) {
      const { layers } = this.trainer;
      const { kind, l, i, j } = target;
      const value = kind === 'weight' ? layers[l].W[i * layers[l].m + j] : kind === 'bias' ? layers[l].b[j] : null;
      const name = nameOf(layers, target);
      tip.textContent = value === null ? t('tip-neuron', { name }) : t('tip-value', { name, value: shown(value) });
      tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8)}px`;
    }
    this.paintOutput();
  }

  edit({ kind, l, i, j }, text) {
    const value = Number(text);
    const layer = this.trainer.layers[l];
    if (text === '' || !Number.isFinite(value) || Math.abs(value) > 1e6) {
      this.tell(() => t('not-a-weight'), true);
      return;
    }
    this.pause();
    if (kind === 'weight') layer.W[i * layer.m + j] = value;
    else layer.b[j] = value;
    this.trainer.measure();
    this.paint();
  }

  // Say something under the data; a function, so that it can be said again in another language.
  tell(text, bad = false) {
    this.said = text ? { text, bad } : null;
    $$('told').textContent = text ? text() : '';
    $$('told').classList.toggle('bad', bad);
  }

  async read(file) {
    if (!file) return;
    this.take(file.size > 4 * LARGEST_FILE ? tooLarge(file.size) : readTable(await file.text()));
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
