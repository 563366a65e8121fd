/** Elasticsearch's filter_path: what is not asked for is gone, and so is whatever becomes empty by that. */
export function filterPath(response: unknown, filter: string | null): unknown {
  if (filter === null) return response;
  const paths = filter.split(',').map((path) => path.split('.'));
  return pick(response, paths) ?? {};
}

function pick(value: unknown, paths: string[][]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const kept = value.map((element) => pick(element, paths)).filter((element) => element !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const kept: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const inside = paths.flatMap((path) => below(path, key));
    const picked = inside.length > 0 ? pick(member, inside) : undefined;
    if (picked !== undefined) kept[key] = picked;
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/** What a path asks for inside a member: `a.b` inside a is `b`; `**` also reaches any depth. */
function below([first, ...rest]: string[], key: string): string[][] {
  if (first === '**') return [['**', ...rest], ...below(rest, key)];
  return first === '*' || first === key ? [rest] : [];
}
