/** The Retry-After header, as Elasticsearch, proxies and the Kubernetes API send it. */

const LONGEST_MS = 300_000;

/** Milliseconds that the header (seconds or an HTTP date, RFC 9110 §10.2.3) asks for, at most 5 minutes; 0 if nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(asked) ? 0 : Math.min(LONGEST_MS, Math.max(0, asked));
}
