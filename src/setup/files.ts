/** Writes what set-up would make as files, for people who put it on the server by other means. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperatorError } from '../util/errors.ts';

/** Each file at its path below `dir`; one that is there is overwritten. @throws OperatorError if it cannot be written */
export async function writeFiles(dir: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) {
    const path = join(dir, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    } catch (error) {
      throw new OperatorError(`--out: ${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
    }
  }
}
