import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { TerminalDialogue } from '../../../src/cli/jigdo-lite/dialogue.js';

/** A terminal, as far as a dialogue knows. */
const terminal = (): NodeJS.ReadStream & PassThrough =>
  Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream & PassThrough;
const output = new PassThrough().resume() as unknown as NodeJS.WriteStream;

t.test('an answer leaves nothing on the signal, and an abort ends a question', async (t) => {
  const controller = new AbortController();
  const input = terminal();
  const dialogue = new TerminalDialogue(false, controller.signal, input, output);
  for (const answer of ['first', 'second']) {
    const asked = dialogue.ask('What? ');
    input.write(`${answer}\n`);
    t.equal(await asked, answer);
  }
  t.strictSame(getEventListeners(controller.signal, 'abort'), []);
  const asked = dialogue.ask('What? ');
  controller.abort();
  t.equal(await asked, '');
  t.notOk(dialogue.interactive);
});

t.test('answers from a pipe are read to its end, byte for byte; then nobody answers', async (t) => {
  const input = new PassThrough() as unknown as NodeJS.ReadStream & PassThrough;
  const dialogue = new TerminalDialogue(false, new AbortController().signal, input, output);
  t.notOk(dialogue.isPerson, 'nothing is remembered');
  input.end(Buffer.from('first\n  \xc3\xa0 \r\n\nlast', 'latin1'));
  for (const answer of ['first', '\xc3\xa0', '', 'last']) t.equal(await dialogue.ask('What? '), answer);
  t.ok(dialogue.interactive);
  t.equal(await dialogue.ask('What? '), '');
  t.notOk(dialogue.interactive);
});
