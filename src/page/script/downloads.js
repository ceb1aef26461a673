// Figures can be taken along: as drawing, as picture, with the numbers behind them.

function svgText(svg) {
  const copy = svg.cloneNode(true);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.removeAttribute('tabindex');
  return new XMLSerializer().serializeToString(copy);
}

function savePicture(name, svg) {
  const { width, height } = svg.viewBox.baseVal;
  const wide = 1600;
  const picture = new Image();
  picture.addEventListener('load', () => {
    const canvas = element('canvas');
    canvas.width = wide;
    canvas.height = Math.round((wide * height) / width);
    const ink = canvas.getContext('2d');
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(`${name}.png`, blob), 'image/png');
  });
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
}

// A CSV text as rows of fields.
function parsed(csv) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',') {
      if (row.length > 1 || row[0] !== '') rows.push(row);
      row = [];
    }
  }
  return rows;
}

function tableOf(csv) {
  const [head, ...rows] = parsed(csv);
  const isNumber = head.map((_, at) => rows.every((row) => row[at] === '' || !Number.isNaN(Number(row[at]))));
  const table = element('table', { class: 'sortable small' });
  const top = table.createTHead().insertRow();
  head.forEach((name, at) => {
    const cell = element('th', { scope: 'col' }, name.replaceAll('_', ' '));
    if (isNumber[at]) cell.className = 'n';
    top.append(cell);
  });
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((text, at) => {
      const cell = line.insertCell();
      if (isNumber[at] && text !== '') {
        cell.className = 'n';
        cell.dataset.v = text;
        cell.textContent = String(Number(Number(text).toPrecision(6)));
      } else {
        cell.textContent = text.replaceAll('_', ' ');
      }
    });
  }
  sortable(table);
  return table;
}

function tool(label, name, act) {
  const button = element('button', { type: 'button', 'aria-label': `Download ${name} as ${label}` }, label);
  button.addEventListener('click', act);
  return button;
}

function addTools(figure, name, csvOf) {
  const tools = figure.querySelector('.tools');
  const file = `${data.id}-${name}`;
  const svg = () => figure.querySelector('svg');
  tools.append(
    tool('SVG', name, () => save(`${file}.svg`, new Blob([svgText(svg())], { type: 'image/svg+xml' }))),
    tool('PNG', name, () => savePicture(file, svg())),
  );
  if (csvOf) {
    tools.append(tool('CSV', name, () => save(`${file}.csv`, new Blob([csvOf()], { type: 'text/csv' }))));
  }
}

// Curves of the whole book are drawn from the numbers that the charts below have.
function curvesBehind(name) {
  const { policies, runs } = data.explorer;
  const [scope] = runs[0].scopes;
  const csv = (head, points) => {
    const rows = policies.flatMap((policy, at) => points(at).map((point) => [field(policy.id), ...point].join(',')));
    return rows.length ? { csv: `${[head, ...rows].join('\n')}\n`, more: 0 } : undefined;
  };
  if (name === 'densities') return csv('policy,loss,height', (at) => scope.density[at]?.points ?? []);
  if (name === 'exceedance') return csv('policy,loss,probability,lower,upper', (at) => scope.exceedance[at]);
  return undefined;
}

for (const figure of document.querySelectorAll('figure.drawing')) {
  const { name } = figure.dataset;
  const own = data.behind.find((table) => table.figure === name) ?? curvesBehind(name);
  addTools(figure, name, own && (() => own.csv));
  if (!own) continue;
  const details = element('details', { class: 'behind' });
  details.append(element('summary', {}, `Table behind the figure`));
  details.addEventListener('toggle', () => {
    if (!details.open || details.querySelector('table')) return;
    const wide = element('div', { class: 'wide', tabindex: '0' });
    wide.append(tableOf(own.csv));
    details.append(wide);
    if (own.more) details.append(element('p', { class: 'beside' }, `${own.more} more rows stand in ${own.file}.`));
  });
  figure.append(details);
}
