/** Files whose content may change while we run: certificates and keys that an operator or the kubelet rotates. */
import { statSync } from 'node:fs';
import { readRegular } from '../util/regular-file.ts';
import { secretIn, secretTrouble, type Use } from '../util/secret.ts';

/** No key, password or bundle of certificates is larger. */
const MOST_BYTES = 4 * 1024 * 1024;

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
        bytes = readRegular(file, MOST_BYTES);
        seen = now;
      }
    } catch {
      // In the middle of a swap, or gone: what is known stays in use, and the server says when it is no longer good.
    }
    return bytes;
  };
}

/** A secret in a file that may change. */
export interface FreshSecret {
  /** The last one that was sound; undefined if there was none. */
  readonly value: () => string | undefined;
  /** What is wrong with what the file holds now, in words that follow its name. Asked after value(). */
  readonly trouble: () => string | undefined;
}

export function freshSecret(file: string, use: Use): FreshSecret {
  const read = freshBytes(file);
  let seen: Buffer | undefined;
  let [good, trouble]: (string | undefined)[] = [];
  return {
    value() {
      const bytes = read();
      if (bytes === undefined || bytes === seen) return good;
      seen = bytes;
      const secret = secretIn(bytes.toString('utf8'), use);
      trouble = secretTrouble(secret, use);
      if (trouble === undefined) good = secret;
      return good;
    },
    trouble: () => trouble,
  };
}
