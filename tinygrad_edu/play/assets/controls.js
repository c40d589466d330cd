// The controls: what they offer, what they show of the settings, and what a change of them does to the page.

const ELEMENTS_HIDDEN = '.controls > div, .data > div:not(.top, .which), .marks > label, .readings > div, .backwards, .picker'; // a control with its label

// What can be hidden from a class: ids, which are keys of their names, too.
const HIDEABLE = [
  'play', 'step', 'slowly', 'fresh', 'history', 'loss', 'activation', 'optimizer', 'learning-rate', 'batch-size', 'penalty', 'strength', 'dropout', 'init', 'speed', 'preset',
  'problem', 'data', 'sets', 'regenerate', 'noise', 'split', 'csv', 'heads', 'show-test', 'discrete', 'tab-claim', 'tab-code',
];

class Controls {
  constructor(page) {
    this.page = page;
    this.listen();
  }

  // What can be chosen, whatever the settings are.
  fill() {
    const options = (id, pairs) => $$(id).replaceChildren(...pairs.map(([key, text]) => h('option', { value: key }, text)));
    const named = (id, keys, prefix) => options(id, keys.map((key) => [key, t(prefix + key)]));
    const group = (label, pick) => h('optgroup', { label }, ...Object.entries(SETS).filter(([, set]) => pick(set.classes)).map(([key]) => h('option', { value: key }, t(`set-${key}`))));
    $$('data').replaceChildren(group(t('two-classes'), (n) => n === 2), group(t('several-classes'), (n) => n > 2), group(t('regression'), (n) => n === 0));
    $$('sets').replaceChildren(...Object.keys(SETS).map((key) => h('button', { type: 'button', 'data-set': key, title: t(`set-${key}`), 'aria-label': t(`set-${key}`), on: { click: () => this.page.takeSet(key) } }, h('canvas', { width: GRID, height: GRID }))));
    options('problem', [['classification', t('classification')], ['regression', t('regression')]]);
    named('optimizer', Object.keys(pieces.optimisers), 'optimizer-');
    options('penalty', [['none', t('none')], ...Object.keys(pieces.penalties).map((key) => [key, key.toUpperCase()])]);
    named('init', Object.keys(INITIALISERS), 'init-');
    named('preset', ['', ...Object.keys(PRESETS)], 'preset-');
    const { value } = $$('language');
    options('language', Object.entries(LANGUAGES));
    $$('language').value = value || 'numpy';
    $$('hidden-controls').replaceChildren(...HIDEABLE.map((id) => h('label', {}, h('input', { type: 'checkbox', value: id, on: { change: (event) => this.toggleHidden(id, event.target.checked) } }), ` ${t(id)}`)));
    options('locale', Object.entries(LOCALES));
    $$('locale').value = locale;
  }

  // What the controls show, from the settings, and the address.
  reflect() {
    const { page } = this;
    const { settings: s, trainer } = page;
    const choose = (id, choices, value) => {
      const select = $$(id);
      select.replaceChildren(...choices.map(([key, text]) => h('option', { value: key, selected: String(key) === String(value) ? '' : null }, text)));
      select.value = value;
    };
    const withValue = (list, value) => [...new Set([...list, value])].sort((a, b) => a - b);
    choose('loss', lossesFor(trainer.classes).map((key) => [key, t(`loss-${key}`)]), s.loss);
    const activations = [...new Set(s.layers.map(({ activation }) => activation))];
    const mixed = activations.length > 1;
    choose('activation', [...ACTIVATIONS.map((each) => [each, each]), ...(mixed ? [['mixed', t('mixed')]] : [])], mixed ? 'mixed' : activations[0] || page.lastActivation || 'tanh');
    choose('learning-rate', withValue(RATES, s.rate).map((each) => [each, String(each)]), s.rate);
    const all = trainer.train.n;
    const sizes = BATCHES.filter((each) => each < all);
    choose('batch-size', [...withValue(sizes, trainer.batchSize).filter((each) => each < all).map((each) => [each, String(each)]), [all, t('all-samples', { count: all })]], trainer.batchSize);
    choose('strength', withValue(STRENGTHS, s.strength).map((each) => [each, String(each)]), s.strength);
    choose('dropout', withValue(DROPOUTS, s.dropout).map((each) => [each, each ? `${Number((100 * each).toFixed(2))} %` : t('none')]), s.dropout);
    choose('speed', withValue([1, 2, 5, 10, 20], s.speed).map((each) => [each, `× ${each}`]), s.speed);
    $$('data').querySelector('[value=own]')?.remove();
    if (page.table) $$('data').append(h('option', { value: 'own' }, t('own-table')));
    for (const [id, value] of Object.entries({ data: page.own ? 'own' : s.data, optimizer: s.optimizer, penalty: s.penalty, init: s.init, noise: s.noise, split: s.split, preset: '' })) $$(id).value = value;
    $$('problem').value = trainer.classes ? 'classification' : 'regression';
    $$('noise-shown').textContent = `${s.noise} %`;
    $$('noise').disabled = Boolean(page.own);
    $$('split-shown').textContent = `${s.split} %`;
    $$('show-test').checked = s.test;
    $$('discrete').checked = s.discrete;
    $$('strength').disabled = s.penalty === 'none';
    $$('accuracy-reading').hidden = trainer.classes === 0;
    this.hide(s.hide);
    try {
      history.replaceState(null, '', writeAddress({ ...s, data: page.own ? 'own' : s.data }));
    } catch {
      // a frame without an address of its own keeps none
    }
  }

  // Hide the elements with these ids, with their labels, and no others.
  hide(ids) {
    for (const element of document.querySelectorAll('[data-away]')) element.removeAttribute('data-away');
    for (const box of $$('hidden-controls').querySelectorAll('input')) box.checked = ids.includes(box.value);
    for (const id of ids) {
      const element = $$(id);
      if (element) (element.closest(ELEMENTS_HIDDEN) || element).setAttribute('data-away', '');
    }
  }

  toggleHidden(id, hidden) {
    const { page } = this;
    page.tune({ hide: [...page.settings.hide.filter((each) => each !== id), ...(hidden ? [id] : [])] });
  }

  // Over the network: how many layers, and of each how many neurons and which activation.
  heads() {
    const { page } = this;
    const { settings, view } = page;
    const tight = view.x[1] - view.x[0] < 66; // columns too narrow for buttons beside each other
    $$('heads').classList.toggle('tight', tight);
    const boxes = settings.layers.map(({ units, activation }, l) => {
      const select = h('select', { id: `activation-${l + 1}`, 'aria-label': t('layer-activation', { layer: l + 1 }), on: { change: (event) => page.layer(l, { activation: event.target.value }) } },
        ...ACTIVATIONS.map((each) => h('option', { value: each, selected: each === activation ? '' : null }, each)));
      const button = (text, key, more) => h('button', { type: 'button', 'aria-label': t(key, { layer: l + 1 }), on: { click: () => page.layer(l, { units: units + more }) } }, text);
      const [less, more] = [button('−', 'neuron-less', -1), button('+', 'neuron-more', 1)];
      less.disabled = units <= 1;
      more.disabled = units >= MOST_UNITS;
      const box = h('div', {}, h('span', { class: 'row' }, less, more), h('span', { class: 'units' }, tight ? String(units) : t('neurons', { n: units })), select);
      box.style.left = `${view.x[l + 1]}px`;
      return box;
    });
    const count = settings.layers.length;
    const minus = h('button', { type: 'button', 'aria-label': t('layer-less'), on: { click: () => page.change({ layers: settings.layers.slice(0, -1) }) } }, '−');
    const plus = h('button', { type: 'button', 'aria-label': t('layer-more'), on: { click: () => page.change({ layers: [...settings.layers, { units: 2, activation: page.commonActivation() }] }) } }, '+');
    minus.disabled = !count;
    plus.disabled = count >= MOST_LAYERS;
    const all = h('div', { class: 'depth' }, h('span', { class: 'row' }, minus, plus), h('span', { class: 'units' }, t('hidden-layers', { n: count })));
    all.style.left = `${view.x[0]}px`;
    const focused = document.activeElement?.getAttribute('aria-label');
    $$('heads').replaceChildren(all, ...boxes);
    if (focused && document.activeElement === document.body) $$('heads').querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  // The list of all weights, biases and neurons.
  picker() {
    const { trainer, view, target } = this.page;
    const { layers } = trainer;
    const groups = layers.map((_, l) => h('optgroup', { label: t('layer', { layer: l + 1 }) }, ...view.items.filter((item) => item.target.l === l)
      .map((item) => h('option', { value: item.target.id }, item.target.kind === 'neuron' ? `${nameOf(layers, item.target)} (${item.spoken})` : nameOf(layers, item.target)))));
    $$('pick').replaceChildren(...groups);
    if (target) $$('pick').value = target.id;
  }

  // The data sets as small pictures.
  pictures() {
    const { page } = this;
    for (const button of $$('sets').children) {
      const key = button.dataset.set;
      button.setAttribute('aria-pressed', !page.own && key === page.settings.data);
      const context = button.firstChild.getContext('2d');
      context.fillStyle = hues().middle;
      context.fillRect(0, 0, GRID, GRID);
      for (const { x, y, label } of drawn(key, 150, 0, 1)) {
        context.fillStyle = SETS[key].classes ? hues().classes[label] : colour(label);
        context.fillRect(((x + FAR) / (2 * FAR)) * GRID - 1.5, ((FAR - y) / (2 * FAR)) * GRID - 1.5, 3, 3);
      }
    }
  }

  // ── what a change does ──

  listen() {
    this.listenToButtons();
    this.listenToSettings();
    this.listenToWork();
    this.listenForFiles();
    this.listenToWindow();
  }

  on(id, name, f) {
    $$(id).addEventListener(name, f);
  }

  changed(id, f) {
    this.on(id, 'change', ({ target }) => f(target.value, target));
  }

  listenToButtons() {
    const { page } = this;
    this.on('play', 'click', () => (page.playing ? page.pause() : page.play()));
    this.on('step', 'click', () => {
      page.pause();
      page.advance(page.trainer.batches - (page.trainer.count % page.trainer.batches));
    });
    this.on('slowly', 'click', () => {
      const { running } = page.slowly;
      page.pause();
      if (!running && !page.trainer.trouble) page.slowly.run(page.trainer, page.view, page.explainer.sample);
    });
    this.on('reset', 'click', () => page.reset());
    this.on('fresh', 'click', () => page.change({ seed: (page.settings.seed + 1) >>> 0 }));
    this.on('regenerate', 'click', () => page.change({ dataseed: (page.settings.dataseed + 1) >>> 0 }));
    this.on('share', 'click', () => this.copy(location.href, $$('share')));
    this.on('copy', 'click', () => this.copy($$('code').textContent, $$('copy')));
    this.on('history', 'input', (event) => page.goTo(Number(event.target.value)));
  }

  listenToSettings() {
    const { page } = this;
    this.on('controls', 'submit', (event) => event.preventDefault());
    this.changed('data', (data) => page.takeSet(data));
    this.changed('problem', (value) => page.takeSet(value === 'regression' ? 'plane' : 'circle'));
    for (const key of ['loss', 'init']) this.changed(key, (value) => page.change({ [key]: value }));
    this.changed('activation', (value) => {
      page.lastActivation = value;
      if (value !== 'mixed') page.change({ layers: page.settings.layers.map((each) => ({ ...each, activation: value })) });
    });
    // what does not touch the weights goes on from where it is
    this.changed('optimizer', (value) => page.tune({ optimizer: value }, true));
    this.changed('learning-rate', (value) => page.tune({ rate: Number(value) }));
    this.changed('penalty', (value) => page.tune({ penalty: value }));
    this.changed('strength', (value) => page.tune({ strength: Number(value) }));
    this.changed('dropout', (value) => page.tune({ dropout: Number(value) }));
    this.changed('speed', (value) => page.tune({ speed: Number(value) }));
    this.changed('batch-size', (value) => page.change({ batch: Number(value) >= page.trainer.train.n ? 0 : Number(value) }));
    this.changed('noise', (value) => page.change({ noise: Number(value) }));
    this.changed('split', (value) => page.change({ split: Number(value) }));
    this.changed('preset', (value) => {
      if (!value) return;
      page.own = null;
      page.tell(null);
      page.change({ ...COMMON, ...structuredClone(PRESETS[value]) });
    });
    this.changed('show-test', (_, { checked }) => page.tune({ test: checked }));
    this.changed('discrete', (_, { checked }) => page.tune({ discrete: checked }));
    this.changed('locale', (value) => page.speak(value));
  }

  listenToWork() {
    const { page } = this;
    this.changed('pick', (id) => page.open(page.view.find(id).target, false));
    this.changed('language', () => page.tab('code'));
    for (const each of ['explain', 'claim', 'code']) this.on(`tab-${each}`, 'click', () => page.tab(each));
    this.on('claim-form', 'submit', (event) => {
      event.preventDefault();
      page.judge();
    });
    document.querySelector('.tabs').addEventListener('keydown', (event) => {
      const tabs = [...document.querySelectorAll('[role=tab]')];
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move || !tabs.includes(event.target)) return;
      const next = tabs[(tabs.indexOf(event.target) + move + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
  }

  listenForFiles() {
    const { page } = this;
    $$('csv').addEventListener('change', ({ target }) => page.read(target.files[0]));
    const drop = document.querySelector('.csv');
    for (const name of ['dragover', 'drop', 'dragleave']) {
      addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle('over', name === 'dragover');
        if (name === 'drop') page.read(event.dataTransfer.files[0]);
      });
    }
  }

  listenToWindow() {
    const { page } = this;
    document.addEventListener('pointerdown', (event) => {
      if (!$$('sharing').contains(event.target)) $$('sharing').open = false;
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && $$('sharing').open) {
        $$('sharing').open = false;
        $$('sharing').firstElementChild.focus();
      }
      if (event.key !== ' ' || event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.('button, input, select, textarea, summary')) return;
      event.preventDefault();
      $$('play').click();
    });
    addEventListener('hashchange', () => page.readAddress());
    const again = () => {
      page.lay();
      page.paint();
    };
    let waiting = 0;
    addEventListener('resize', () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(again);
    });
    darkness.addEventListener('change', again);
  }

  async copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = t('copied');
    } catch {
      button.textContent = t('not-copied');
    }
    setTimeout(() => {
      button.textContent = t(button.dataset.text);
    }, 1500);
  }
}
