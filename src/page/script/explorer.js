// The charts that answer to the reader: policies on and off, parts of the system, levels, caps of a ladder.

const explorer = data.explorer;
const state = {
  run: 0,
  scope: 0,
  level: explorer.levels.length - 1,
  on: new Set(explorer.policies.flatMap((policy, at) => (policy.on ? [at] : []))),
  // Ladders: id of each with the place of its cap among its steps.
  caps: new Map(),
};

const steps = (ladder) =>
  explorer.policies.map((policy, at) => ({ policy, at })).filter(({ policy }) => policy.ladder === ladder);
const ladders = [...new Set(explorer.policies.map((policy) => policy.ladder).filter((id) => id !== null))];
// The middle cap to begin with.
for (const ladder of ladders) state.caps.set(ladder, { step: Math.floor(steps(ladder).length / 2), on: true });

const scopeNow = () => explorer.runs[state.run].scopes[Math.min(state.scope, explorer.runs[state.run].scopes.length - 1)];

// The policies that are shown: the baseline first.
function visible() {
  const chosen = explorer.policies.map((_, at) => at).filter((at) => explorer.policies[at].ladder === null && state.on.has(at));
  const base = explorer.baseline;
  const caps = ladders
    .filter((ladder) => state.caps.get(ladder).on)
    .map((ladder) => steps(ladder)[state.caps.get(ladder).step].at);
  return [...new Set([...(state.on.has(base) ? [base] : []), ...chosen, ...caps])];
}

function face(at) {
  const policy = explorer.policies[at];
  return { name: policy.title, colour: policy.colour, dash: policy.dash, strong: at === explorer.baseline };
}

function curves() {
  const scope = scopeNow();
  const shown = visible();
  const withPoints = shown.map((at) => ({ ...face(at), points: scope.exceedance[at] })).filter((own) => own.points.length);
  const laws = shown
    .filter((at) => scope.density[at])
    .map((at) => ({ ...face(at), points: scope.density[at].points, stems: scope.density[at].atoms }));
  return { tails: withPoints, laws };
}

// The range of losses of all policies together, whatever is switched on, so that switching moves no axis: where
// curves have something to show.
function domainOf(isLog) {
  const scope = scopeNow();
  const tails = scope.exceedance.flat().map((p) => p[0]);
  const laws = scope.density.flatMap((own) => {
    const peak = Math.max(...(own?.points ?? []).map((p) => p[1]), 0);
    return (own?.points ?? []).filter((p) => p[1] > 0.002 * peak).map((p) => p[0]);
  });
  const all = [...tails, ...laws];
  const high = Math.max(...all, 0) || 1;
  if (!isLog) return [0, high];
  const low = Math.min(...all.filter((x) => x > 0));
  return Number.isFinite(low) && low < high ? [Math.max(low, high / 1e6), high] : [high / 10, high];
}

function drawTails({ tails }) {
  const isLogX = byId('log-loss').checked;
  const isLogY = byId('log-probability').checked;
  const domain = domainOf(isLogX);
  const money = scaleOf(domain[1]);
  const seen = tails.flatMap((own) => own.points.map((p) => p[1])).filter((p) => p > 0);
  const least = 10 ** Math.floor(Math.log10(Math.min(...seen, 1)));
  chart(byId('live-exceedance').querySelector('.plot'), {
    title: 'Probability that a loss is exceeded',
    series: tails,
    x: { domain, isLog: isLogX, by: money.by, name: `loss over ${explorer.horizon} (${unitOf(money)})` },
    y: { domain: isLogY ? [Math.min(least, 0.1), 1] : [0, 1], isLog: isLogY, by: 1, name: 'P(loss is greater)' },
    read: (own, [loss, p, lower, upper]) =>
      `${own.name}: P(L > ${short(loss / money.by)} ${unitOf(money)}) = ${short(100 * p)} % (${short(100 * lower)} to ${short(100 * upper)} %)`,
  });
}

function drawLaws({ laws }) {
  const figure = byId('live-density');
  figure.hidden = laws.length === 0;
  if (!laws.length) return;
  const isLogX = byId('log-loss').checked;
  const domain = domainOf(isLogX);
  const money = scaleOf(domain[1]);
  const heights = laws.flatMap((own) => own.points.map((p) => p[1])).sort((a, b) => a - b);
  const stems = laws.some((own) => own.stems);
  const by = stems ? 1 : 1 / money.by;
  chart(figure.querySelector('.plot'), {
    title: 'Law of the loss',
    series: laws,
    x: { domain, isLog: isLogX, by: money.by, name: `loss over ${explorer.horizon} (${unitOf(money)})` },
    y: {
      domain: [0, heights.at(-1) || 1],
      isLog: false,
      by,
      name: stems ? 'probability of exactly this loss' : `probability density (per ${unitOf(money)})`,
    },
    read: (own, [loss, height]) => `${own.name}: ${short(height / by)} at ${short(loss / money.by)} ${unitOf(money)}`,
  });
}

function keyTable() {
  const scope = scopeNow();
  const [es, value] = [2 + 2 * state.level, 1 + 2 * state.level];
  const credit = 1 + 2 * explorer.levels.length;
  const shown = visible().filter((at) => scope.keys[at].some((key) => key !== null));
  const level = percent(explorer.levels[state.level]);
  const base = scope.keys[explorer.baseline];
  const scales = [0, value, es].map((at) => scaleOf(base[at]?.[0] ?? 0));
  const table = element('table', { class: 'sortable' });
  const part = scope.kind === 'system' ? 'the whole book' : `${scope.kind} ${scope.name.replaceAll('_', ' ')}`;
  table.append(element('caption', {}, `Key numbers of ${part}, with ${percent(explorer.confidence)} bands`));
  const head = table.createTHead().insertRow();
  const names = [
    'Policy',
    'Credit kept',
    `EL (${unitOf(scales[0])})`,
    `VaR ${level} (${unitOf(scales[1])})`,
    `ES ${level} (${unitOf(scales[2])})`,
    'Change of EL',
    `Change of ES ${level}`,
  ];
  names.forEach((name, at) => head.append(element('th', { scope: 'col', class: at ? 'n' : '' }, name)));
  const body = table.createTBody();
  for (const at of shown) {
    const row = body.insertRow();
    row.append(element('th', { scope: 'row' }, explorer.policies[at].title));
    const cell = (key, text) => {
      const own = row.insertCell();
      own.className = 'n';
      own.textContent = key ? text(key) : '–';
      if (key) own.dataset.v = String(key[0]);
    };
    const kept = scope.keys[at][credit] && base[credit]?.[0] ? [scope.keys[at][credit][0] / base[credit][0]] : null;
    cell(kept, ([x]) => `${decimal(100 * x, 1)} %`);
    [0, value, es].forEach((column, k) => cell(scope.keys[at][column], (key) => banded(key, scales[k].by)));
    [0, es].forEach((column) =>
      cell(scope.changes[at][column], (key) => {
        const text = banded(key, 0.01, true);
        return text.includes(' ±') ? text.replace(' ±', ' % ±') : `${text} %`;
      }),
    );
  }
  sortable(table);
  byId('key-numbers').replaceChildren(table);
}

function redraw() {
  const own = curves();
  drawLaws(own);
  drawTails(own);
  keyTable();
}

function listScopes() {
  const select = byId('scope');
  select.replaceChildren(
    ...explorer.runs[state.run].scopes.map((scope, at) => {
      const name = { system: 'whole book', total: 'all losses of lenders' }[scope.kind] ?? `${scope.kind}: ${scope.name.replaceAll('_', ' ')}`;
      return element('option', { value: at }, name);
    }),
  );
  state.scope = Math.min(state.scope, explorer.runs[state.run].scopes.length - 1);
  select.value = String(state.scope);
}

function addPolicies() {
  explorer.policies.forEach((policy, at) => {
    if (policy.ladder !== null) return;
    const label = element('label', { class: 'policy' });
    const box = element('input', { type: 'checkbox', 'data-policy': policy.id });
    box.checked = state.on.has(at);
    box.addEventListener('change', () => {
      state.on[box.checked ? 'add' : 'delete'](at);
      redraw();
    });
    const sample = drawn('svg', { viewBox: '0 0 28 10', class: 'sample', 'aria-hidden': 'true' });
    sample.append(
      drawn('line', { x1: 0, x2: 28, y1: 5, y2: 5, stroke: policy.colour, 'stroke-width': 2.5, 'stroke-dasharray': policy.dash.join(' ') }),
    );
    label.append(box, sample, document.createTextNode(` ${policy.title}`));
    byId('policies').append(label);
  });
}

function addLadders() {
  for (const ladder of ladders) {
    const own = state.caps.get(ladder);
    const all = steps(ladder);
    const group = element('fieldset', { class: 'ladder' });
    group.append(element('legend', {}, `Ladder ${ladder}`));
    const box = element('input', { type: 'checkbox', 'aria-label': `Show ladder ${ladder}` });
    box.checked = own.on;
    const slider = element('input', {
      type: 'range', min: '0', max: String(all.length - 1), value: String(own.step), 'data-ladder': ladder,
      'aria-label': `Cap of ladder ${ladder}`,
    });
    const output = element('output');
    const tell = () => {
      const { policy } = all[own.step];
      const money = scaleOf(policy.cap ?? 0);
      output.textContent = policy.cap === null ? policy.title : `cap ${explorer.currency} ${short(policy.cap / money.by)} ${money.suffix}`.trim();
      slider.setAttribute('aria-valuetext', output.textContent);
    };
    slider.addEventListener('input', () => {
      own.step = Number(slider.value);
      tell();
      redraw();
    });
    box.addEventListener('change', () => {
      own.on = box.checked;
      redraw();
    });
    tell();
    group.append(box, slider, output);
    byId('ladders').append(group);
  }
}

function liveCsv(which) {
  const { tails, laws } = curves();
  const [series, head] = which === 'live-density' ? [laws, ['policy', 'loss', 'height']] : [tails, ['policy', 'loss', 'probability', 'lower', 'upper']];
  const rows = series.flatMap((own) => own.points.map((point) => [field(own.name), ...point].join(',')));
  return `${[head.join(','), ...rows].join('\n')}\n`;
}

function start() {
  explorer.runs.forEach((run, at) => {
    byId('variant').append(element('option', { value: at }, at === 0 ? 'the scenario itself' : run.title));
  });
  byId('variant-choice').hidden = explorer.runs.length < 2;
  explorer.levels.forEach((level, at) => byId('level').append(element('option', { value: at }, percent(level))));
  byId('level').value = String(state.level);
  listScopes();
  addPolicies();
  addLadders();
  byId('variant').addEventListener('change', (event) => {
    state.run = Number(event.target.value);
    listScopes();
    redraw();
  });
  byId('scope').addEventListener('change', (event) => {
    state.scope = Number(event.target.value);
    redraw();
  });
  byId('level').addEventListener('change', (event) => {
    state.level = Number(event.target.value);
    redraw();
  });
  for (const id of ['log-probability', 'log-loss']) byId(id).addEventListener('change', redraw);
  const left = explorer.left_out.map(([kind, count]) => `${count} smaller ${kind}s`).join(', ');
  if (left) byId('left-out').textContent = `Left out for want of room: ${left}; summary.csv has them.`;
  byId('explorer').hidden = false;
  redraw();
  for (const id of ['live-density', 'live-exceedance']) {
    const figure = byId(id);
    figure.append(element('div', { class: 'tools' }));
    addTools(figure, id, () => liveCsv(id));
  }
}

start();
