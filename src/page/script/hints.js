// The little box beside the pointer: values of figures, meanings of words.

const tip = byId('tip');

function showTip(lines, x, y) {
  tip.replaceChildren(...lines.map((line) => element('div', {}, line)));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const room = document.documentElement;
  tip.style.left = `${Math.max(4, Math.min(x + 14, room.clientWidth - width - 4))}px`;
  tip.style.top = `${y + 18 + height > room.clientHeight ? y - height - 10 : y + 18}px`;
}

const hideTip = () => {
  tip.hidden = true;
};

// Figures carry their values as titles, which browsers show late and small; the box takes them over.
function hintOf(target) {
  const spot = target.closest?.('.hints > *');
  if (!spot) return null;
  const title = spot.querySelector('title');
  if (title) {
    spot.dataset.tip = title.textContent;
    title.remove();
  }
  return spot.dataset.tip ?? null;
}

function meaningOf(target) {
  const link = target.closest?.('.term');
  if (!link) return null;
  const entry = document.querySelector(link.getAttribute('href'));
  return entry && [entry.querySelector('dt').textContent, entry.querySelector('dd').textContent];
}

document.addEventListener('pointerover', (event) => {
  const hint = hintOf(event.target);
  if (hint) return showTip([hint], event.clientX, event.clientY);
  const meaning = meaningOf(event.target);
  if (meaning) showTip(meaning, event.clientX, event.clientY);
});
document.addEventListener('pointerout', (event) => {
  if (event.target.closest?.('.hints, .term')) hideTip();
});
document.addEventListener('focusin', (event) => {
  const meaning = meaningOf(event.target);
  if (!meaning) return;
  const box = event.target.getBoundingClientRect();
  showTip(meaning, box.left, box.bottom);
});
document.addEventListener('focusout', hideTip);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideTip();
});
document.addEventListener('scroll', hideTip, { passive: true });
