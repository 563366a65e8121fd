/**
 * Elasticsearch 9.5 as Maven fetches it: the server without the modules and plugins of the distribution. `elasticsearch/` holds
 * what starts it.
 *
 * Real: bulk, mappings, templates, data streams that a bulk request makes, rollover, search, error bodies and headers.
 * Stand-ins over the real state of the cluster: `GET /`, `GET` and `DELETE /_data_stream/NAME`.
 * Missing: security and API keys, ILM, the failure store's and the lifecycle's own requests, ingest processors; the field types
 * constant_keyword, match_only_text, wildcard and scaled_float (`stack-templates.ts`); the native code of logsdb.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jarsDir, javaTool, whyNotJava } from './java.ts';
import type { Kind } from './server.ts';

const SOURCES = join(import.meta.dirname, 'elasticsearch');

export const JARS = { name: 'elasticsearch-9.5.3', pom: join(SOURCES, 'pom.xml') };

export const ELASTICSEARCH: Kind = {
  name: 'Elasticsearch 9.5.3',
  ports: [9300, 9399],
  whyNot: () => whyNotJava(JARS),
  command(base, port) {
    const jars = join(jarsDir(JARS), '*');
    const classes = join(base, 'classes');
    const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.java'));
    const files = sources.map((name) => join(SOURCES, name));
    // Anew each time: they are few, and the cache holds nothing that is ours.
    execFileSync(javaTool('javac'), ['-nowarn', '-cp', jars, '-d', classes, ...files], { stdio: 'pipe' });
    return [
      ...[javaTool('java'), '-Xms512m', '-Xmx768m'],
      ...['--add-modules', 'jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED'],
      ...['-cp', `${classes}:${jars}`, 'org.elasticsearch.node.TestNode', join(base, 'home'), String(port)],
    ];
  },
};
