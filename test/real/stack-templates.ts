/**
 * The templates that every Elasticsearch brings for `logs-*-*`, from the jar of its resources (8.19, the newest that Maven has). The
 * node of these tests lacks some modules, so some types stand in for others: constant_keyword, wildcard → keyword; match_only_text →
 * text; scaled_float → double. Its ingest pipeline, ILM policy and codec are left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, type Json } from '../../src/util/json.ts';
import { javaTool } from './java.ts';
import type { RealServer } from './server.ts';

const INSTEAD: Readonly<Record<string, string>> = {
  constant_keyword: 'keyword',
  wildcard: 'keyword',
  match_only_text: 'text',
  scaled_float: 'double',
};
const LEFT_OUT = ['lifecycle', 'codec', 'default_pipeline'];
const COMPONENTS = ['logs@mappings', 'logs@settings', 'ecs@mappings'];

/** `dir`: of the jars. */
export async function installStackTemplates(server: Pick<RealServer, 'ask'>, dir: string): Promise<void> {
  const files = resources(dir);
  for (const name of COMPONENTS) await server.ask('PUT', `/_component_template/${name}`, files.get(name)!);
  await server.ask('PUT', '/_index_template/logs@template', files.get('logs@template')!);
}

export async function removeStackTemplates(server: Pick<RealServer, 'ask'>): Promise<void> {
  await server.ask('DELETE', '/_index_template/logs@template').catch(() => undefined);
  for (const name of COMPONENTS) await server.ask('DELETE', `/_component_template/${name}`).catch(() => undefined);
}

function resources(dir: string): Map<string, Json> {
  const jar = readdirSync(dir).find((name) => name.startsWith('x-pack-template-resources'))!;
  const unpacked = mkdtempSync(join(tmpdir(), 'podferry-stack-'));
  try {
    const names = [...COMPONENTS, 'logs@template'];
    execFileSync(javaTool('jar'), ['xf', join(dir, jar), ...names.map((name) => `${name}.json`)], { cwd: unpacked });
    return new Map(
      names.map((name) => {
        const text = readFileSync(join(unpacked, `${name}.json`), 'utf8');
        const filled = text
          .replace(/\$\{xpack[.\w]+\.version\}/g, '1')
          .replace(/\$\{xpack[.\w]+\.deprecated\}/g, 'false');
        return [name, withoutModules(JSON.parse(filled)) as Json];
      }),
    );
  } finally {
    rmSync(unpacked, { recursive: true });
  }
}

function withoutModules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutModules);
  if (!isObject(value)) return value;
  const { type } = value;
  const instead = typeof type === 'string' ? INSTEAD[type] : undefined;
  const left = instead === undefined ? LEFT_OUT : [...LEFT_OUT, 'value', 'scaling_factor'];
  const members = Object.entries(value).filter(([name]) => !left.includes(name));
  const rest: Json = Object.fromEntries(members.map(([name, member]) => [name, withoutModules(member)]));
  return instead === undefined ? rest : { ...rest, type: instead };
}
