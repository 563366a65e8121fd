/**
 * Which log is podferry's own. It is never read: a line about a line would make another line, without end. It is recognised by
 * namespace and name of the pod. The name alone is not enough: anybody may give a pod in another namespace the same name.
 */
import { dirname, join } from 'node:path';
import type { ContainerLog } from './types.ts';
import { readRegular } from './util/regular-file.ts';

/**
 * Tells podferry's own log from the others.
 * @param hostname the name of the pod, if podferry runs in one
 * @param tokenFile the token of the service account. kubelet puts a file `namespace` beside it. Without that file, the name alone
 * counts.
 */
export function ownContainer(hostname: string, tokenFile: string): (log: ContainerLog) => boolean {
  const namespace = namespaceBeside(tokenFile);
  return (log) => log.pod === hostname && (namespace === undefined || log.namespace === namespace);
}

/** The namespace in the file beside the token; undefined if there is none. */
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
