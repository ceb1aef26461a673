// A chart of curves with bands that answers to the pointer and to the arrow keys.

const WIDE = 560;
const HIGH = 330;
const EDGE = { left: 62, right: 12, top: 30, bottom: 46 };
const INK = '#222222';
const FAINT = '#dddddd';

function scale(domain, range, isLog) {
  const to = isLog ? Math.log10 : (x) => x;
  const from = isLog ? (x) => 10 ** x : (x) => x;
  const [a, b] = domain.map(to);
  const stretch = (range[1] - range[0]) / (b - a || 1);
  return {
    at: (x) => range[0] + (to(x) - a) * stretch,
    back: (p) => from(a + (p - range[0]) / stretch),
    domain,
    isLog,
  };
}

function ticks({ domain: [low, high], isLog }) {
  if (isLog) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((last - first) / 6));
    const decades = [];
    for (let at = first; at <= last; at += step) decades.push(10 ** at);
    if (decades.length > 1) return decades;
    const fine = [];
    for (let at = first - 1; at <= last; at += 1) {
      for (const m of [1, 2, 5]) if (m * 10 ** at >= low && m * 10 ** at <= high) fine.push(m * 10 ** at);
    }
    return fine;
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((m) => m * power).find((own) => own >= rough) ?? power;
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high * (1 + 1e-9); at += 1) found.push(at * step);
  return found;
}

const tickText = (x) => (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6) ? x.toExponential(0) : String(Number(x.toPrecision(6))));

function path(points) {
  return points.map(([x, y], at) => `${at ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

// series: { name, colour, dash, strong, stems, points: [[x, y, lower, upper]] }, y between lower and upper.
function chart(holder, { series, x, y, title, read }) {
  const svg = drawn('svg', {
    viewBox: `0 0 ${WIDE} ${HIGH}`,
    tabindex: '0',
    role: 'group',
    'aria-roledescription': 'chart',
    'aria-label': `${title}. Arrow keys read the curves off.`,
    'font-family': 'DejaVu Sans, Verdana, Segoe UI, sans-serif',
    'font-size': '12',
    fill: INK,
  });
  svg.append(drawn('rect', { width: WIDE, height: HIGH, fill: '#ffffff' }));
  const right = WIDE - EDGE.right;
  const bottom = HIGH - EDGE.bottom;
  const across = scale(x.domain, [EDGE.left, right], x.isLog);
  const up = scale(y.domain, [bottom, EDGE.top], y.isLog);
  for (const at of ticks(across)) {
    const p = across.at(at);
    svg.append(
      drawn('line', { x1: p, x2: p, y1: EDGE.top, y2: bottom, stroke: FAINT }),
      drawn('text', { x: p, y: bottom + 16, 'text-anchor': 'middle' }, tickText(at / x.by)),
    );
  }
  for (const at of ticks(up)) {
    const p = up.at(at);
    svg.append(
      drawn('line', { x1: EDGE.left, x2: right, y1: p, y2: p, stroke: FAINT }),
      drawn('text', { x: EDGE.left - 6, y: p + 4, 'text-anchor': 'end' }, tickText(at / y.by)),
    );
  }
  svg.append(
    drawn('text', { x: EDGE.left, y: 16 }, y.name),
    drawn('text', { x: (EDGE.left + right) / 2, y: HIGH - 8, 'text-anchor': 'middle' }, x.name),
    drawn('path', { d: `M${EDGE.left} ${EDGE.top}V${bottom}H${right}`, fill: 'none', stroke: INK }),
  );
  const inside = ([a, b]) =>
    a >= x.domain[0] && a <= x.domain[1] && (!y.isLog || b > 0) && b <= y.domain[1] * (1 + 1e-9);
  const clamped = (v) => up.at(Math.min(y.domain[1], Math.max(v, y.domain[0])));
  for (const own of [...series].reverse()) {
    const seen = own.points.filter(inside);
    if (!seen.length) continue;
    if (own.points[0].length === 4) {
      const upper = seen.map((p) => [across.at(p[0]), clamped(p[3])]);
      const lower = seen.map((p) => [across.at(p[0]), clamped(p[2])]).reverse();
      svg.append(drawn('path', { d: `${path([...upper, ...lower])}Z`, fill: own.colour, opacity: '0.15' }));
    }
    const line = own.stems
      ? seen.map((p) => `M${across.at(p[0]).toFixed(1)} ${bottom}V${clamped(p[1]).toFixed(1)}`).join('')
      : path(seen.map((p) => [across.at(p[0]), clamped(p[1])]));
    svg.append(
      drawn('path', {
        d: line,
        fill: 'none',
        stroke: own.colour,
        'stroke-width': own.strong ? '2.4' : '1.7',
        'stroke-dasharray': own.dash.join(' '),
      }),
    );
  }
  const cursor = drawn('g', { visibility: 'hidden' });
  svg.append(cursor);
  holder.replaceChildren(svg);

  let place = null;
  function readAt(p, clientX, clientY) {
    place = Math.min(right, Math.max(EDGE.left, p));
    const loss = across.back(place);
    const found = series.map((own) => {
      const near = own.points.reduce(
        (best, point) => (Math.abs(point[0] - loss) < Math.abs(best[0] - loss) ? point : best),
        own.points[0] ?? [NaN, NaN],
      );
      return { own, near };
    });
    const known = found.filter(({ near }) => near && inside(near));
    cursor.replaceChildren(
      drawn('line', { x1: place, x2: place, y1: EDGE.top, y2: bottom, stroke: INK, 'stroke-dasharray': '2 2' }),
      ...known.map(({ own, near }) =>
        drawn('circle', { cx: across.at(near[0]), cy: clamped(near[1]), r: 3.5, fill: own.colour }),
      ),
    );
    cursor.setAttribute('visibility', 'visible');
    const lines = known.map(({ own, near }) => read(own, near));
    if (clientX !== undefined && lines.length) showTip(lines, clientX, clientY);
    byId('reading').textContent = lines.join('; ');
  }
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    readAt(((event.clientX - box.left) * WIDE) / box.width, event.clientX, event.clientY);
  });
  svg.addEventListener('pointerleave', () => {
    cursor.setAttribute('visibility', 'hidden');
    hideTip();
  });
  svg.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -8, ArrowRight: 8 }[event.key];
    if (!step) return;
    event.preventDefault();
    readAt((place ?? (EDGE.left + right) / 2) + step);
  });
}
