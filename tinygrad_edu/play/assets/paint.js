// Colours, maps over the plane, the boundary with its points, and the curve of losses.

const GRID = 50; // cells of a map along each axis
const FAR = 3.4; // the plane is drawn from −FAR to FAR
const HUES = {
  light: { classes: ['#d97706', '#0072b2', '#00805d', '#a64d79', '#6b6b6b', '#7a5c00'], middle: '#eef0f2' },
  dark: { classes: ['#f2a03d', '#4ba8e8', '#4cc79b', '#e08fb8', '#b0b0b0', '#d6b656'], middle: '#262b30' },
};
const darkness = matchMedia('(prefers-color-scheme: dark)');
const hues = () => HUES[darkness.matches ? 'dark' : 'light'];
const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

function mixed(from, to, share) {
  return from.map((c, i) => Math.round(c + (to[i] - c) * share));
}

// 256 colours from minus one (orange) over zero to one (blue), as words of a picture's memory.
const palettes = new Map();
function palette() {
  const { classes, middle } = hues();
  if (!palettes.has(middle)) {
    palettes.set(middle, Uint32Array.from({ length: 256 }, (_, i) => {
      const value = (i - 127.5) / 127.5;
      const [r, g, b] = mixed(channels(middle), channels(classes[Number(value > 0)]), Math.min(1, Math.abs(value)) ** 0.8);
      return (255 << 24) | (b << 16) | (g << 8) | r;
    }));
  }
  return palettes.get(middle);
}

function colour(value) {
  const word = palette()[Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, value || 0)))];
  return `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
}

// The plane's cells as inputs of the network, row by row from the top.
function planeOf(features) {
  const X = new Float64Array(GRID * GRID * features.length);
  for (let r = 0, k = 0; r < GRID; r += 1) {
    for (let c = 0; c < GRID; c += 1) {
      const [x, y] = [((c + 0.5) / GRID) * 2 * FAR - FAR, FAR - ((r + 0.5) / GRID) * 2 * FAR];
      for (const key of features) X[k++] = FEATURES[key].of(x, y);
    }
  }
  return X;
}

const cells = new ImageData(GRID, GRID); // one for all maps: each is put on its canvas before the next is filled
const words = new Uint32Array(cells.data.buffer);

// Fill a canvas of GRID × GRID cells with values[from], values[from + step], …, −1 to 1.
function paintMap(canvas, values, step = 1, from = 0, discrete = false) {
  const colours = palette();
  for (let i = 0, k = from; i < words.length; i += 1, k += step) {
    const value = discrete ? (values[k] > 0 ? 1 : -1) : values[k];
    words[i] = colours[value >= 1 ? 255 : value > -1 ? Math.round(127.5 + 127.5 * value) : value <= -1 ? 0 : 128];
  }
  canvas.getContext('2d').putImageData(cells, 0, 0);
}

// The same for several classes: each cell has the colour of the likeliest, the fainter the less sure.
function paintClasses(canvas, probabilities, classes, discrete) {
  const { classes: colours, middle } = hues();
  const [base, ends] = [channels(middle), colours.map(channels)];
  for (let i = 0; i < GRID * GRID; i += 1) {
    let best = 0;
    for (let k = 1; k < classes; k += 1) if (probabilities[i * classes + k] > probabilities[i * classes + best]) best = k;
    const sure = (probabilities[i * classes + best] - 1 / classes) / (1 - 1 / classes);
    const [r, g, b] = mixed(base, ends[best], discrete ? 0.75 : 0.15 + 0.6 * Math.max(0, Math.min(1, sure || 0)));
    words[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  canvas.getContext('2d').putImageData(cells, 0, 0);
}

// A canvas as large as it is shown, cleared.
function sized(canvas) {
  const [w, h] = [canvas.clientWidth, canvas.clientHeight].map((n) => Math.round(n * devicePixelRatio));
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext('2d');
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return [context, canvas.clientWidth, canvas.clientHeight];
}

// A colour of the style sheet, looked up once for light and once for dark: asking costs more than a point's drawing.
const inks = new Map();
function ink(name) {
  const key = `${darkness.matches} ${name}`;
  if (!inks.has(key)) inks.set(key, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return inks.get(key);
}

// One point: its class by colour and shape, with a rim so that it shows on any ground. Test points are hollow inside.
function paintPoint(context, x, y, label, classes, size, hollow) {
  context.beginPath();
  if (classes > 2 && label % 3 === 1) context.rect(x - size, y - size, 2 * size, 2 * size);
  else if (classes > 2 && label % 3 === 2) {
    context.moveTo(x, y - 1.3 * size);
    context.lineTo(x + 1.25 * size, y + size);
    context.lineTo(x - 1.25 * size, y + size);
    context.closePath();
  } else context.arc(x, y, size, 0, 2 * Math.PI);
  context.fillStyle = classes ? hues().classes[label] : colour(label);
  context.fill();
  context.lineWidth = 1.4;
  context.strokeStyle = ink('--rim');
  context.stroke();
  if (hollow) {
    context.beginPath();
    context.arc(x, y, size * 0.42, 0, 2 * Math.PI);
    context.fillStyle = ink('--rim');
    context.fill();
  }
}

// The boundary: a map, enlarged, the axes, and the points on it; `chosen` is a training sample with a ring around it.
function paintBoundary(canvas, map, trainer, showTest, chosen) {
  const [context, w, h] = sized(canvas);
  context.imageSmoothingEnabled = true;
  context.globalAlpha = 0.6;
  context.drawImage(map, 0, 0, w, h);
  context.globalAlpha = 1;
  context.fillStyle = ink('--faint');
  context.font = `${Math.min(22, Math.round(w / 28))}px system-ui, sans-serif`;
  for (const t of [-3, 0, 3]) {
    const along = ((t + FAR) / (2 * FAR)) * w;
    context.textAlign = 'center';
    context.fillText(String(t).replace('-', '−'), along, h - 3);
    context.textAlign = 'left';
    if (t) context.fillText(String(t).replace('-', '−'), 3, h - along + 4);
  }
  const size = w / 95;
  const at = ({ x, y }) => [((x + FAR) / (2 * FAR)) * w, ((FAR - y) / (2 * FAR)) * h];
  if (showTest) for (const p of trainer.test.points) paintPoint(context, ...at(p), p.label, trainer.classes, size, true);
  for (const p of trainer.train.points) paintPoint(context, ...at(p), p.label, trainer.classes, size, false);
  if (chosen !== null && trainer.train.points[chosen]) {
    context.beginPath();
    context.arc(...at(trainer.train.points[chosen]), size * 2.3, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.strokeStyle = ink('--ink');
    context.stroke();
  }
}

// Both losses of the data by epoch, and the penalty, from 0 to the largest; a line where the network stands if it went back.
function paintCurve(canvas, curve, now) {
  const [context, w, h] = sized(canvas);
  context.strokeStyle = ink('--line');
  context.strokeRect(0.5, 0.5, w - 1, h - 1);
  const finite = curve.filter(([, train, test]) => Number.isFinite(train) && Number.isFinite(test));
  if (finite.length < 2) return;
  const last = finite[finite.length - 1][0];
  const first = finite[0][0];
  const penalised = finite.some((entry) => entry[3] > 0);
  const sorted = finite.flatMap(([, ...losses]) => losses.slice(0, penalised ? 3 : 2)).filter(Number.isFinite).sort((a, b) => a - b);
  const top = Math.max(1e-12, Math.min(sorted[sorted.length - 1], 3 * sorted[Math.floor(sorted.length * 0.98)]));
  context.fillStyle = ink('--faint');
  const letters = Math.max(11, Math.round(w / 36));
  context.font = `${letters}px system-ui, sans-serif`;
  context.fillText(shown(top), 4, letters + 1);
  context.textAlign = 'right';
  context.fillText(t('epoch-n', { epoch: last }), w - 4, letters + 1);
  context.textAlign = 'left';
  [[3, '--accent', [1.5, 3.5]], [2, '--faint', [5, 4]], [1, '--ink', []]].slice(Number(!penalised)).forEach(([which, name, dash]) => {
    context.beginPath();
    finite.forEach((entry, i) => {
      const [x, y] = [((entry[0] - first) / Math.max(1, last - first)) * (w - 4) + 2, h - 3 - (Math.min(top, entry[which]) / top) * (h - letters - 9)];
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.setLineDash(dash);
    context.lineWidth = 1.8;
    context.strokeStyle = ink(name);
    context.stroke();
  });
  context.setLineDash([]);
  if (now >= last) return;
  context.fillStyle = ink('--accent');
  context.fillRect(((now - first) / (last - first)) * (w - 4) + 1, 1, 2, h - 2);
}

// A number as it is read: four digits, a real minus sign.
function shown(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : '−∞';
  if (x === 0) return '0';
  return figure(x).replace(/-/g, '−');
}

// The same as a program would read it.
function figure(x) {
  const size = Math.abs(x);
  const text = size >= 1e5 || (size < 1e-4 && size) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
  return text.replace('e+', 'e');
}

const subscript = (n) => String(n).replace(/\d/g, (d) => '₀₁₂₃₄₅₆₇₈₉'[d]);
