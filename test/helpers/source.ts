/** Sources and logs for tests that do not care where they come from. */
import type { ContainerLog, Log, Position, Source } from '../../src/types.ts';

export const START: Position = { out: 0, err: 0, time: '' };

export function containerLog(name = 'web', restart = 0): ContainerLog {
  const uid = '0b1c2d3e-1111-2222-3333-444455556666';
  return {
    key: `${uid}/${name}/${restart}`,
    namespace: 'shop',
    pod: 'web-7d9f8b-abcde',
    uid,
    container: name,
    restart,
    path: `/var/log/pods/shop_web-7d9f8b-abcde_${uid}/${name}/${restart}.log`,
    containerId: undefined,
  };
}

export function sourceOf(fingerprint = 'AAAAAAAAAAAA', log = containerLog(), resume = START): Source {
  return { log, fingerprint, resume, head: '', size: 0, committed: resume };
}

/** An own log that keeps what it is told. */
export function memoryLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const keep = (message: string): void => void lines.push(message);
  return { lines, info: keep, warn: keep, error: keep, throttled: (_key, message) => keep(message) };
}
