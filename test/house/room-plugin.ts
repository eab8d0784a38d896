import { relative, sep } from 'node:path';
import { type Import, violation } from './rooms.ts';

type Node = { readonly [key: string]: unknown };
type Context = {
  readonly filename: string;
  readonly cwd: string;
  readonly report: (problem: { readonly message: string; readonly node: unknown }) => void;
};
type Visitor = Readonly<Record<string, (node: Node) => void>>;

/** An oxlint rule: each room imports what test/house/rooms.ts allows it, statically, dynamically and as a type. */
const rooms = {
  create(context: Context): Visitor {
    const [top, ...rest] = relative(context.cwd, context.filename).split(sep);
    if (top !== 'src') return {};
    const check = (node: Node, kind: Import['kind']): void => {
      const specifier = specifierOf(node['source'] ?? node['argument']);
      const message = specifier === null ? indirect(kind) : violation(rest.join('/'), { specifier, kind });
      if (message !== null) context.report({ message, node });
    };
    return {
      ImportDeclaration: (node) => check(node, node['importKind'] === 'type' ? 'type' : 'value'),
      ExportAllDeclaration: (node) => check(node, node['exportKind'] === 'type' ? 'type' : 'value'),
      ExportNamedDeclaration: (node) => {
        if (node['source']) check(node, node['exportKind'] === 'type' ? 'type' : 'value');
      },
      ImportExpression: (node) => check(node, 'dynamic'),
      TSImportType: (node) => check(node, 'type'),
    };
  },
};

function specifierOf(node: unknown): string | null {
  const literal = node as { readonly value?: unknown; readonly literal?: { readonly value?: unknown } } | undefined;
  const value = literal?.value ?? literal?.literal?.value;
  return typeof value === 'string' ? value : null;
}

function indirect(kind: Import['kind']): string | null {
  return kind === 'dynamic' ? 'a dynamic import names its module by a literal, so that the rule can see it' : null;
}

// oxlint loads a plugin by its default export.
export default { meta: { name: 'house' }, rules: { rooms } };
