(() => {
  // What a checker of accessibility would find first; each fault a line that begins with its kind.
  const faults = [];
  const say = (kind, what) => faults.push(`${kind}: ${what}`);
  const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length > 0;
  const nameOf = (e) =>
    (e.getAttribute('aria-label') ||
      (e.getAttribute('aria-labelledby') ?? '').split(/\s+/).map((id) => id && document.getElementById(id)?.textContent).join(' ') ||
      [...(e.labels ?? [])].map((l) => l.textContent).join(' ') ||
      e.getAttribute('alt') || e.textContent || e.getAttribute('title') || '').trim();
  if (!document.documentElement.lang) say('lang', 'the page says no language');
  if (document.querySelectorAll('h1').length !== 1) say('heading', 'not one h1');
  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
    const own = Number(h.tagName[1]);
    if (own > level + 1) say('heading', `h${own} after h${level}: ${h.textContent}`);
    level = own;
  }
  for (const e of document.querySelectorAll('img, svg[role=img], svg[role=group]')) {
    if (!nameOf(e)) say('img', e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll('input, select, button, summary, a[href]')) {
    if (shown(e) && !nameOf(e)) say(e.tagName.toLowerCase(), e.outerHTML.slice(0, 80));
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) say('id', `${id} twice`);
  for (const t of document.querySelectorAll('table')) {
    if (!shown(t)) continue;
    if (!t.querySelector('thead th[scope]')) say('table', `no headings: ${t.textContent.slice(0, 60)}`);
  }
  for (const a of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(a.getAttribute('href').slice(1))) say('link', a.getAttribute('href'));
  }
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const groundOf = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a > 0.5) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(e) || e.closest('svg, script, option') || !shown(e)) continue;
    seen.add(e);
    const style = getComputedStyle(e);
    const [a, b] = [light(numbers(style.color)), light(groundOf(e))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) say('contrast', `${ratio.toFixed(2)} of "${e.textContent.trim().slice(0, 40)}"`);
  }
  return JSON.stringify([...new Set(faults)]);
})()
