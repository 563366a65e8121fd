// How every benchmark starts the agent: on directories of its own below `base`, with a sink, and HTTP on a port of its own.
import { join } from 'node:path';

export const AGENT = join(import.meta.dirname, '..', 'dist', 'podferry.mjs');

/** The arguments of Node after its own flags, and the port. `settings` stand over those that all have. */
export function agentArgs(base, sinkUrl, settings) {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const set = {
    node_name: 'node-1',
    'logs.pods_dir': join(base, 'pods'),
    'logs.containers_dir': join(base, 'containers'),
    'state.dir': join(base, 'state'),
    'elasticsearch.nodes': sinkUrl,
    'http.listen': `127.0.0.1:${port}`,
    'log.level': 'warn',
    ...settings,
  };
  const args = [AGENT, 'run', ...Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`])];
  return { port, args };
}
