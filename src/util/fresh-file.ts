/** Files whose content may change while we run: certificates and keys that an operator or the kubelet rotates. */
import { statSync } from 'node:fs';
import { NotRegular, readRegular } from './regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretIn, secretMistake, type Use } from './secret.ts';

/** The most bytes that are read of a key or a password. */
export const SECRET_BYTES = 64 * 1024;

/**
 * A function that answers the file's bytes, read again whenever its size, inode or times have changed: a mounted Secret
 * is replaced by swapping a link. While the file is missing or unreadable, the last bytes read stand (undefined if none).
 * @param odd told of something in the file's place that is no file, or too large
 */
export function freshBytes(
  file: string,
  most = CREDENTIAL_FILE_BYTES,
  odd: (message: string) => void = () => {},
): () => Buffer | undefined {
  let bytes: Buffer | undefined;
  let seen = '';
  return () => {
    try {
      const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const now = `${ino}/${size}/${mtimeNs}/${ctimeNs}`;
      if (now !== seen) {
        bytes = readRegular(file, most);
        seen = now;
      }
    } catch (error) {
      // In the middle of a swap, or gone: what is known stays in use, and the server says when it is no longer good.
      if (error instanceof NotRegular) odd(error.message);
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
  let [good, trouble]: (string | undefined)[] = [];
  const read = freshBytes(file, SECRET_BYTES, (message) => (trouble = `cannot be read (${message})`));
  return {
    value() {
      trouble = undefined;
      const bytes = read();
      if (bytes === undefined || trouble !== undefined) return good;
      const secret = secretIn(bytes.toString('utf8'), use);
      trouble = secretMistake(secret, use);
      if (trouble === undefined) good = secret;
      return good;
    },
    trouble: () => trouble,
  };
}
