// What went wrong, in words.

// {result, said, cure} of a trainer that stopped.
function troubleText(trainer) {
  const { operation, layer, sample, value, output, failed, loss } = trainer.trouble;
  const what = t(Number.isFinite(loss) ? 'trouble-weight' : Number.isNaN(loss) ? 'trouble-nan' : 'trouble-infinite');
  const known = ['loss', 'update', 'linear'].includes(operation);
  const where = t(`trouble-${known ? operation : 'activation'}`, {
    layer, activation: operation, loss: lower(t(`loss-${trainer.settings.loss}`)),
    letter: operation === 'linear' ? `Z${subscript(layer)}` : outputLetter(trainer.layers, layer),
  });
  const who = sample === null ? '' : t('trouble-sample', { sample: sample + 1 });
  const far = operation === 'loss' ? t('trouble-output', { output: shown(output) }) + (Number.isFinite(value) ? t('trouble-total') : '') : '';
  return {
    result: t('trouble-step', { step: failed, what }), said: t('trouble-said', { where, value: shown(value), who, far }),
    cure: t(`cure-${known ? operation : 'activation'}`),
  };
}
