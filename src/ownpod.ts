/**
 * Which log is podferry's own. It is never read, since every line about a line would make another line. Namespace and name of
 * the pod identify it: a pod of another namespace may have the same name.
 */
import { dirname, join } from 'node:path';
import type { ContainerLog } from './types.ts';
import { readRegular } from './util/regular-file.ts';

/**
 * @param hostname the name of the pod
 * @param tokenFile of the service account. Kubelet puts a file `namespace` beside it; without that file only the name counts.
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
