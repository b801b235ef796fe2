// How the index page looks: light or dark as the reader's system is, from telephones to wide screens.
import { createHash } from 'node:crypto';

/** The style sheet. */
export const INDEX_STYLE = `
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --text: #1c2733; --soft: #5b6876; --line: #dde2e8;
  --link: #0a58ca; --button: #0a58ca; --on-button: #fff; --code: #f0f2f5; --warn: #9a3412; --warn-back: #fff4e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161b; --card: #1b2128; --text: #e4e9ef; --soft: #9aa7b4; --line: #2e3843;
    --link: #7db4ff; --button: #2f6fd6; --on-button: #fff; --code: #12171d; --warn: #ffb37a; --warn-back: #3a2716;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1rem 4rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 54rem; margin: 0 auto; }
a { color: var(--link); }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.01em; }
h2 { margin: 2.2rem 0 .6rem; font-size: 1rem; color: var(--soft); font-weight: 600; }
h3 { margin: 0; font-size: 1.12rem; overflow-wrap: anywhere; }
.lead { margin: .35rem 0 0; color: var(--soft); max-width: 44rem; }
article {
  margin: .9rem 0 0; padding: 1.1rem 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem;
}
.head { display: flex; gap: 1rem; align-items: flex-start; justify-content: space-between; }
.head p { margin: .15rem 0 0; color: var(--soft); }
.get {
  flex: none; padding: .45rem 1rem; border-radius: .4rem; background: var(--button); color: var(--on-button);
  font-weight: 600; text-decoration: none;
}
.get:hover { filter: brightness(1.1); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.1rem; margin: .9rem 0 0; font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
code, pre { font: .84rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
dd code { user-select: all; overflow-wrap: anywhere; }
details { margin: .8rem 0 0; font-size: .9rem; }
summary { cursor: pointer; color: var(--link); width: max-content; max-width: 100%; }
details p { margin: .6rem 0 .3rem; }
pre { margin: 0; padding: .6rem .8rem; background: var(--code); border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; }
.warn { margin: .8rem 0 0; padding: .5rem .8rem; border-radius: .4rem; background: var(--warn-back); color: var(--warn); font-size: .9rem; }
footer { margin: 2.2rem 0 0; color: var(--soft); font-size: .85rem; }
@media (max-width: 34rem) { .head { flex-direction: column; } dl { grid-template-columns: 1fr; gap: 0; } dt { margin-top: .4rem; } }
`;

/** Allows this style sheet and nothing else: no scripts, no frames, no other sources. */
export const CONTENT_SECURITY_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(INDEX_STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
