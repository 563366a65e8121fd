/**
 * The direction of imports, checked on text:
 *   main → agent | replay | redeliver | explain | check | verify | setup → folders → types, util
 * so that each folder can be read, tested and replaced without the others, and agent.ts shows all the joints there are.
 */
import { posix } from 'node:path';
import ts from 'typescript';

/** The commands: only main.ts knows them, and they do not know each other. */
const COMMANDS = [
  'src/agent.ts',
  'src/replay.ts',
  'src/redeliver.ts',
  'src/explain.ts',
  'src/check.ts',
  'src/verify/verify.ts',
  'src/setup/setup.ts',
];

/** The folder of a command that asks the parts what they decide: it may import every folder, and only its command imports it. */
const ASKING = 'explain';

/**
 * The rooms of a folder, in the order in which they build on each other: a room imports itself and those before it. Files beside
 * the rooms join them.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: ['logfile', 'tail', 'kubelet', 'capture'],
  record: ['format', 'redact', 'encode', 'join'],
  sinks: ['batch', 'disk', 'deadletter', 'elasticsearch', 'file', 'stdout'],
  kube: ['api', 'watch', 'pods', 'metadata'],
};

/**
 * The one arrow from folder to folder: each sink declares its settings in its own folder, and the table of settings takes them
 * from the index, so that a new sink is one folder and one row. The index loads what does the work only when it is asked for.
 */
const SETTINGS_OF_SINKS = { from: 'config', to: 'src/sinks/index.ts' };

interface Import {
  readonly from: string;
  /** Where it leads: a path for one of ours, else the name of a package. */
  readonly to: string;
}

/** A sentence for every import that goes the wrong way; [] if all is well. `files`: text by path, all of src/. */
export function violations(files: ReadonlyMap<string, string>, dependencies: readonly string[]): string[] {
  const found: string[] = [];
  const imports: Import[] = [];
  for (const [path, text] of files) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    imports.push(...importsOf(source, path));
    if (path !== 'src/main.ts' && touchesProcess(source)) found.push(`${path} touches process: only src/main.ts may`);
  }
  for (const { from, to } of imports) {
    if (to.startsWith('node:')) {
      if (to === 'node:process' && from !== 'src/main.ts') found.push(`${from} imports ${to}: only src/main.ts may`);
    } else if (!to.startsWith('src/')) {
      const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
      if (!dependencies.includes(name)) found.push(`${from} imports ${to}, which is no dependency in package.json`);
    } else if (!files.has(to)) found.push(`${from} imports ${to}, which does not exist`);
    else {
      const why = forbidden(from, to);
      if (why !== undefined) found.push(`${from} imports ${to}: ${why}`);
    }
  }
  const round = cycle(imports.filter(({ to }) => files.has(to)));
  if (round !== undefined) found.push(`imports go round: ${round.join(' → ')}`);
  return found;
}

/** 'src/files/tail/step.ts' → ['files', 'tail']; [] for a file directly in src/. */
const foldersOf = (path: string): string[] => path.split('/').slice(1, -1);

/** Why one of our files may not import another. */
function forbidden(from: string, to: string): string | undefined {
  const [inside, room] = foldersOf(from);
  const [wanted, wantedRoom] = foldersOf(to);
  if (from === 'src/types.ts') return 'types.ts imports nothing';
  if (to === 'src/main.ts') return 'nothing imports main.ts';
  if (COMMANDS.includes(to) && from !== 'src/main.ts') return 'only main.ts imports a command';
  if (wanted === ASKING && inside !== ASKING && from !== `src/${ASKING}.ts`) return `only ${ASKING}.ts imports it`;
  if (inside === undefined || inside === ASKING || to === 'src/types.ts' || COMMANDS.includes(from)) return undefined;
  if (wanted === inside) return ROOMS[inside] && betweenRooms(ROOMS[inside], room, wantedRoom);
  if (wanted === 'util') return undefined;
  if (inside === SETTINGS_OF_SINKS.from && to === SETTINGS_OF_SINKS.to) return undefined;
  return inside === 'util' ? 'util stands alone' : 'folders import only themselves, types.ts and util';
}

/** Why one room of a folder may not import another. */
function betweenRooms(rooms: readonly string[], from: string | undefined, to: string | undefined): string | undefined {
  for (const room of [from, to])
    if (room !== undefined && !rooms.includes(room)) return `${room} is no room that is known`;
  if (from === undefined || to === from) return undefined;
  if (to === undefined) return 'a room does not import what joins the rooms';
  return rooms.indexOf(to) < rooms.indexOf(from) ? undefined : `${to} builds on it`;
}

function importsOf(source: ts.SourceFile, from: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const { text } = specifier;
    found.push({ from, to: text.startsWith('.') ? posix.join(posix.dirname(from), text) : text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The global itself, also as globalThis.process; not a method or a member that happens to have the name. */
function touchesProcess(node: ts.Node): boolean {
  if (ts.isIdentifier(node) && node.text === 'process') {
    const { parent } = node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
    if (isMember) return parent.expression.getText() === 'globalThis';
    return !(ts.isClassElement(parent) || ts.isObjectLiteralElement(parent) || ts.isTypeElement(parent));
  }
  return ts.forEachChild(node, (child) => touchesProcess(child) || undefined) ?? false;
}

/** The first way round, as the files passed on it. */
function cycle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (path: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const to of next.get(path) ?? []) {
      const round = walk(to, [...above, path]);
      if (round !== undefined) return round;
    }
    done.add(path);
    return undefined;
  };
  for (const path of next.keys()) {
    const round = walk(path, []);
    if (round !== undefined) return round;
  }
  return undefined;
}
