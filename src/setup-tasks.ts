/** What `podferry setup` has to do: a set-up for each server, and each name of data streams there, that an output uses. */
import { outputsOf, type Config, type Output } from './config/config.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';

/**
 * The outputs that are on servers. Of those that share their names on a server one does it for all. Kibana is that of the sink at the
 * top.
 */
export function tasksOf(config: Config): Output[] {
  const tasks = new Map<string, Output>();
  for (const { name, config: own } of outputsOf(config)) {
    if (own.sink !== 'elasticsearch') continue;
    const place = [own.data_stream.dataset, ...own.elasticsearch.nodes.toSorted()].join(' ');
    const { config: first = own, name: firstName = name } = tasks.get(place) ?? {};
    const data_streams = [...new Set([...first.data_streams, ...own.data_streams])];
    const kibana_url = firstName === DEFAULT_OUTPUT || tasks.size === 0 ? config.setup.kibana_url : '';
    tasks.set(place, { name: firstName, config: { ...first, data_streams, setup: { ...first.setup, kibana_url } } });
  }
  return [...tasks.values()];
}
