// A configuration against its JSON Schema, with messages for people.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { display, fromText } from '../format/bytes.js';
import { suggest } from '../format/suggest.js';
import type { ConfigPath } from './config-text.js';

/** What is wrong with a value. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** Whether it is the key that is wrong. */
  readonly ofKey: boolean;
  readonly message: string;
}

/** The published schema, `schema/release.schema.json`: as far above `src/release` as above `dist/release`. */
const SCHEMA = new URL('../../schema/release.schema.json', import.meta.url);

/** Everything about `value` that the schema does not allow. */
export function configProblems(value: unknown): ConfigProblem[] {
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as object;
  // `type: [string, array]` is what strictTypes objects to; each keyword here concerns one of the two only.
  const validate = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false }).compile(schema);
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  // A mistyped key is missing under its right name: that is one mistake.
  const meant = new Set(errors.map((error) => `${error.instancePath} ${keyMeant(error) ?? ''}`));
  return errors
    .filter(({ keyword, instancePath, params }) => {
      return keyword !== 'required' || !meant.has(`${instancePath} ${String(params.missingProperty)}`);
    })
    .map((error) => problemOf(error, value));
}

/** The key that is the nearest to an unknown one. */
function keyMeant({ keyword, params, parentSchema }: ErrorObject): string | undefined {
  if (keyword !== 'additionalProperties') return undefined;
  const { properties } = parentSchema as { properties: object };
  return suggest((params as { additionalProperty: string }).additionalProperty, Object.keys(properties));
}

function problemOf(error: ErrorObject, root: unknown): ConfigProblem {
  const path = stepsOf(error.instancePath, root);
  if (error.keyword === 'additionalProperties') {
    const { additionalProperty: key } = error.params as { additionalProperty: string };
    return { path: [...path, key], ofKey: true, message: `unknown key ${quoted(key)}${didYouMean(keyMeant(error))}` };
  }
  return { path, ofKey: false, message: messageOf(error) };
}

function messageOf({ keyword, params, data, parentSchema, message }: ErrorObject): string {
  const limits = params as Record<string, unknown>;
  switch (keyword) {
    case 'required':
      return `the key ${quoted(limits.missingProperty)} is missing`;
    case 'type':
      return `must be ${[limits.type].flat().map(String).map(typeName).join(' or ')}, not ${quoted(data)}`;
    case 'enum': {
      const allowed = limits.allowedValues as string[];
      return `must be ${allowed.join(' or ')}, not ${quoted(data)}${didYouMean(suggest(String(data), allowed))}`;
    }
    case 'pattern':
      return `${quoted(data)} does not fit: ${(parentSchema as { description: string }).description}`;
    case 'minimum':
    case 'maximum':
      return `must be ${String(limits.comparison)} ${String(limits.limit)}, not ${quoted(data)}`;
    case 'minLength':
    case 'minItems':
      return 'must not be empty';
    default:
      return message ?? keyword;
  }
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a text',
  array: 'a list',
  object: 'a map of keys to values',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : ` (did you mean ${quoted(near)}?)`;
}

/** A value in a message. Lists and maps only by their kind: aliases may have made them huge, or endless. */
function quoted(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  // JSON knows neither NaN nor Infinity.
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? `\`${display(fromText(value))}'` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A JSON pointer (RFC 6901) as steps; a number is a position only where there is a list. */
function stepsOf(pointer: string, root: unknown): (string | number)[] {
  let at: unknown = root;
  return pointer
    .split('/')
    .slice(1)
    .map((text) => {
      const key = text.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(at) ? Number(key) : key;
      at = (at as Record<string | number, unknown>)[step];
      return step;
    });
}
