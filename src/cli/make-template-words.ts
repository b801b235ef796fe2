// What starts make-template, in a module of its own: it is asked for before anything else is loaded (early-start.ts).

/** Name and abbreviation, in both command lines. */
export const MAKE_TEMPLATE_WORDS = ['make-template', 'mt'] as const;
