/**
 * Elasticsearch 9 and 8 as Maven fetches them: the server without the modules and plugins of the distribution. `elasticsearch/` holds
 * what starts it, and in `8/` and `9/` what differs.
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
import { installStackTemplates, removeStackTemplates } from './stack-templates.ts';

const SOURCES = join(import.meta.dirname, 'elasticsearch');

export const ELASTICSEARCH = elasticsearch('9.5.3');
/** Of 8 the newest whose HTTP module is there: 8.19.3 and 8.19.8 were not. */
export const ELASTICSEARCH_8 = elasticsearch('8.19.21');

function elasticsearch(version: string): Kind {
  const fetched = { name: 'elasticsearch', version, pom: join(SOURCES, 'pom.xml') };
  return {
    name: `Elasticsearch ${version}`,
    ports: [9300, 9399],
    whyNot: () => whyNotJava(fetched),
    command(base, port, settings) {
      const jars = join(jarsDir(fetched), '*');
      const classes = join(base, 'classes');
      const files = [SOURCES, join(SOURCES, version.split('.')[0]!)].flatMap(javaIn);
      // Anew each time: they are few, and the cache holds nothing that is ours.
      execFileSync(javaTool('javac'), ['-nowarn', '-cp', jars, '-d', classes, ...files], { stdio: 'pipe' });
      return [
        ...[javaTool('java'), '-Xms512m', '-Xmx768m'],
        ...['--add-modules', 'jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED'],
        ...['-cp', `${classes}:${jars}`, 'org.elasticsearch.node.TestNode', join(base, 'home'), String(port)],
        ...Object.entries(settings).map(([setting, value]) => `${setting}=${value}`),
      ];
    },
    async builtIn(server) {
      await installStackTemplates(server, jarsDir(fetched));
      return () => removeStackTemplates(server);
    },
  };
}

function javaIn(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.java'));
  return names.map((name) => join(dir, name));
}
