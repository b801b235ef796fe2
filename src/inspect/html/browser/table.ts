/// <reference lib="dom" />
// In the browser: a table that is sorted by its columns, filtered, and shown a page at a time.
import { grouped } from '../../../format/figures.js';
import { button, one } from './elements.js';

/** What the map wants of the table of parts. */
export interface Rows {
  /** The first cell of a row, counted as the page has them. */
  nameOf(row: number): string | undefined;
  /** Brings a row into view and focuses it. */
  show(row: number): void;
}

/** Sets up a table whose rows may stand in several `table` elements: they are joined, and shown a page at a time. */
export function setUpTable(root: HTMLElement): Rows {
  const PAGE = 1000;
  const numberOf = (text: string): number => Number(text.replace(/\D/g, ''));
  const rows = [...root.querySelectorAll<HTMLTableRowElement>('tbody > tr')];
  const body = one<HTMLTableSectionElement>(root, 'tbody');
  for (const chunk of [...root.querySelectorAll('.chunk')].slice(1)) chunk.remove();
  root.classList.remove('long');
  const status = document.createElement('output');
  const search = document.createElement('input');
  search.type = 'search';
  search.placeholder = 'Filter';
  search.setAttribute('aria-label', `Filter ${root.dataset.title ?? 'the table'}`);
  let texts: string[] | undefined;
  let shown = rows.map((_, i) => i);
  let page = 0;
  const render = (): void => {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(page, pages - 1);
    const first = page * PAGE;
    const visible = shown.slice(first, first + PAGE);
    body.replaceChildren();
    for (const i of visible) body.append(rows[i]);
    const all = shown.length === rows.length ? '' : ` of ${grouped(rows.length)}`;
    const range = pages > 1 ? `${grouped(first + 1)} to ${grouped(first + visible.length)} of ` : '';
    status.textContent = `${range}${grouped(shown.length)}${all} rows`;
    previous.hidden = next.hidden = pages === 1;
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const turn = (by: number): void => {
    page += by;
    render();
    root.scrollIntoView({ block: 'start' });
  };
  const previous = button('‹', 'Previous rows', () => turn(-1));
  const next = button('›', 'Next rows', () => turn(1));
  search.addEventListener('input', () => {
    texts ??= rows.map((row) => (row.textContent ?? '').toLowerCase());
    const wanted = search.value.toLowerCase();
    shown = order.filter((i) => (texts as string[])[i].includes(wanted));
    page = 0;
    render();
  });

  let order = shown;
  for (const [column, head] of [...one(root, 'thead').querySelectorAll('th')].entries()) {
    const numeric = head.classList.contains('n');
    const title = head.textContent ?? '';
    const sort = (): void => {
      const descending = head.ariaSort === null ? numeric : head.ariaSort === 'ascending';
      for (const other of one(root, 'thead').querySelectorAll('th')) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const texts = rows.map((row) => row.cells[column].textContent ?? '');
      const numbers = numeric ? texts.map(numberOf) : [];
      const compare = numeric
        ? (a: number, b: number): number => numbers[a] - numbers[b]
        : (a: number, b: number): number => (texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : 0);
      order = rows.map((_, i) => i).sort((a, b) => (descending ? -compare(a, b) : compare(a, b)) || a - b);
      const kept = new Set(shown);
      shown = order.filter((i) => kept.has(i));
      page = 0;
      render();
    };
    head.replaceChildren(button(title, title, sort));
  }
  if (rows.length > 5) {
    const tools = document.createElement('div');
    tools.className = 'tools';
    tools.append(search, previous, next, status);
    root.prepend(tools);
  }
  render();
  const show = (row: number): void => {
    if (!shown.includes(row)) {
      search.value = '';
      shown = order;
    }
    page = Math.floor(shown.indexOf(row) / PAGE);
    render();
    rows[row].tabIndex = -1;
    rows[row].focus({ preventScroll: true });
    rows[row].scrollIntoView({ block: 'center' });
  };
  return { show, nameOf: (row) => rows.at(row)?.cells[0].textContent ?? undefined };
}
