/** OpenSearch 3.8 as Maven fetches it: the server and its modules, with no plugin. */
import { join } from 'node:path';
import { jarsDir, javaTool, whyNotJava } from './java.ts';
import type { Kind } from './server.ts';

const JARS = { name: 'opensearch-3.8.0', pom: join(import.meta.dirname, 'opensearch.pom.xml') };

export const OPENSEARCH: Kind = {
  name: 'OpenSearch 3.8.0',
  ports: [9201, 9299],
  whyNot: () => whyNotJava(JARS),
  // The runner adds the number of the node to the port.
  command: (base, port) => [
    ...[javaTool('java'), '-Xms256m', '-Xmx512m', '-cp', join(jarsDir(JARS), '*')],
    ...['org.codelibs.opensearch.runner.OpenSearchRunner', '-basePath', base],
    ...['-numOfNode', '1', '-baseHttpPort', String(port - 1)],
  ],
};
