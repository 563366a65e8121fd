/** OpenSearch 3 and 2 as Maven fetches them: the server and its modules, with no plugin. */
import { mkdirSync, writeFileSync } from 'node:fs';
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
    command(base, port, settings) {
      const config = join(base, 'node_1', 'config');
      const lines = Object.entries(settings).map(([setting, value]) => `${setting}: ${value}\n`);
      // The runner leaves a file that is there as it is, and else makes one.
      if (lines.length > 0) {
        mkdirSync(config, { recursive: true });
        writeFileSync(join(config, 'opensearch.yml'), lines.join(''));
      }
      return [
        ...[javaTool('java'), '-Xms256m', '-Xmx512m', '-cp', join(jarsDir(jars), '*')],
        ...['org.codelibs.opensearch.runner.OpenSearchRunner', '-basePath', base],
        // It adds the number of the node to the port. Nodes of one machine look for each other: those of one cluster would join.
        ...['-clusterName', basename(base), '-numOfNode', '1', '-baseHttpPort', String(port - 1)],
      ];
    },
  };
}
