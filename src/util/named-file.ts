/** What is wrong with a file that a setting names, in words that follow its name; undefined if nothing is. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { SECRET_BYTES } from './fresh-file.ts';
import { readRegular } from './regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretMistakeIn, type Use } from './secret.ts';

/** It is not there, no file, or may not be read. */
export function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile() ? undefined : 'is not a file';
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

/** It holds no secret that can be used. Never shows it. */
export function unusableSecret(file: string, use: Use): string | undefined {
  return secretMistakeIn(() => readRegular(file, SECRET_BYTES).toString('utf8'), use);
}

/** It cannot be read, or holds no certificate. */
export function unusableCertificate(file: string): string | undefined {
  const mistake = unreadable(file);
  if (mistake !== undefined) return mistake;
  try {
    const bytes = readRegular(file, CREDENTIAL_FILE_BYTES);
    if (!bytes.includes('-----BEGIN')) throw new Error('not PEM');
    new X509Certificate(bytes);
    return undefined;
  } catch {
    return 'holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)';
  }
}

/** It cannot be read, or holds no key that can be used. Never shows it. */
export function unusableKey(file: string): string | undefined {
  const mistake = unreadable(file);
  if (mistake !== undefined) return mistake;
  try {
    const bytes = readRegular(file, CREDENTIAL_FILE_BYTES);
    if (bytes.includes('ENCRYPTED')) return 'is encrypted; podferry takes a key without a passphrase';
    createPrivateKey(bytes);
    return undefined;
  } catch {
    return 'holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)';
  }
}
