// verify: is an image what its template says?
import type { Readable } from 'node:stream';
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import type { NamedDigests } from '../checksum/stream/protocol.js';
import { RunningDigests } from '../checksum/running-digests.js';
import { EXIT, type ExitCode } from '../errors.js';
import { toBase64, type ByteString } from '../format/bytes.js';
import { abortable } from '../io/abort.js';
import { readAhead } from '../io/read-async.js';
import { FileReader } from '../io/reader.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { Interrupted } from '../rebuild/pace.js';
import { Plan } from '../rebuild/plan.js';
import { contradiction, otherFamilies, preferredImage } from '../rebuild/preferred-image.js';
import { openTemplate, type Template } from '../rebuild/template-file.js';
import { findDamage, type Damage } from './damage.js';

/** What to verify. */
export interface VerifyImageOptions {
  /** The image; `-` reads it from `input`. */
  readonly image: ByteString;
  readonly template: ByteString;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
  /** For the image `-`; standard input by default. */
  readonly input?: Readable;
}

/** What came of it. */
export interface VerifyImageResult {
  readonly ok: boolean;
  /** 0 or 2. */
  readonly exitCode: ExitCode;
  /** The digest family that was compared: SHA-256 if the template has it. */
  readonly algorithm: Algorithm;
  readonly expectedDigest: Uint8Array;
  /** Undefined if the length is wrong: the digest is then not computed. */
  readonly actualDigest: Uint8Array | undefined;
  /** Bytes that the image should have. */
  readonly expectedLength: number;
  /** Bytes that it has; undefined if it comes from a stream and is too long. */
  readonly actualLength: number | undefined;
  /** What is wrong, in image order; empty for an image from a stream, which cannot be read twice. */
  readonly damage: readonly Damage[];
}

/** Wrong stretches that are told one by one. */
const MAX_STRETCHES_TOLD = 20;

/**
 * Compares an image's length and digest with its template's, and if they differ, looks for the parts that are wrong.
 * The messages are the original's (docs/spec/cli-behaviour.md 7), and a line for each wrong part.
 *
 * @throws JigdoError if a file cannot be read, or the template's DESC section is damaged; the signal's reason if it fires
 */
export async function verifyImage(options: VerifyImageOptions): Promise<VerifyImageResult> {
  return await abortable(options.signal, () => verify(options));
}

async function verify(options: VerifyImageOptions): Promise<VerifyImageResult> {
  const { reporter = SILENT, signal } = options;
  using file = new FileReader(options.template);
  const template = openTemplate(file);
  if (!template.header) reporter.warning('Warning: This does not seem to be a template file');
  const wanted = preferredImage(template);
  if (options.image === '-') {
    const measured = await measureStream(options.input ?? process.stdin, template, signal);
    return verdict(template, measured, reporter);
  }
  using image = new FileReader(options.image);
  const measured = await measureFile(image, template, reporter, signal);
  const result = verdict(template, measured, reporter);
  if (result.ok) return result;
  if (image.size < wanted.length) reporter.warning(`The image is too short: ${image.size} of ${wanted.length} bytes`);
  if (image.size > wanted.length)
    reporter.warning(`The image is too long: ${image.size} instead of ${wanted.length} bytes`);
  const damage = await findDamage(new Plan(template), image, reporter, signal);
  for (const line of describe(damage)) reporter.warning(line);
  return { ...result, damage };
}

/** What an image is. */
interface Measured {
  readonly length: number | undefined;
  readonly digest: Uint8Array | undefined;
  /** Those that the template has besides. */
  readonly others: NamedDigests;
}

async function measureFile(
  { fd, name, size }: FileReader,
  template: Template,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const { length } = preferredImage(template);
  if (size !== length) return { length: size, digest: undefined, others: new Map() };
  const progress = (done: number): void => reporter.progress('verifying image', done, length);
  return await measureStream(readAhead(fd, name, length), template, signal, progress);
}

async function measureStream(
  input: AsyncIterable<Uint8Array>,
  template: Template,
  signal: AbortSignal | undefined,
  progress?: (done: number) => void,
): Promise<Measured> {
  const { algorithm, length } = preferredImage(template);
  const hashes = new RunningDigests(algorithm, otherFamilies(template));
  let done = 0;
  for await (const chunk of input) {
    if (signal?.aborted) throw new Interrupted();
    done += chunk.length;
    if (done > length) return { length: undefined, digest: undefined, others: new Map() };
    hashes.update(chunk);
    progress?.(done);
  }
  return { length: done, digest: done === length ? hashes.digest() : undefined, others: hashes.others() };
}

function verdict(template: Template, measured: Measured, reporter: Reporter): VerifyImageResult {
  const { algorithm, digest, length } = preferredImage(template);
  const name = DIGESTS[algorithm].title;
  const ok = measured.digest !== undefined && Buffer.compare(measured.digest, digest) === 0;
  if (measured.digest) {
    reporter.info(`${name} from template: ${toBase64(digest)}`);
    reporter.info(`${name} from image:    ${toBase64(measured.digest)}`);
  }
  if (!ok) {
    reporter.warning('ERROR: Checksums do not match, image might be corrupted!');
  } else {
    const doubt = contradiction(template, measured.others);
    if (doubt !== undefined) reporter.warning(doubt);
    reporter.info(`OK: ${name} Checksums match, image is good!`);
    if (DIGESTS[algorithm].weak) {
      reporter.info(`WARNING: ${name} is not considered a secure hash!`);
      reporter.info('WARNING: It is recommended to verify your image in other ways too!');
    }
  }
  return {
    ok,
    exitCode: ok ? EXIT.ok : EXIT.mismatch,
    algorithm,
    expectedDigest: digest,
    actualDigest: measured.digest,
    expectedLength: length,
    actualLength: measured.length,
    damage: [],
  };
}

/** A line for each wrong stretch, up to a limit. */
function describe(damage: readonly Damage[]): string[] {
  const lines = damage.slice(0, MAX_STRETCHES_TOLD).map(({ offset, length, algorithm, digest }) => {
    const what =
      algorithm && digest ? `the file with ${DIGESTS[algorithm].title}Sum ${toBase64(digest)}` : 'data of the template';
    return `Wrong: ${length} bytes at offset ${offset}, ${what}`;
  });
  if (damage.length > MAX_STRETCHES_TOLD) lines.push(`Wrong: ${damage.length - MAX_STRETCHES_TOLD} more places`);
  return lines;
}
