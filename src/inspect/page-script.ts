// The script of the pages: what `npm run build` makes of `html/browser/`, in one file.
import { readFileSync } from 'node:fs';

/** The text of the script element. The file is as far above `src/inspect` as above `dist/inspect`. */
export const SCRIPT = readFileSync(new URL('../../dist/page-script.js', import.meta.url), 'utf8');
