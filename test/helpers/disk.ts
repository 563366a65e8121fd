/** Disks that fail: the methods of open files, to be spied upon. */
import { open, type FileHandle } from 'node:fs/promises';
import { vi } from 'vitest';

/** The prototype of all open files. */
export async function fileMethods(): Promise<FileHandle> {
  const any = await open('/dev/null');
  await any.close();
  return Object.getPrototypeOf(any) as FileHandle;
}

/** What a full disk does to a write, until the spy is restored: half of it is there, and it fails. */
export async function fullDisk() {
  return vi.spyOn(await fileMethods(), 'appendFile').mockImplementation(writeHalf);
}

/** The same for the next write only. */
export async function fullDiskOnce() {
  return vi.spyOn(await fileMethods(), 'appendFile').mockImplementationOnce(writeHalf);
}

async function writeHalf(this: FileHandle, data: unknown): Promise<never> {
  const bytes = data as Buffer;
  await this.write(bytes.subarray(0, bytes.length / 2));
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}
