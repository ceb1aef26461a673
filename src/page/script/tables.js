// Tables sort by a click on a heading.

function keyOf(row, at) {
  const cell = row.cells[at];
  if (!cell) return null;
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  const text = cell.textContent.trim();
  return text === '' || text === '–' || text.startsWith('…') ? null : text;
}

function order(a, b) {
  // What has no value stands last, whichever way is up.
  if (a === null || b === null) return { last: true, by: (a === null) - (b === null) };
  if (typeof a === 'number' && typeof b === 'number') return { by: a - b };
  return { by: String(a).localeCompare(String(b), 'en', { numeric: true }) };
}

function sortBy(table, at, rising) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => ({ row, place, key: keyOf(row, at) }));
  rows.sort((a, b) => {
    const { last, by } = order(a.key, b.key);
    return (last ? by : rising ? by : -by) || a.place - b.place;
  });
  body.append(...rows.map(({ row }) => row));
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    if (place === at) head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
    else head.removeAttribute('aria-sort');
  });
}

function sortable(table) {
  if (table.tBodies[0].rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const text = head.firstChild?.textContent.trim() ?? '';
    const button = element('button', { type: 'button', class: 'sort', title: 'Sort' }, text);
    head.firstChild?.replaceWith(button);
    button.addEventListener('click', () => {
      sortBy(table, at, head.getAttribute('aria-sort') !== 'ascending');
    });
  });
}

document.querySelectorAll('table.sortable').forEach(sortable);
