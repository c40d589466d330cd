// What rows of the table compute along the last axis: n rows of k entries, from x into out.
const rows = {
  log_softmax(n, k, x, out) {
    for (let i = 0; i < n * k; i += k) {
      let largest = -Infinity;
      for (let j = i; j < i + k; j += 1) largest = Math.max(largest, x[j]);
      let sum = 0;
      for (let j = i; j < i + k; j += 1) sum += Math.exp(x[j] - largest);
      const log = Math.log(sum);
      for (let j = i; j < i + k; j += 1) out[j] = x[j] - largest - log;
    }
  },
  softmax(n, k, x, out) {
    rows.log_softmax(n, k, x, out);
    for (let i = 0; i < n * k; i += 1) out[i] = Math.exp(out[i]);
  },
};
