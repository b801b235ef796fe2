// The template that a user names.
import { fstatSync } from 'node:fs';
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';
import { openTemplate, type Template } from './template-file.js';

/** An opened template and its file. To be disposed of. */
export interface OpenTemplate extends Disposable {
  readonly template: Template;
  /** The file itself. */
  readonly reader: FileReader;
}

/**
 * Opens a template to make an image of.
 *
 * @param path the file; `-` is standard input, which must be a file then: a template is read from its end
 * @param name what errors call it, if not by its path
 * @throws JigdoError if it cannot be opened, is no template, is damaged, or is a .tmp
 */
export function openTemplateFile(path: ByteString, name?: string): OpenTemplate {
  if (path === '-' && !fstatSync(0).isFile()) {
    throw new JigdoError('A template is read from its end, which a pipe does not allow - give the name of a file');
  }
  const reader = path === '-' ? new FileReader('/dev/stdin', '-') : new FileReader(path, name);
  try {
    const template = openTemplate(reader);
    if (!template.header) throw new JigdoError(`\`${template.name}' is not a template file`);
    if (template.entries.some((entry) => entry.kind === 'part' && entry.written)) {
      throw new JigdoError(`${template.name}: files are marked as written, as only a .tmp may have them`);
    }
    return { template, reader, [Symbol.dispose]: () => reader.close() };
  } catch (error) {
    reader.close();
    throw error;
  }
}
