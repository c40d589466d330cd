// A gradient explained: its formula from the derivation, this batch's numbers term by term, and the step that follows.

class Explainer {
  // on: {edit(target, value), sample(n), back(count)}
  constructor(place, on) {
    Object.assign(this, { place, on, notation: 'matrix', sample: 0 });
  }

  // To the field where the value is changed.
  change() {
    this.parts.value.focus();
    this.parts.value.select();
  }

  // Everything anew, for a target.
  show(trainer, target) {
    this.target = target;
    const { layers, settings } = trainer;
    const name = nameOf(layers, target);
    const lines = formulasOf(layers, settings, target);
    this.parts = {
      value: h('input', { type: 'number', step: 'any', 'aria-label': t('value-of', { name }), on: { change: (event) => this.on.edit(target, event.target.value) } }),
      gradient: h('strong', { class: 'number' }), update: h('div', {}), dropout: h('p', { class: 'why' }), body: h('tbody', {}), foot: h('tfoot', {}),
      sample: h('select', { 'aria-label': t('sample'), on: { change: (event) => { this.sample = Number(event.target.value); this.refresh(trainer); } } }),
    };
    const { value, gradient, update, dropout } = this.parts;
    const neuron = target.kind === 'neuron';
    const from = target.l ? t('neuron', { unit: target.i + 1, layer: target.l }) : FEATURES[settings.features[target.i]]?.text;
    const to = t(target.l === layers.length - 1 ? 'output-unit' : 'neuron', { unit: target.j + 1, layer: target.l + 1 });
    const what = t(`is-${target.kind}`, { from, to });
    const left = h('div', {}, h('div', { class: 'row' }, h('h3', {}, name), neuron ? h('label', {}, t('for-sample'), ' ', this.parts.sample) : h('label', {}, t('value'), ' ', value)),
      h('p', { class: 'why' }, what),
      h('p', {}, `∂L/∂${name} = `, gradient), update, dropout);
    const choice = h('span', { class: 'why' }, t('notation'), ' ', ...['matrix', 'index'].map((notation) => h('label', {},
      h('input', { type: 'radio', name: 'notation', value: notation, checked: this.notation === notation ? '' : null, on: { change: () => { this.notation = notation; this.show(trainer, target); } } }), ` ${t(notation === 'matrix' ? 'matrices' : 'indices')} `)));
    const definitions = [...layers.flatMap((_, l) => layerLines(layers, l)), ...lossLines(layers, settings, target.l)];
    const other = this.notation === 'matrix' ? 'index' : 'matrix';
    const item = (line, extra) => h('li', {}, h('span', { class: 'formula' }, formula(line[this.notation])), ' ', h('span', { class: 'why' }, extra));
    const middle = h('div', {},
      h('p', { class: 'choice' }, choice), h('p', { class: 'formula main' }, formula(lines[0][this.notation])),
      h('p', {}, h('span', { class: 'formula' }, formula(lines[0][other])), ' ', h('span', { class: 'why' }, lines[0][`${this.notation}_why`])),
      h('ol', { class: 'chain' }, lines.slice(1).map((line) => item(line, line[`${this.notation}_why`]))),
      h('details', {}, h('summary', { class: 'why' }, t('letters')), h('ol', { class: 'chain' }, definitions.map((line) => item(line, '')))));
    const right = h('div', { class: 'numbers', tabindex: 0, role: 'group', 'aria-label': t('terms') }, h('table', { class: 'terms' }, h('thead', {}, h('tr', {}, this.heads(layers, target).map((text) => h('th', { scope: 'col' }, text)))), this.parts.body, this.parts.foot));
    this.alert = h('div', { class: 'trouble', role: 'alert', hidden: '' });
    this.place.replaceChildren(this.alert, left, middle, right);
    this.refresh(trainer);
  }

  heads(layers, { kind, l, i, j }) {
    const z = `∂L/∂Z${subscript(l + 1)}[n,${j + 1}]`;
    if (kind === 'weight') return [t('head-sample'), `${outputLetter(layers, l)}[n,${i + 1}]`, z, t('product')];
    if (kind === 'bias') return [t('head-sample'), z];
    const last = l === layers.length - 1;
    return last ? [t('head-sample'), `Z${subscript(l + 1)}`, 'Y', `∂L/∂Z${subscript(l + 1)}`]
      : [t('head-neuron'), ...(layers[l].dropped ? [`M${subscript(l + 1)}`] : []), `W${subscript(l + 2)}[${j + 1},k]`, `∂L/∂Z${subscript(l + 2)}[n,k]`, t('product')];
  }

  // The numbers alone.
  refresh(trainer) {
    const { target, parts } = this;
    const batch = trainer.batch();
    trainer.differentiate(batch);
    this.sample = Math.min(this.sample, batch.n - 1);
    const { terms, sum } = termsOf(trainer, target, batch, this.sample);
    parts.gradient.textContent = shown(sum);
    const cells = ({ name, factors, value }) => {
      const numbers = target.kind === 'bias' ? [] : factors;
      return [h('td', {}, String(name)), ...numbers.map((x) => h('td', {}, shown(x))), h('td', { 'data-term': value, class: value < 0 ? 'minus' : 'plus' }, shown(value))];
    };
    const rows = terms.map((term) => h('tr', {}, cells(term)));
    parts.body.replaceChildren(...rows);
    const columns = target.kind === 'bias' ? 1 : 1 + terms[0].factors.length;
    const total = t(target.kind === 'neuron' ? 'sum' : batch.rows ? 'sum-batch' : 'sum-all', { count: batch.n });
    const own = penaltyTerm(trainer, target);
    const said = own ? t('sum-penalty', { sum: total }) : total;
    parts.foot.replaceChildren(h('tr', {}, h('td', { colspan: columns }, said), h('td', { 'data-sum': sum }, shown(sum))));
    if (target.kind === 'neuron') {
      if (parts.sample.options.length !== batch.n) parts.sample.replaceChildren(...Array.from({ length: batch.n }, (_, r) => h('option', { value: r }, String((batch.rows ? batch.rows[r] : r) + 1))));
      parts.sample.value = this.sample;
    } else {
      const step = stepOf(trainer, target, sum);
      if (document.activeElement !== parts.value) parts.value.value = Number(step.value.toPrecision(6));
      const numbers = own && { data: shown(sum - own.value), strength: shown(own.strength), slope: signed(shown(own.slope)), value: shown(own.value) };
      const pull = own && trainer.settings.optimizer === 'sgd' ? t('penalty-pull', { value: shown(-trainer.settings.rate * own.value) }) : null;
      const why = (text) => (text ? h('p', { class: 'why' }, text) : '');
      const lines = step.lines.map((line) => h('p', { class: 'formula' }, formula(line)));
      lines.at(-1).append(' = ', h('strong', {}, step.after));
      parts.update.replaceChildren(why(own && t('penalty-split', numbers)), why(t('step-follows')), ...lines, why(pull));
    }
    parts.dropout.textContent = this.dropoutSaid(trainer, batch);
    this.warn(trainer);
  }

  // What dropout does to the gradient that is shown.
  dropoutSaid({ layers, settings }, batch) {
    const { kind, l, i, j } = this.target;
    const [own, input] = [droppedOf(layers, batch, l, j), droppedOf(layers, batch, l - 1, i)];
    const blanks = { mask: `M${subscript(l + 1)}[n,${j + 1}]`, keep: shown(1 / (1 - settings.dropout)), all: batch.n, count: own };
    if (kind === 'neuron') return own === null ? '' : t(batch.masks[l][this.sample * layers[l].m + j] ? 'dropout-kept' : 'dropout-gone', blanks);
    const said = own === null ? [] : [t(own ? 'dropout-own' : 'dropout-none', { ...blanks, through: `∂L/∂D${subscript(l + 1)}` })];
    if (kind === 'weight' && input) said.push(t('dropout-input', { count: input, all: batch.n, letter: outputLetter(layers, l) }));
    return said.join(' ');
  }

  warn(trainer) {
    const { trouble } = trainer;
    this.alert.hidden = !trouble;
    if (!trouble) return;
    const { result, said, cure } = troubleText(trainer);
    this.alert.replaceChildren(h('p', {}, h('strong', {}, result), said), h('p', {}, cure, t('trouble-kept', { step: trouble.step, loss: shown(trainer.trainLoss) }),
      h('button', { type: 'button', on: { click: () => this.on.back() } }, t('trouble-back'))));
  }
}
