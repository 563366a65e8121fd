/**
 * Mistakes in a secret that somebody put into a file, a variable or a flag, in words that never show it. A key with two lines would
 * be sent as no credentials at all, and nobody would know why the server refuses.
 */

/** A key or a token stands in an HTTP header as it is; a password is encoded first. */
export type Use = 'key' | 'token' | 'password';

const BOM = /^\ufeff/;
/** What people copy together with a key from a header. */
const PREFIX = { key: /^ApiKey\s+/i, token: /^Bearer\s+/i };

/** The most bytes that are read of a certificate, a key in PEM, a token or a kubeconfig. */
export const CREDENTIAL_FILE_BYTES = 4 * 1024 * 1024;

/** The secret in a text: without the byte order mark and the end of the line that editors add. */
export function secretIn(text: string, use: Use): string {
  const bare = text.replace(BOM, '');
  return use === 'password' ? bare.replace(/[\r\n]+$/, '') : bare.trim().replace(PREFIX[use], '');
}

/** What is wrong with a secret from secretIn(), in words that follow what it is called; undefined if nothing is. */
export function secretMistake(secret: string, use: Use): string | undefined {
  if (secret === '') return 'is empty';
  if (/[\r\n]/.test(secret)) return 'has more than one line';
  // What a file in UTF-16, or of bytes that are no text, becomes.
  if (/[\0\ufffd]/.test(secret)) return 'is not text in UTF-8';
  if (use === 'password') return undefined;
  if (/\s/.test(secret)) return 'has a space in it';
  return /^[\x21-\x7e]+$/.test(secret) ? undefined : 'has a character that cannot stand in an HTTP header';
}

/**
 * What is wrong with the secret that `read` gives, in words that follow what it is called; undefined if nothing is, or if there
 * is none. An error of `read` is such a mistake too.
 */
export function secretMistakeIn(read: () => string | undefined, use: Use): string | undefined {
  try {
    const given = read();
    return given === undefined ? undefined : secretMistake(secretIn(given, use), use);
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
}
