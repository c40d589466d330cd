// A table of your own: two columns of numbers and a label, from the text of a CSV file.

const LARGEST_FILE = 4e6; // characters
const MOST_ROWS = 1000;
const MOST_CLASSES = 6;

const LOOKED_AT = 20; // rows that are looked at for the sign between cells
const SIGNS = [';', '\t', '|', ','];

// The cells of a text, row by row, the first `most` of them; quotation marks may enclose a cell.
function rowsOf(text, sign, most = Infinity) {
  const rows = [];
  let [row, cell, quoted] = [[], '', false];
  const close = () => {
    row.push(cell.trim());
    cell = '';
  };
  for (let i = 0; i < text.length && rows.length < most; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') (cell += '"'), (i += 1);
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === sign) close();
    else if (c === '\n' || c === '\r') {
      close();
      if (row.some(Boolean)) rows.push(row);
      row = [];
    } else cell += c;
  }
  close();
  if (row.some(Boolean)) rows.push(row);
  return rows;
}

// What parts the cells: the first sign that makes rows of one length, or else the one with most cells.
function signOf(text) {
  const widths = SIGNS.map((sign) => rowsOf(text, sign, LOOKED_AT).map((row) => row.length));
  const even = widths.findIndex((each) => each[0] > 1 && each.every((width) => width === each[0]));
  const largest = widths.map((each) => Math.max(0, ...each));
  return SIGNS[even < 0 ? largest.indexOf(Math.max(...largest)) : even];
}

const tooLarge = (size) => ({ error: () => t('csv-large', { size: (size / 1e6).toFixed(1), most: LARGEST_FILE / 1e6 }) });
const hasComma = (cell) => /^[-+\u2212]?(\d*,\d+(e[-+]?\d+)?|\d{1,3}(\.\d{3})+,\d+)$/i.test(cell);
const hasPoint = (cell) => cell.includes('.') && !cell.includes(',');

// The number in a cell, with a decimal point or a decimal comma; NaN where there is none.
function numberOf(cell) {
  const plain = cell.replace('\u2212', '-'); // a typeset minus
  const written = hasComma(plain) ? plain.replaceAll('.', '').replace(',', '.') : plain;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(written) ? Number(written) : NaN;
}

// What speaks against reading the commas in these columns of numbers as decimal ones, as `read_csv` has it; or null.
function doubtfulComma(columns, sign, short) {
  const commas = columns.map(({ cells }) => cells.filter(hasComma));
  if (!commas.some((cells) => cells.length)) return null;
  const thousands = commas.findIndex((cells) => cells.length && cells.every((cell) => /^[-+]?[1-9]\d{0,2},\d{3}$/.test(cell)));
  const pointed = columns.find(({ cells }) => cells.some((cell) => hasPoint(cell) && !Number.isNaN(numberOf(cell))));
  const said = (key, cell, j) => () => t(key, { cell, name: short(j) });
  if (sign === ',' && thousands >= 0) return said('csv-thousands', commas[thousands][0], columns[thousands].j);
  return pointed ? said('csv-points', pointed.cells.find(hasPoint), pointed.j) : null;
}

// {points, classes, labels, said} of a text, or {error}; what is said is a function, for it is said in any language. The last column is the label; of the others the first
// two that are numbers are taken. Coordinates are standardised, which `said` says.
function readTable(text) {
  if (text.length > LARGEST_FILE) return tooLarge(text.length);
  const whole = text.replace(/^\ufeff/, '');
  const sign = signOf(whole);
  const rows = rowsOf(whole, sign);
  if (rows.length < 3) return { error: () => t('csv-few', { n: rows.length }) };
  const headed = rows[0].every((cell) => Number.isNaN(numberOf(cell)));
  const names = rows[0].map((cell) => (headed ? cell.slice(0, 30) : ''));
  const short = (j) => names[j] || t('csv-column', { number: j + 1 });
  const body = headed ? rows.slice(1) : rows;
  const [wide, last] = [names.length, names.length - 1];
  const share = (j) => body.filter((row) => Number.isFinite(numberOf(row[j] || ''))).length / body.length;
  const columns = names.map((_, j) => j).filter((j) => j < last && share(j) > 0.5).slice(0, 2);
  if (columns.length < 2) return { error: () => t('csv-columns') };
  const left = { cells: 0, numbers: 0, label: 0 };
  const kept = [];
  for (const row of body) {
    const [x, y] = columns.map((j) => numberOf(row[j] || ''));
    if (row.length !== wide) left.cells += 1;
    else if (!Number.isFinite(x) || !Number.isFinite(y)) left.numbers += 1;
    else if (!row[last] || /^nan$/i.test(row[last])) left.label += 1;
    else kept.push({ x, y, label: row[last] });
  }
  if (kept.length < 2) return { error: () => t('csv-unusable', { kept: kept.length, all: body.length }) };
  const spaced = kept.length > MOST_ROWS ? Array.from({ length: MOST_ROWS }, (_, i) => kept[Math.floor((i * kept.length) / MOST_ROWS)]) : kept;
  const labels = [...new Set(spaced.map(({ label }) => label))];
  const numeric = labels.every((label) => Number.isFinite(numberOf(label)));
  if (labels.length > MOST_CLASSES && !numeric) return { error: () => t('csv-labels', { name: short(last), count: labels.length, most: MOST_CLASSES }) };
  if (labels.length < 2) return { error: () => t('csv-one-label') };
  const cellsOf = (j) => ({ j, cells: body.map((row) => row[j] || '') });
  const error = doubtfulComma([...columns, ...(numeric ? [last] : [])].map(cellsOf), sign, short);
  if (error) return { error };
  const classes = labels.length <= MOST_CLASSES ? labels.length : 0;
  labels.sort(numeric ? (a, b) => numberOf(a) - numberOf(b) : undefined);
  const points = spaced.map(({ x, y, label }) => ({ x, y, label: classes ? labels.indexOf(label) : numberOf(label) }));
  for (const key of classes ? ['x', 'y'] : ['x', 'y', 'label']) standardise(points, key, key === 'label' ? 0.5 : 1.3);
  left.rest = kept.length - points.length;
  const said = () => {
    const out = Object.entries(left).filter(([, count]) => count).map(([key, count]) => t(`csv-left-${key}`, { count, most: MOST_ROWS }));
    return t('csv-said', {
      kept: points.length, all: body.length, classes: classes ? t('classes', { n: classes }) : t('csv-number'), label: short(last), first: short(columns[0]), second: short(columns[1]),
    }) + (out.length ? t('csv-left', { reasons: out.join(t('clauses')) }) : '');
  };
  return { points, classes, labels: classes ? labels : null, said };
}

// Shift and stretch one coordinate of all points to mean 0 and the given deviation.
function standardise(points, key, deviation) {
  const mean = points.reduce((sum, p) => sum + p[key], 0) / points.length;
  const spread = Math.sqrt(points.reduce((sum, p) => sum + (p[key] - mean) ** 2, 0) / points.length);
  for (const p of points) p[key] = spread > 0 ? ((p[key] - mean) / spread) * deviation : 0;
}
