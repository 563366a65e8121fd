/** What set-up would change on a server, and the change itself. */
import { OperatorError } from '../util/errors.ts';
import { asArray, asObject, asText, type Json } from '../util/json.ts';
import { compare, isNewer, madeBy, removal, type Item, type Step } from './item.ts';

/** Asks the server; the answer's body as an object, {} if it is none. @throws OperatorError when there is no answer */
export type Ask = (
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  query?: string,
  body?: Json,
) => Promise<{ readonly status: number; readonly body: Json }>;

/**
 * Compares all items with what is there, before anything is changed.
 * @throws OperatorError if the server does not say, if a newer podferry made one of them, or somebody else
 */
export async function plan(ask: Ask, items: readonly Item[], version: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const item of items) {
    // Some items are found in an answer that is there already.
    const { status, body } = item.known ? { status: 200, body: item.known } : await ask('GET', item.path);
    if (status !== 200 && status !== 404) throw new OperatorError(refusal('GET', item, status, body));
    const step = compare(item, status === 404 ? undefined : body);
    steps.push(step);
    const there = status === 404 ? undefined : item.read(body);
    if (there !== undefined && item.known === undefined && !item.once) checkMaker(item, there, version);
  }
  return steps;
}

/**
 * Removes index templates that we made for exceptions that are no longer asked for: they would go on standing above the others.
 * @param pattern of their names
 * @throws OperatorError if a newer podferry made one of them
 */
export async function removals(ask: Ask, pattern: string, wanted: readonly Item[], version: string): Promise<Step[]> {
  const { body } = await ask('GET', `_index_template/${pattern}`);
  return asArray(body['index_templates']).flatMap((each) => {
    const { name, index_template: template } = asObject(each);
    const there = asObject(template);
    const maker = madeBy(there);
    if (typeof name !== 'string' || maker === undefined || wanted.some((item) => item.name === name)) return [];
    checkAge(`index template ${name}`, maker, version);
    return removal({ kind: 'index template', name, path: `_index_template/${name}`, body: there, read: () => there });
  });
}

function checkMaker({ kind, name }: Item, there: Json, version: string): void {
  const maker = madeBy(there);
  if (maker === undefined)
    throw new OperatorError(
      `${kind} ${name} was not made by podferry setup, and is not overwritten: rename or delete it, or choose another elasticsearch.dataset.`,
    );
  checkAge(`${kind} ${name}`, maker, version);
}

/** @throws OperatorError if a newer podferry made it */
export function checkAge(what: string, maker: string, version: string): void {
  if (!isNewer(maker, version)) return;
  throw new OperatorError(
    `${what} was made by podferry ${maker}, which is newer than this one, ${version}. Nothing is changed: run setup with that podferry or a newer one.`,
  );
}

/** Puts one item where it belongs, or takes it away. @throws OperatorError if the server refuses it */
export async function apply(ask: Ask, { item, answer, change }: Step): Promise<void> {
  if (change === 'none') return;
  if (change === 'remove') {
    const { status, body } = await ask('DELETE', item.path);
    if (status !== 200) throw new OperatorError(refusal('DELETE', item, status, body));
    return;
  }
  // ISM wants to know which version of a policy is replaced: https://docs.opensearch.org/latest/im-plugin/ism/api/#update-policy
  const [number, term] = [answer['_seq_no'], answer['_primary_term']];
  const query = number === undefined ? undefined : `if_seq_no=${String(number)}&if_primary_term=${String(term)}`;
  const { status, body } = await ask('PUT', item.path, query, item.body);
  if (status !== 200 && status !== 201) throw new OperatorError(refusal('PUT', item, status, body));
}

export function refusal(
  method: string,
  { kind, name, path }: Pick<Item, 'kind' | 'name' | 'path'>,
  status: number,
  body: Json,
): string {
  const { type, reason } = asObject(body['error']);
  const words = [status, asText(type), asText(reason) ?? asText(body['error'])].filter((part) => part !== undefined);
  const cure =
    status === 403
      ? ' The credentials need the cluster privileges manage_index_templates and manage_ilm, and manage_data_stream_lifecycle on the data stream.'
      : '';
  return `${kind} ${name} is refused (${method} ${path}: ${words.join(' ').slice(0, 500)}).${cure}`;
}
