/**
 * How documents will be indexed as things stand: what holds the name of the data stream, and what its mapping, or the template that
 * would make it, lacks. Asks only, and leaves open what it may not ask: a key that may only ship is told none of this.
 */
import { glob } from '../../util/pattern.ts';
import { isObject, parse, type Ask } from './answer.ts';

export interface Standing {
  /** `none`: nothing, and no template would make a data stream of it. `template`: nothing yet, but one would. */
  readonly holder: 'stream' | 'index' | 'template' | 'none' | 'unsaid';
  /** What is worse than with `podferry setup`, each a part of a sentence. [] also where it is not known. */
  readonly lacks: readonly string[];
}

type Json = Record<string, unknown>;

export async function standingOf(ask: Ask, target: string): Promise<Standing> {
  const name = encodeURIComponent(target);
  const mapped = await ask(`/${name}/_mapping`);
  if ('failed' in mapped) return { holder: 'unsaid', lacks: [] };
  if (mapped.status === 200) {
    const { index, isStream } = newest(parse(mapped) ?? {});
    // A server of another kind answers whatever it likes, such as {}.
    if (!isObject(index['mappings'])) return { holder: 'unsaid', lacks: [] };
    return { holder: isStream ? 'stream' : 'index', lacks: lacksOf(member(index, 'mappings')) };
  }
  if (mapped.status !== 404) return { holder: 'unsaid', lacks: [] };
  const listed = await ask('/_index_template');
  if ('failed' in listed || listed.status !== 200) return { holder: 'unsaid', lacks: [] };
  const templates = (parse(listed) ?? {})['index_templates'];
  if (!Array.isArray(templates)) return { holder: 'unsaid', lacks: [] };
  const template = winner(templates, target);
  if (template === undefined || !isObject(template['data_stream'])) return { holder: 'none', lacks: [] };
  const simulated = await ask(`/_index_template/_simulate_index/${name}`, null);
  if ('failed' in simulated || simulated.status !== 200) return { holder: 'template', lacks: [] };
  const made = member(parse(simulated) ?? {}, 'template');
  return { holder: 'template', lacks: lacksOf(member(made, 'mappings')) };
}

/** The index that is written to: of a data stream the one with the highest number at its end. */
function newest(answer: Json): { index: Json; isStream: boolean } {
  const names = Object.keys(answer);
  const streams = names.filter((name) => /^\.ds-.*-\d+$/.test(name));
  const numbers = streams.map((name) => Number(name.slice(name.lastIndexOf('-') + 1)));
  const last = streams[numbers.indexOf(Math.max(...numbers))];
  return { index: member(answer, last ?? names[0] ?? ''), isStream: last !== undefined };
}

/** The template with the highest priority of those that cover the name. */
function winner(templates: unknown[], target: string): Json | undefined {
  const bodies = templates.map((each) => member(isObject(each) ? each : {}, 'index_template'));
  const priority = (body: Json): number => Number(body['priority'] ?? 0);
  const covering = bodies.filter(({ index_patterns: patterns }) =>
    [patterns].flat().some((pattern) => typeof pattern === 'string' && glob(pattern, target)),
  );
  return covering.toSorted((a, b) => priority(b) - priority(a))[0];
}

/** Looks at what costs lines or their order, whoever made the mapping. */
function lacksOf(mappings: Json): string[] {
  if (member(mappings, '_meta')['managed_by'] === 'podferry') return [];
  const [json, dynamic] = fieldAt(mappings, 'json');
  // A type of its own holds all members. An object may take no new ones, or have no objects in it.
  const isClosed = (json?.['type'] ?? 'object') !== 'object' || json?.['subobjects'] === false;
  const isGuessed = !isClosed && dynamic !== 'false' && dynamic !== 'strict';
  const [time] = fieldAt(mappings, '@timestamp');
  return [
    ...(isGuessed
      ? [
          'types of the members of JSON lines are guessed from the first values: where two applications disagree, those of the later ' +
            'document are kept as text only',
          'an application with very many members can use up the fields of the index for all others',
        ]
      : []),
    ...(time?.['type'] === 'date_nanos'
      ? []
      : ['@timestamp keeps milliseconds only: within one, lines are not in order']),
  ];
}

/** The mapping of a field at the root, if there is one, and whether new members are added where it is or would be. */
function fieldAt(mappings: Json, name: string): [field: Json | undefined, dynamic: string] {
  const { [name]: found } = member(mappings, 'properties');
  const field = isObject(found) ? found : undefined;
  return [field, String(field?.['dynamic'] ?? mappings['dynamic'] ?? 'true')];
}

function member(of: Json, name: string): Json {
  const found = of[name];
  return isObject(found) ? found : {};
}
