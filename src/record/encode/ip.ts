/** Whether text is an address that a server takes for a field of type ip. */
import type { Buffer } from 'node:buffer';
import { isIP } from 'node:net';

/** bytes[from, to) without brackets, port or zone. */
export function isIp(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 2 || to - from > 45) return false;
  const text = bytes.toString('latin1', from, to);
  return isIP(text) !== 0 && !text.includes('%');
}
