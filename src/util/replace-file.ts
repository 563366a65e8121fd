/** Files that a crash at any moment must leave whole: the old one or the new one. */
import { randomBytes } from 'node:crypto';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Replaces dir/name by `text`. Writes a file beside it, syncs it, renames it over the old one, and syncs the directory. After an
 * error of the system it rejects with that error, and the old file stays.
 */
export async function replaceFile(dir: string, name: string, text: string): Promise<void> {
  let temporary = join(dir, `${name}.tmp`);
  let file: FileHandle | undefined;
  try {
    // Something may lie there: the rest of a crash, a FIFO that the open would wait for, or a link that it would follow.
    await unlink(temporary).catch(() => undefined);
    file = await open(temporary, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      temporary += `-${randomBytes(4).toString('hex')}`;
      return open(temporary, 'wx', 0o600);
    });
    await file.writeFile(text);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, join(dir, name));
  } catch (error) {
    await file?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  const directory = await open(dir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
