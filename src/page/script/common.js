// What all parts of the script use: the data, elements, numbers for people.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, text = '') {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function drawn(name, attributes = {}, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

// The same powers of a thousand as in the tables.
function scaleOf(amount) {
  const size = Math.abs(amount);
  if (size >= 1e12) return { by: 1e12, suffix: 'trn' };
  if (size >= 1e9) return { by: 1e9, suffix: 'bn' };
  if (size >= 1e6) return { by: 1e6, suffix: 'm' };
  if (size >= 1e4) return { by: 1e3, suffix: 'k' };
  return { by: 1, suffix: '' };
}

const unitOf = (scale) => (scale.suffix ? `${data.explorer.currency} ${scale.suffix}` : data.explorer.currency);

function decimal(x, decimals) {
  const text = Math.abs(x).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return x < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

// Decimals that show a band with one significant digit, two if it starts with 1.
function digitsFor(half) {
  if (!(half > 0)) return 1;
  const exponent = Math.floor(Math.log10(half));
  const extra = half / 10 ** exponent < 2 ? 1 : 0;
  return Math.min(4, Math.max(1, extra - exponent));
}

// A value with its band, as the tables print it: [value, lower, upper, quality].
function banded([value, lower, upper, quality], per, plus = false) {
  const signed = (x, decimals) => {
    const text = decimal(x, decimals);
    return plus && x > 0 && /[1-9]/.test(text) ? `+${text}` : text;
  };
  if (quality === 3) return upper === null ? '0' : `0 (< ${decimal(upper / per, digitsFor(upper / per))})`;
  if (quality === 0) return signed(value / per, 1);
  if (lower === null || upper === null) return `${signed(value / per, 1)} ±?`;
  const half = (upper - lower) / 2 / per;
  const decimals = half === 0 ? 1 : digitsFor(half);
  const least = 10 ** -decimals;
  const band = half > 0 && half < 0.5 * least ? `<${decimal(least, decimals)}` : decimal(half, decimals);
  return `${signed(value / per, decimals)} ±${band}${quality === 2 ? '?' : ''}`;
}

// `99.9 %`, without the zeros at its end.
const percent = (share) => `${+(100 * share).toFixed(6)} %`;

// Three significant digits, for readings off a curve.
function short(x) {
  if (x === 0) return '0';
  if (Math.abs(x) < 1e-3) return x.toExponential(1);
  return decimal(x, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x)))));
}

function save(name, blob) {
  const link = element('a', { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A field of a CSV table.
const field = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
