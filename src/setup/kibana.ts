/** Puts saved objects into Kibana or OpenSearch Dashboards, by its export and import, which both have under the same paths. */
import { OperatorError } from '../util/errors.ts';
import { asArray, asObject, parseJson, type Json } from '../util/json.ts';
import { compare, madeBy, type Step } from './item.ts';
import { checkAge } from './plan.ts';
import { KIND, ndjson, type Product, type SavedObject } from './saved-objects.ts';

/** Posts to a path below `api/saved_objects/`. @throws OperatorError when there is no answer */
export type Post = (
  path: string,
  query: string | undefined,
  contentType: string,
  body: Buffer,
) => Promise<{ readonly status: number; readonly text: string }>;

/** Members that say whether an object is as we made it: newer products change the others when they import it. */
const COMPARED = ['title', 'name', 'timeFieldName', 'description'];

/**
 * Compares each object with what is there. An object is left alone while its description is ours: what people changed in it stays
 * until a podferry with another one comes.
 * @throws OperatorError if a newer podferry made one of them
 */
export async function planKibana(post: Post, objects: readonly SavedObject[], version: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const { type, id, attributes } of objects) {
    const asked = Buffer.from(JSON.stringify({ objects: [{ type, id }], excludeExportDetails: true }));
    const { status, text } = await post('_export', undefined, 'application/json', asked);
    // An object that is not there makes the export fail: 400.
    if (status !== 200 && status !== 400) throw new OperatorError(refusal('_export', status, text));
    const there = status === 200 ? asObject(asObject(parseJson(text.split('\n')[0]!))['attributes']) : undefined;
    const maker = there && madeBy(there);
    if (maker !== undefined) checkAge(`${KIND[type]} ${id}`, maker, version);
    steps.push(
      compare(
        { kind: KIND[type], name: id, path: id, body: compared(attributes), read: (answer) => answer },
        there && compared(there),
      ),
    );
  }
  return steps;
}

/** @throws OperatorError if it is refused, in whole or in part */
export async function importAll(post: Post, product: Product, objects: readonly SavedObject[]): Promise<void> {
  const boundary = 'podferry-saved-objects';
  const body = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="podferry.ndjson"\r\n` +
      `Content-Type: application/ndjson\r\n\r\n${ndjson(product, objects)}\r\n--${boundary}--\r\n`,
  );
  const { status, text } = await post('_import', 'overwrite=true', `multipart/form-data; boundary=${boundary}`, body);
  const answer = asObject(parseJson(text));
  const errors = asArray(answer['errors']).map((each) => JSON.stringify(each));
  if (status !== 200 || answer['success'] !== true)
    throw new OperatorError(refusal('_import', status, errors.length > 0 ? errors.join(' ') : text));
}

function compared(attributes: Json): Json {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => COMPARED.includes(name)));
}

function refusal(path: string, status: number, text: string): string {
  const cure =
    status === 403
      ? ' The credentials need the Kibana privilege Saved Objects Management: All in that space.'
      : ' Check setup.kibana_url and setup.kibana_space.';
  return `Kibana refuses saved objects (POST api/saved_objects/${path}: ${status} ${text.slice(0, 300)}).${cure}`;
}
