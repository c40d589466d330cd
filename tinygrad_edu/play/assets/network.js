// The drawing of the network: features, neurons with their maps, biases and weights, all reachable by the keyboard.

class NetworkView {
  // place: the element. on: {open(target, focus), change(), toggle(feature), point(target or null, event)}.
  constructor(place, heads, on) {
    Object.assign(this, { place, heads, on });
    place.addEventListener('keydown', (event) => this.key(event));
    place.addEventListener('focusin', (event) => this.rove(event.target.closest('[data-target]')));
  }

  // Lay everything out anew: after the layers or the window have changed.
  build(trainer) {
    const focused = document.activeElement?.dataset?.target;
    this.trainer = trainer;
    const { width, height } = this.place.getBoundingClientRect();
    const { layers, settings } = trainer;
    const keys = Object.keys(FEATURES);
    const columns = layers.length + 1;
    const room = Math.max(200, height - 24);
    const side = Math.max(22, Math.min(room / 8.8, (width - 90) / (columns * 1.45), 170));
    this.left = Math.min(78, width * 0.16) + side / 2;
    const right = width - side / 2 - 14;
    this.x = Array.from({ length: columns }, (_, c) => this.left + ((right - this.left) * c) / Math.max(1, columns - 1));
    const place = (count, i, most) => {
      const gap = Math.min(room / most, side * 1.6);
      return room / 2 + 4 + (i - (count - 1) / 2) * gap;
    };
    this.side = side;
    this.place.replaceChildren();
    this.svg = this.place.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
    this.items = [];
    this.features = keys.map((key, i) => this.feature(key, this.x[0], place(keys.length, i, Math.max(7, keys.length))));
    const sources = settings.features.map((key) => place(keys.length, keys.indexOf(key), 7));
    this.y = [sources, ...layers.map(({ m }) => Array.from({ length: m }, (_, j) => place(m, j, Math.max(MOST_UNITS, m))))];
    this.weights = layers.map((layer, l) => this.links(layer, l));
    this.neurons = layers.map(({ m }, l) => Array.from({ length: m }, (_, j) => this.neuron(l, j)));
    this.biases = layers.map(({ m }, l) => Array.from({ length: m }, (_, j) => this.bias(l, j)));
    this.flows = layers.map((_, l) => this.flow(l));
    const name = this.place.appendChild(document.createElement('span'));
    name.className = 'flow-name';
    name.textContent = t('gradient-bars');
    this.order();
    const again = this.items.find((item) => item.dataset.target === focused) || this.items[0];
    this.rove(again);
    if (focused && again.dataset.target === focused) again.focus({ preventScroll: true });
  }

  target(kind, l, i, j) {
    return { kind, l, i, j, id: [kind, l + 1, ...(kind === 'weight' ? [i + 1] : []), j + 1].join('-') };
  }

  register(element, target, name) {
    element.dataset.target = target.id;
    element.setAttribute('role', 'button');
    element.setAttribute('tabindex', '-1');
    element.setAttribute('aria-label', name);
    element.addEventListener('click', () => this.on.open(target));
    if (target.kind !== 'neuron') element.addEventListener('dblclick', () => this.on.change());
    element.addEventListener('focus', () => this.on.point(target));
    element.addEventListener('blur', () => this.on.point(null));
    element.addEventListener('pointerenter', (event) => this.on.point(target, event));
    element.addEventListener('pointerleave', () => this.on.point(null));
    element.target = target;
    element.spoken = name;
    this.items.push(element);
    return element;
  }

  box(name, x, y, size) {
    const element = document.createElement('div');
    element.className = name;
    Object.assign(element.style, { left: `${x - size / 2}px`, top: `${y - size / 2}px`, width: `${size}px`, height: `${size}px` });
    return this.place.appendChild(element);
  }

  map(element) {
    const canvas = element.appendChild(document.createElement('canvas'));
    canvas.width = canvas.height = GRID;
    return canvas;
  }

  feature(key, x, y) {
    const on = this.trainer.settings.features.includes(key);
    const element = this.box('feature', x, y, this.side * 0.86);
    element.setAttribute('role', 'switch');
    element.setAttribute('aria-checked', on);
    element.setAttribute('aria-label', t('feature', { text: FEATURES[key].text }));
    element.tabIndex = 0;
    element.dataset.feature = key;
    const span = element.appendChild(document.createElement('span'));
    span.textContent = FEATURES[key].text;
    paintMap(this.map(element), planeOf([key]).map((x) => x / 2));
    const toggle = () => this.on.toggle(key);
    element.addEventListener('click', toggle);
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      toggle();
    });
    return element;
  }

  links(layer, l) {
    return Array.from({ length: layer.n * layer.m }, (_, at) => {
      const [i, j] = [Math.floor(at / layer.m), at % layer.m];
      const [x1, x2] = [this.x[l] + this.side * 0.43, this.x[l + 1] - this.side / 2];
      const [y1, y2] = [this.y[l][i], this.y[l + 1][j]];
      const bend = (x2 - x1) * 0.45;
      const curve = `M${x1.toFixed(1)},${y1.toFixed(1)} C${(x1 + bend).toFixed(1)},${y1.toFixed(1)} ${(x2 - bend).toFixed(1)},${y2.toFixed(1)} ${x2.toFixed(1)},${y2.toFixed(1)}`;
      const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
      group.setAttribute('class', 'weight');
      for (const name of ['hit', 'seen']) {
        const path = group.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
        path.setAttribute('class', name);
        path.setAttribute('d', curve);
      }
      group.dataset.weight = `${l + 1},${i + 1},${j + 1}`;
      this.svg.append(group);
      return this.register(group, this.target('weight', l, i, j), t('weight', { name: `W${subscript(l + 1)}[${i + 1},${j + 1}]` }));
    });
  }

  neuron(l, j) {
    const element = this.box('neuron', this.x[l + 1], this.y[l + 1][j], this.side);
    element.dataset.neuron = `${l + 1},${j + 1}`;
    element.canvas = this.map(element);
    const last = l === this.trainer.layers.length - 1;
    return this.register(element, this.target('neuron', l, 0, j), t(last ? 'output-unit' : 'neuron', { unit: j + 1, layer: l + 1 }));
  }

  bias(l, j) {
    const element = this.box('bias', this.x[l + 1] - this.side / 2 - 1, this.y[l + 1][j] + this.side / 2 - 2, 0);
    Object.assign(element.style, { width: '', height: '', transform: 'translate(-50%, -50%)' });
    element.dataset.bias = `${l + 1},${j + 1}`;
    return this.register(element, this.target('bias', l, 0, j), t('bias', { name: `b${subscript(l + 1)}[${j + 1}]` }));
  }

  // A bar under each layer: how large its gradients are, beside those of the last layer.
  flow(l) {
    const element = document.createElement('div');
    element.className = 'flow';
    Object.assign(element.style, { left: `${this.x[l + 1] - this.side / 2}px`, width: `${this.side}px` });
    element.appendChild(document.createElement('i'));
    this.place.append(element);
    return element;
  }

  order() {
    const rank = { weight: 0, bias: 1, neuron: 2 };
    this.items.sort(({ target: a }, { target: b }) => a.l - b.l || rank[a.kind] - rank[b.kind] || a.j - b.j || a.i - b.i);
  }

  // ── keyboard: one of all items takes part in the tab order, arrow keys move on ──

  rove(item) {
    if (!item) return;
    if (this.current) this.current.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    this.current = item;
    const { kind, l, i, j } = item.target;
    const { W, b, m } = this.trainer.layers[l];
    if (kind !== 'neuron') item.setAttribute('aria-label', `${item.spoken} = ${shown(kind === 'weight' ? W[i * m + j] : b[j])}`);
  }

  key(event) {
    const item = event.target.closest('[data-target]');
    if (!item) return;
    const at = this.items.indexOf(item);
    const layer = (move) => {
      const l = Math.max(0, Math.min(this.trainer.layers.length - 1, item.target.l + move));
      return this.items.findIndex(({ target }) => target.l === l && target.kind === item.target.kind);
    };
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: layer(1), ArrowLeft: layer(-1), Home: 0, End: this.items.length - 1 }[event.key];
    if (event.key === 'Enter') this.on.open(item.target, true);
    else if (next !== undefined) this.items[Math.max(0, Math.min(this.items.length - 1, next))].focus();
    else return;
    event.preventDefault();
  }

  find(id) {
    return this.items.find((item) => item.dataset.target === id);
  }

  choose(id) {
    for (const item of this.items) item.classList.toggle('chosen', item.dataset.target === id);
  }

  // ── what changes while it trains ──

  paint(space) {
    const { layers } = this.trainer;
    const thick = Math.max(1, this.side / 60); // on a large screen links are as thick in proportion
    layers.forEach(({ W, b, m }, l) => {
      const largest = Math.max(1, ...Array.from(W, Math.abs).filter(Number.isFinite));
      this.weights[l].forEach((group, at) => {
        const seen = group.lastChild;
        const stroke = colour(Math.sign(W[at]) * (0.35 + 0.65 * Math.min(1, Math.abs(W[at]))));
        const width = ((0.7 + (6.3 * Math.abs(W[at])) / largest || 0.7) * thick).toFixed(1);
        if (group.drawn === stroke + width) return;
        group.drawn = stroke + width;
        seen.setAttribute('stroke', stroke);
        seen.setAttribute('stroke-width', width);
      });
      for (let j = 0; j < m; j += 1) {
        this.biases[l][j].style.background = colour(b[j] || 0);
        if (l < layers.length - 1) paintMap(this.neurons[l][j].canvas, space.A[l], m, j);
      }
    });
    const { m } = layers[layers.length - 1];
    for (let j = 0; j < m; j += 1) paintMap(this.neurons[layers.length - 1][j].canvas, space.shown, m, j);
  }

  // Marks of neurons that let no gradient through, and the bars of gradients; less often than the maps.
  mark(health, sizes) {
    health.forEach((layer, l) => layer.forEach((state, j) => {
      const element = this.neurons[l][j];
      if (element.dataset.state === state) return;
      element.dataset.state = state;
      element.classList.toggle('dead', state === 'dead');
      element.classList.toggle('saturated', state === 'saturated');
      element.querySelector('em')?.remove();
      if (state) element.appendChild(document.createElement('em')).textContent = this.side < 34 ? '!' : t(state);
      element.title = state && t(state);
      element.setAttribute('aria-label', state ? t('neuron-state', { unit: j + 1, layer: l + 1, state: t(state) }) : element.spoken);
    }));
    const largest = Math.max(...sizes) || 1;
    this.flows.forEach((bar, l) => {
      const share = sizes[l] / largest;
      bar.firstChild.style.width = `${Math.max(3, 100 * (1 + Math.log10(Math.max(1e-4, share)) / 4)).toFixed(0)}%`;
      bar.classList.toggle('small', share < 0.001);
      bar.title = t('gradient-mean', { layer: subscript(l + 1), size: shown(sizes[l]) });
    });
  }
}
