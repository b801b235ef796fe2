/// <reference lib="dom" />
// In the browser: what happens when the page is there.
import { setUpMap } from './map-view.js';
import { setUpTable, type Rows } from './table.js';

/** Sets up all tables and maps. Without it, the page shows the same, all at once. */
function start(): void {
  for (const image of document.querySelectorAll<HTMLElement>('.image')) {
    let parts: Rows | undefined;
    for (const table of image.querySelectorAll<HTMLElement>('.table')) {
      const rows = setUpTable(table);
      if (table.classList.contains('parts')) parts = rows;
    }
    setUpMap(image, parts);
  }
}

start();
