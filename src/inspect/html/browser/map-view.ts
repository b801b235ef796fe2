/// <reference lib="dom" />
// In the browser: the map, zoomed and asked.
import { grouped } from '../../../format/figures.js';
import { mapPaths, type MAP, type MapRun } from '../map.js';
import { button, one } from './elements.js';
import type { Rows } from './table.js';

/** What the map's script element holds. */
interface MapData {
  /** Kind, bytes and what it is, of each run of the image. */
  readonly runs: readonly number[];
  /** What a run of `fetched: false` is; of the others, the table of parts tells. */
  readonly names: readonly string[];
  readonly map: typeof MAP;
  readonly kinds: readonly { readonly title: string; readonly fetched: boolean }[];
}

/** Lets the map of an image be zoomed and asked, by pointer and by keyboard. */
export function setUpMap(image: HTMLElement, parts: Rows | undefined): void {
  const figure = image.querySelector<HTMLElement>('.map');
  if (figure === null) return;
  const { runs, names, kinds, map } = JSON.parse(one(figure, 'script').textContent ?? '') as MapData;
  const count = runs.length / 3;
  const run = (i: number): MapRun => [runs[3 * i], runs[3 * i + 1], runs[3 * i + 2]];
  const starts = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i] + runs[3 * i + 1];
  const length = starts[count];
  const svg = one<SVGSVGElement>(figure, 'svg');
  const drawn = [...svg.querySelectorAll<SVGPathElement>('path')];
  const cursorPath = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  cursorPath.setAttribute('class', 'cursor');
  svg.append(cursorPath);
  const labels = [...figure.querySelectorAll('.scale > li')];
  const readout = one<HTMLElement>(figure, '.readout');
  let [from, to] = [0, length];
  let cursor = -1;

  /** The last run that begins at or before a byte. */
  const runAt = (position: number): number => {
    let [low, high] = [0, count];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= position) low = middle;
      else high = middle;
    }
    return low;
  };
  const describe = (i: number): string => {
    const [kind, size, what] = run(i);
    const { title, fetched } = kinds[kind];
    const name = fetched ? parts?.nameOf(what) : names.at(what);
    return `${name === undefined ? '' : `${name} · `}${title} · ${grouped(size)} bytes at ${grouped(starts[i])}`;
  };
  /** The cursor's outline: a rectangle in each row that its run touches. */
  const outline = (): string => {
    if (cursor < 0) return '';
    const cell = (position: number): number => ((position - from) / (to - from)) * map.rows * map.columns;
    const start = Math.max(0, cell(starts[cursor]));
    const end = Math.min(map.rows * map.columns, Math.max(cell(starts[cursor + 1]), start + 2));
    let d = '';
    for (let row = Math.floor(start / map.columns); row * map.columns < end; row++) {
      const x = Math.max(0, start - row * map.columns);
      const width = Math.min(map.columns, end - row * map.columns) - x;
      if (width > 0) d += `M${x} ${row - 0.06}h${width}v0.92h-${width}z`;
    }
    return d;
  };
  const draw = (): void => {
    const first = runAt(from);
    const visible = function* (): Generator<MapRun> {
      for (let i = first; i < count && starts[i] < to; i++) yield run(i);
    };
    const d = mapPaths(visible(), from - starts[first], to - starts[first], kinds.length, map);
    for (const [kind, path] of drawn.entries()) path.setAttribute('d', d[kind]);
    cursorPath.setAttribute('d', outline());
    for (const [row, label] of labels.entries()) {
      label.textContent = grouped(Math.floor(from + ((to - from) * row) / map.rows));
    }
    figure.dataset.from = String(from);
    figure.dataset.to = String(to);
    whole.disabled = zoomOut.disabled = to - from >= length;
  };
  const show = (start: number, span: number): void => {
    const size = Math.min(length, Math.max(span, Math.min(length, 4800)));
    from = Math.max(0, Math.min(length - size, start));
    to = from + size;
    draw();
  };
  const zoom = (factor: number): void => {
    const center = cursor < 0 ? (from + to) / 2 : (starts[cursor] + starts[cursor + 1]) / 2;
    const span = (to - from) / factor;
    const inside = center >= from && center <= to ? (center - from) / (to - from) : 0.5;
    show(center - span * inside, span);
  };
  const select = (i: number): void => {
    cursor = Math.max(0, Math.min(count - 1, i));
    const [start, end] = [starts[cursor], starts[cursor + 1]];
    if (end <= from || start >= to) show((start + end) / 2 - (to - from) / 2, to - from);
    else cursorPath.setAttribute('d', outline());
    readout.textContent = describe(cursor);
  };
  const zoomIn = button('+', 'Zoom in', () => zoom(4));
  const zoomOut = button('−', 'Zoom out', () => zoom(1 / 4));
  const whole = button('Whole image', 'Whole image', () => show(0, length));
  const keys: Record<string, (() => void) | undefined> = {
    ArrowLeft: () => select(cursor < 0 ? runAt(from) : cursor - 1),
    ArrowRight: () => select(cursor < 0 ? runAt(from) : cursor + 1),
    ArrowUp: () => show(from - (to - from) / map.rows, to - from),
    ArrowDown: () => show(from + (to - from) / map.rows, to - from),
    Home: () => select(0),
    End: () => select(count - 1),
    '+': () => zoom(4),
    '=': () => zoom(4),
    '-': () => zoom(1 / 4),
    '0': () => show(0, length),
    Enter: () => {
      if (cursor >= 0 && kinds[run(cursor)[0]].fetched) parts?.show(run(cursor)[2]);
    },
  };
  const field = one<HTMLElement>(figure, '.field');
  field.tabIndex = 0;
  field.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  const positionOf = (event: MouseEvent): number => {
    const box = svg.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * map.rows);
    const column = Math.max(0, Math.min(0.9999, (event.clientX - box.left) / box.width));
    return from + ((to - from) * (Math.max(0, Math.min(map.rows - 1, row)) + column)) / map.rows;
  };
  svg.addEventListener('click', (event) => select(runAt(positionOf(event))));
  svg.addEventListener('dblclick', () => zoom(8));
  svg.addEventListener('pointermove', (event) => (readout.textContent = describe(runAt(positionOf(event)))));
  svg.addEventListener('pointerleave', () => (readout.textContent = cursor < 0 ? hint : describe(cursor)));
  const hint = 'Click or use the arrow keys to see what is where; + and − zoom, 0 shows all, Enter goes to the part.';
  readout.textContent = hint;
  const tools = document.createElement('div');
  tools.className = 'tools';
  tools.append(zoomIn, zoomOut, whole);
  figure.prepend(tools);
  draw();
}
