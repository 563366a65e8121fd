/** OpenSearch 3 and 2 as Maven fetches them: the server and its modules, with no plugin. */
import { basename, join } from 'node:path';
import { jarsDir, javaTool, whyNotJava } from './java.ts';
import type { Kind } from './server.ts';

export const OPENSEARCH = opensearch('3.8.0');
/** Of 2 the newest for which there is a runner. */
export const OPENSEARCH_2 = opensearch('2.19.1');

function opensearch(version: string): Kind {
  const jars = { name: 'opensearch', version, pom: join(import.meta.dirname, 'opensearch.pom.xml') };
  return {
    name: `OpenSearch ${version}`,
    ports: [9201, 9299],
    whyNot: () => whyNotJava(jars),
    // The runner adds the number of the node to the port. Nodes of one machine look for each other: those of one cluster would join.
    command: (base, port) => [
      ...[javaTool('java'), '-Xms256m', '-Xmx512m', '-cp', join(jarsDir(jars), '*')],
      ...['org.codelibs.opensearch.runner.OpenSearchRunner', '-basePath', base],
      ...['-clusterName', basename(base), '-numOfNode', '1', '-baseHttpPort', String(port - 1)],
    ],
  };
}
