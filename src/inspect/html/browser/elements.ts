/// <reference lib="dom" />
// In the browser: elements found and made.

/** The first element that a selector finds. There must be one. */
export function one<T extends Element>(root: ParentNode, selector: string): T {
  return root.querySelector(selector) as T;
}

/** A button that does something. */
export function button(text: string, label: string, act: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  if (label !== text) element.setAttribute('aria-label', label);
  element.addEventListener('click', act);
  return element;
}
