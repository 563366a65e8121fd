/**
 * Who writes which field, found with the types: every field has one file that writes it, so that a reader who asks how a
 * field got its value looks in one place.
 *
 * A write is an assignment (also `+=`, `++`, `delete`, destructuring and Object.assign), an element assignment, or a call of
 * a method that changes a list, map or set of the library. Object literals and constructors create the object: they are no
 * writes. A field stands for itself under the names of the interfaces and classes it comes from.
 */
import ts from 'typescript';

/** Methods that change the library's lists, maps and sets, and those of packages. */
const CHANGES = new Set('push pop shift unshift splice sort reverse fill copyWithin set add delete clear'.split(' '));

export interface Written {
  /** `Type.field`; `type` as an inline type is called by the file. */
  readonly field: string;
  /** The file that declares it. */
  readonly declared: string;
  /** `file:line` of every write, by file. */
  readonly places: ReadonlyMap<string, readonly string[]>;
}

/** Every field that `files` declare and write. Other files of the program count as libraries. */
export function writtenFields(program: ts.Program, files: readonly string[]): Written[] {
  const checker = program.getTypeChecker();
  const ours = new Map(files.map((file) => [program.getSourceFile(file)!, file]));
  const found = new Map<ts.Node, { field: string; declared: string; places: Map<string, string[]> }>();
  const sames = new Map<ts.Node, ts.Node>();

  const write = (symbol: ts.Symbol | undefined, at: ts.Node): void => {
    for (const declaration of new Set(symbol?.declarations?.map((each) => first(each, sames)))) {
      const declared = ours.get(declaration.getSourceFile());
      if (declared === undefined || !isField(declaration)) continue;
      const entry = found.get(declaration) ?? { field: nameOf(declaration), declared, places: new Map() };
      found.set(declaration, entry);
      const source = at.getSourceFile();
      const file = ours.get(source)!;
      const line = source.getLineAndCharacterOfPosition(at.getStart()).line + 1;
      entry.places.set(file, [...(entry.places.get(file) ?? []), `${file}:${line}`]);
    }
  };

  /** Writes to what an expression stands for: a member, or the targets of a pattern. */
  const assign = (target: ts.Expression, at: ts.Node): void => {
    const to = bare(target);
    if (ts.isArrayLiteralExpression(to)) for (const each of to.elements) assign(each, at);
    else if (ts.isSpreadElement(to)) assign(to.expression, at);
    else if (ts.isObjectLiteralExpression(to)) {
      for (const each of to.properties) if (ts.isPropertyAssignment(each)) assign(each.initializer, at);
    } else if (ts.isBinaryExpression(to)) assign(to.left, at);
    else if (ts.isElementAccessExpression(to) && !ts.isStringLiteralLike(to.argumentExpression)) {
      write(fieldBehind(to.expression), at);
    } else if (!isOwnInConstructor(to)) write(member(to), at);
  };

  const member = (node: ts.Expression): ts.Symbol | undefined => {
    if (ts.isPropertyAccessExpression(node)) return checker.getSymbolAtLocation(node.name);
    return ts.isElementAccessExpression(node) ? checker.getSymbolAtLocation(node.argumentExpression) : undefined;
  };

  /** The field that an expression reads, also through a constant or a parameter that was taken from it. */
  const fieldBehind = (node: ts.Expression): ts.Symbol | undefined => {
    const of = bare(node);
    if (!ts.isIdentifier(of)) return member(of);
    const declaration = checker.getSymbolAtLocation(of)?.valueDeclaration;
    if (declaration === undefined) return undefined;
    if (ts.isVariableDeclaration(declaration) && declaration.initializer) {
      const from = bare(declaration.initializer);
      return ts.isIdentifier(from) ? undefined : member(from);
    }
    if (!ts.isBindingElement(declaration) || !ts.isObjectBindingPattern(declaration.parent)) return undefined;
    const name = (declaration.propertyName ?? declaration.name).getText();
    return checker.getTypeAtLocation(declaration.parent).getProperty(name);
  };

  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) assign(node.left, node);
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator } = node;
      if (operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken)
        assign(node.operand, node);
    } else if (ts.isDeleteExpression(node)) assign(node.expression, node);
    else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: on, name } = node.expression;
      if (name.text === 'assign' && on.getText() === 'Object') {
        const [target, ...sources] = node.arguments;
        const type = checker.getTypeAtLocation(target!);
        for (const source of sources)
          for (const { name: key } of checker.getTypeAtLocation(source).getProperties())
            write(type.getProperty(key), node);
      } else if (CHANGES.has(name.text)) {
        const method = checker.getSymbolAtLocation(name)?.declarations ?? [];
        if (!method.some((each) => ours.has(each.getSourceFile()))) write(fieldBehind(on), node);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const source of ours.keys()) unite(source, checker, sames);
  for (const source of ours.keys()) visit(source);
  return [...found.values()];
}

/** A sentence for a field that more than one file writes, with all the places; undefined if one file writes it. */
export function sharedBy({ field, declared, places }: Written): string | undefined {
  if (places.size < 2) return undefined;
  return `${field} of ${declared} is written by ${places.size} files: ${[...places.values()].flat().join(', ')}`;
}

/** Parentheses, `!` and `as` change nothing. */
function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node)
    ? bare(node.expression)
    : node;
}

function isField(node: ts.Node): boolean {
  return ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
}

function nameOf(field: ts.Node): string {
  const { name } = field as ts.PropertyDeclaration;
  const owner = ts.findAncestor(field.parent, (node) => 'name' in node && node.name !== undefined) as
    ts.NamedDeclaration | undefined;
  return `${owner?.name?.getText() ?? 'type'}.${name.getText()}`;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `this.field` directly in the constructor of its class. */
function isOwnInConstructor(node: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(node) || node.expression.kind !== ts.SyntaxKind.ThisKeyword) return false;
  const inside = ts.findAncestor(node, ts.isFunctionLike);
  return inside !== undefined && ts.isConstructorDeclaration(inside);
}

/** Remembers that the fields of a class or interface are those of what it extends and implements. */
function unite(node: ts.Node, checker: ts.TypeChecker, sames: Map<ts.Node, ts.Node>): void {
  ts.forEachChild(node, (child) => unite(child, checker, sames));
  if (!ts.isClassLike(node) && !ts.isInterfaceDeclaration(node)) return;
  for (const base of node.heritageClauses?.flatMap(({ types }) => types) ?? []) {
    const type = checker.getTypeAtLocation(base);
    for (const own of node.members) {
      if (!isField(own) || !own.name || ts.isPrivateIdentifier(own.name)) continue;
      const inherited = type.getProperty(own.name.getText())?.declarations?.[0];
      if (inherited !== undefined && inherited !== own) sames.set(own, inherited);
    }
  }
}

function first(node: ts.Node, sames: ReadonlyMap<ts.Node, ts.Node>): ts.Node {
  const same = sames.get(node);
  return same === undefined ? node : first(same, sames);
}
