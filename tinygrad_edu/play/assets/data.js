// Random numbers from a seed, and the data sets: points of about −3 to 3 with a class or a number.

// A generator of numbers from 0 to 1: Melissa O'Neill's and others' "sfc32", seeded with two numbers.
function generator(seed, stream) {
  let [a, b, c, d] = [seed >>> 0, stream >>> 0, 0x9e3779b9, 1];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i += 1) next();
  return next;
}

// A number of the standard normal distribution (Box and Muller).
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// A permutation of 0 … n − 1.
function shuffled(n, random) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const arms = (count, turns) => (i, n, random) => {
  const [label, along] = [i % count, Math.floor(i / count) / Math.ceil(n / count)];
  const [r, t] = [0.25 + 2.75 * along, turns * 2 * Math.PI * along + (label * 2 * Math.PI) / count];
  return [r * Math.sin(t), r * Math.cos(t), label];
};
const square = (random) => [6 * random() - 3, 6 * random() - 3];
const bumps = [[-1.5, 1.5, 1], [0, 1.5, -1], [1.5, 1.5, 1], [-1.5, -1.5, -1], [0, -1.5, 1], [1.5, -1.5, -1]];

// x₁, x₂ and the digit of each, x in hundredths, from the list that travels.
function digitsOf(list) {
  return Array.from({ length: list.length / 3 }, (_, i) => list.slice(3 * i, 3 * i + 3)).map(([x, y, digit]) => [x / 100, y / 100, given.digits.digits.indexOf(digit)]);
}

// By name: how many classes (0: a number is to be predicted), and point i of n, before the noise; or `points` to
// choose from.
const SETS = {
  circle: {
    classes: 2, point: (i, n, random) => {
      const [r, t] = [i % 2 ? 1.5 * random() : 2.1 + 0.9 * random(), 2 * Math.PI * random()];
      return [r * Math.sin(t), r * Math.cos(t), i % 2];
    },
  },
  xor: {
    classes: 2, point: (i, n, random) => {
      const [x, y] = square(random).map((v) => v + (v > 0 ? 0.15 : -0.15));
      return [x, y, Number(x * y >= 0)];
    },
  },
  gauss: {
    classes: 2, point: (i, n, random) => {
      const centre = i % 2 ? 1.3 : -1.3;
      return [centre + 0.6 * normal(random), centre + 0.6 * normal(random), i % 2];
    },
  },
  spiral: { classes: 2, point: arms(2, 1.5) },
  moons: {
    classes: 2, point: (i, n, random) => {
      const t = Math.PI * random();
      const [x, y] = i % 2 ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
      return [(x - 0.5) * 1.9, (y - 0.25) * 2.3, i % 2];
    },
  },
  checkerboard: {
    classes: 2, point: (i, n, random) => {
      const [x, y] = square(random);
      return [x, y, (Math.floor((x + 3) / 2) + Math.floor((y + 3) / 2)) % 2];
    },
  },
  arms: { classes: 3, point: arms(3, 0.75) },
  blobs: {
    classes: 4, point: (i, n, random) => {
      const [cx, cy] = [[-1.6, -1.6], [1.6, -1.4], [-1.4, 1.6], [1.6, 1.6]][i % 4];
      return [cx + 0.5 * normal(random), cy + 0.5 * normal(random), i % 4];
    },
  },
  digits: { classes: given.digits.digits.length, labels: given.digits.digits.map(String), points: digitsOf(given.digits.points) },
  plane: {
    classes: 0, point: (i, n, random) => {
      const [x, y] = square(random);
      return [x, y, (x + y) / 6];
    },
  },
  bumps: {
    classes: 0, point: (i, n, random) => {
      const [x, y] = square(random);
      const near = bumps.map(([cx, cy, sign]) => sign * Math.max(0, 1 - Math.hypot(x - cx, y - cy) / 1.2));
      return [x, y, near.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)];
    },
  },
};

// `count` points of a set in a random order: [{x, y, label}], the noise a percentage.
function drawn(name, count, noise, seed) {
  const [random, set] = [generator(seed, 11), SETS[name]];
  const chosen = set.points ? shuffled(set.points.length, random) : null;
  const points = Array.from({ length: Math.min(count, set.points ? set.points.length : count) }, (_, i) => {
    let [x, y, label] = set.points ? set.points[chosen[i]] : set.point(i, count, random);
    const far = noise / 100;
    if (set.classes) [x, y] = [x + 1.2 * far * normal(random), y + 1.2 * far * normal(random)];
    else label += far * normal(random);
    return { x, y, label };
  });
  return shuffled(points.length, random).map((i) => points[i]);
}

// What a network may be fed with: each of the two coordinates.
const FEATURES = {
  x1: { text: 'x₁', of: (x) => x },
  x2: { text: 'x₂', of: (x, y) => y },
  x1x1: { text: 'x₁²', of: (x) => x * x },
  x2x2: { text: 'x₂²', of: (x, y) => y * y },
  x1x2: { text: 'x₁x₂', of: (x, y) => x * y },
  sin1: { text: 'sin 2x₁', of: (x) => Math.sin(2 * x) },
  sin2: { text: 'sin 2x₂', of: (x, y) => Math.sin(2 * y) },
};
