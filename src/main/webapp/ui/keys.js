// The keys of the page. None of them counts while somebody writes.

const WRITING = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** Listens for keys: acts has a function for each. */
export function listen(acts) {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const isRange = event.target.type === 'range';
    if (WRITING.has(event.target.tagName) && !isRange) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Gives the focus to the next row of the list, or the one before; with 0 to the first one. */
export function moveRow(direction) {
  const rows = [...document.querySelectorAll('.events .event-name')];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  const next = direction === 0 ? 0 : at === -1 ? (direction > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + direction));
  rows[next].focus();
  rows[next].scrollIntoView({block: 'nearest'});
}
