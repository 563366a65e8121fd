/**
 * Whether the container that wrote a log has ended, as the status of its pod tells. A status may be older than the log or newer.
 * A container that runs is never said to have ended: what it wrote last may go on.
 */
import type { ContainerLog } from '../../types.ts';
import type { PodFacts } from './pod-facts.ts';

/** What decides, of a log. */
type Written = Pick<ContainerLog, 'container' | 'restart' | 'containerId'>;

/** Whether the container instance that wrote `log` has ended; undefined: the status does not tell. */
export function hasEnded({ containers }: PodFacts, log: Written): boolean | undefined {
  const container = containers.find(({ name }) => name === log.container);
  if (container === undefined) return undefined;
  const { id, formerId, restart, ended = false } = container;
  // The pod is over, and there is no status of this container.
  if (restart === undefined) return ended || undefined;
  // The status does not know of it yet.
  if (log.restart > restart) return false;
  if (log.containerId !== undefined && id !== undefined) {
    if (log.containerId === id) return ended;
    // Of another instance nothing is said: a kubelet that lost its runtime's memory counts from 0 again.
    return log.containerId === formerId || undefined;
  }
  return ended || log.restart < restart;
}
