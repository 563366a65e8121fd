/** Files whose content may change while we run: certificates and keys that an operator or the kubelet rotates. */
import { readFileSync, statSync } from 'node:fs';

/**
 * A function that answers the file's bytes, read again whenever its size, inode or times have changed: a mounted Secret
 * is replaced by swapping a link. While the file is missing or unreadable, the last bytes read stand (undefined if none).
 */
export function freshBytes(file: string): () => Buffer | undefined {
  let bytes: Buffer | undefined;
  let seen = '';
  return () => {
    try {
      const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const now = `${ino}/${size}/${mtimeNs}/${ctimeNs}`;
      if (now !== seen) {
        bytes = readFileSync(file);
        seen = now;
      }
    } catch {
      // In the middle of a swap, or gone: what is known stays in use, and the server says when it is no longer good.
    }
    return bytes;
  };
}

/** The same as text without the line end that editors add; an empty file counts as no secret. */
export function freshText(file: string): () => string | undefined {
  const read = freshBytes(file);
  return () =>
    read()
      ?.toString('utf8')
      .replace(/[\r\n]+$/, '') || undefined;
}
