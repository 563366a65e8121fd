/** Files that must survive a crash at any moment: whole as they were, or whole as they are to be. */
import { randomBytes } from 'node:crypto';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Replaces dir/name by `text`: written beside it, synced, renamed over it, and the directory synced. Rejects with the
 * system's error and leaves the old file then.
 */
export async function replaceFile(dir: string, name: string, text: string): Promise<void> {
  let temporary = join(dir, `${name}.tmp`);
  let file: FileHandle | undefined;
  try {
    // What a crash left there, or somebody put there: a FIFO would be waited for, a link followed. A directory stays.
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
