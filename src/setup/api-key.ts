/** A key that may ship documents of these data streams and nothing else, as manifests/samples/api-key.json has it. */
import type { Json } from '../util/json.ts';

/** The body of `POST /_security/api_key`. `patterns`: `logs-podferry-*`. */
export function apiKey(patterns: readonly string[]): Json {
  const indices = [{ names: patterns, privileges: ['auto_configure', 'create_doc'] }];
  return { name: 'podferry', role_descriptors: { 'podferry-ship': { cluster: ['monitor'], indices } } };
}
