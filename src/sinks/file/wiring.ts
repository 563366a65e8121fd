/** The sink that writes files, and its probe, made from the settings. Finds the mistakes that only the file system shows. */
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { lstat, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Acknowledged, Log } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { isWithin, makeDirectory, notWritable } from '../../util/directory.ts';
import { OperatorError } from '../../util/errors.ts';
import { bytes } from '../../util/human.ts';
import { RotatedFile } from '../disk/rotated-file.ts';
import { FileSink } from './file.ts';
import type { FileConfig } from './settings.ts';

interface Parts {
  readonly acknowledged: (outcome: Acknowledged) => void;
  readonly retried: (reason: string) => void;
  /** What a replay reads. */
  readonly reads: readonly string[];
  /** Bytes of the largest batch there can be. */
  readonly largestBatch: number;
  /** Takes the lock of a directory; throws OperatorError if another podferry has it. */
  readonly lock: (dir: string, lockedFor: { setting: string; second: string }) => Promise<{ release(): Promise<void> }>;
  readonly log: Log;
}

const NAME = 'documents.ndjson';
const LOCKED_FOR = { setting: 'file.dir', second: 'one renames or cuts off what the other writes' };
/** What only a person can put right. Anything else may pass by itself, and is said when a write fails. */
const MISTAKES = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ELOOP',
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'ENXIO',
  'ENOENT',
  'ENAMETOOLONG',
];

/** @throws OperatorError for a directory that cannot be used, and for bounds that are too small */
export async function create({ file }: FileConfig, parts: Parts): Promise<FileSink> {
  const { dir } = file;
  const small = tooSmall(file, parts.largestBatch);
  if (small !== undefined) throw new OperatorError(small);
  const own = parts.reads.find((path) => existsSync(path) && statSync(path).isFile() && isWithin(path, dir));
  if (own !== undefined)
    throw new OperatorError(
      `file.dir ${dir} holds ${own}, which is to be read: that would never end. Give another one.`,
    );
  await throwingMistakes(dir, () => makeDirectory(dir));
  const lock = await parts.lock(dir, LOCKED_FOR);
  const rotated = new RotatedFile({
    ...{ dir, name: NAME, followsDir: false },
    ...{ maxBytes: file.max_bytes, maxFiles: file.max_files },
  });
  try {
    await throwingMistakes(dir, async () => {
      await rotated.open();
      await rotated.prune();
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
  const { acknowledged, retried, log } = parts;
  return new FileSink({
    file: rotated,
    writeTest: () => writeTest(dir),
    acknowledged,
    retried,
    closed: () => lock.release(),
    log,
  });
}

async function throwingMistakes(dir: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (MISTAKES.includes(code)) throw new OperatorError(unusable(dir, message, code));
  }
}

/** Writes and syncs a file beside the documents, and deletes it. A directory that is not there is left to the first start. */
export async function probe(
  { file }: FileConfig,
  { largestBatch }: Pick<Parts, 'largestBatch'>,
): Promise<{ ok: boolean; lines: readonly string[] }> {
  const { dir, max_bytes, max_files } = file;
  const small = tooSmall(file, largestBatch);
  if (small !== undefined) return { ok: false, lines: [small] };
  const bound = `at most ${bytes(max_bytes * max_files)} of documents`;
  if (!existsSync(dir)) {
    const trouble = notWritable(dir, { make: false });
    return trouble === undefined
      ? { ok: true, lines: [`${dir}, will be made at the first start`, bound] }
      : { ok: false, lines: [`file.dir ${trouble}`] };
  }
  try {
    const current = await lstat(join(dir, NAME)).catch(() => undefined);
    if (current?.isFile() === false)
      throw Object.assign(new Error(`${NAME} is not a regular file`), { code: 'EEXIST' });
    await writeTest(dir);
    const { bavail, bsize } = await statfs(dir);
    return { ok: true, lines: [`${dir}, writable, ${bytes(bavail * bsize)} free`, bound] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, lines: [unusable(dir, message, code)] };
  }
}

async function writeTest(dir: string): Promise<void> {
  const path = join(dir, `.podferry-${randomBytes(6).toString('hex')}`);
  const test = await open(path, 'wx', 0o600);
  try {
    await test.writeFile('{}\n');
    await test.datasync();
  } finally {
    await test.close();
    await unlink(path);
  }
}

/** A batch is written into one file, whole. */
function tooSmall({ max_bytes }: FileConfig['file'], largestBatch: number): string | undefined {
  if (max_bytes >= largestBatch) return undefined;
  return (
    `file.max_bytes ${bytes(max_bytes)} is less than the largest batch (${largestBatch} bytes, from batch.max_bytes and ` +
    `records.max_bytes): raise it, or lower these.`
  );
}

function unusable(dir: string, message: string, code: string | undefined): string {
  return `file.dir ${dir} cannot be used (${message}). Usually ${cureOf(code)}.`;
}
