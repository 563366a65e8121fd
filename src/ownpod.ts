/**
 * Which log is podferry's own. It is never read: every line about a line would make another. It is known by namespace and name
 * of its pod, since anybody may give a pod of another namespace the same name.
 */
import { dirname, join } from 'node:path';
import type { ContainerLog } from './types.ts';
import { readRegular } from './util/regular-file.ts';

/**
 * @param hostname in a pod its name
 * @param tokenFile of the service account: kubelet puts a file `namespace` beside it. Without one the name alone has to do.
 */
export function ownContainer(hostname: string, tokenFile: string): (log: ContainerLog) => boolean {
  const namespace = namespaceBeside(tokenFile);
  return (log) => log.pod === hostname && (namespace === undefined || log.namespace === namespace);
}

function namespaceBeside(tokenFile: string): string | undefined {
  try {
    return (
      readRegular(join(dirname(tokenFile), 'namespace'), 4096)
        .toString('utf8')
        .trim() || undefined
    );
  } catch {
    return undefined;
  }
}
