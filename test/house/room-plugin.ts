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
      ImportDeclaration: (node) => {
        check(node, node['importKind'] === 'type' ? 'type' : 'value');
        if (isWholeZod(node)) context.report({ message: WHOLE_ZOD, node });
      },
      ExportAllDeclaration: (node) => check(node, node['exportKind'] === 'type' ? 'type' : 'value'),
      ExportNamedDeclaration: (node) => {
        if (node['source']) check(node, node['exportKind'] === 'type' ? 'type' : 'value');
      },
      ImportExpression: (node) => check(node, 'dynamic'),
      TSImportType: (node) => check(node, 'type'),
    };
  },
};

const WHOLE_ZOD = "import * as z from 'zod': by its other names the bundler keeps all of it, 540 KB at every start";

// `import { z }` and `import z`: objects that hold everything, of which a bundler can leave nothing out.
function isWholeZod({ source, importKind, specifiers }: Node): boolean {
  const isNamespace = ({ type }: Node): boolean => type === 'ImportNamespaceSpecifier';
  return specifierOf(source) === 'zod' && importKind !== 'type' && !(specifiers as readonly Node[]).every(isNamespace);
}

function specifierOf(node: unknown): string | null {
  const literal = node as { readonly value?: unknown; readonly literal?: { readonly value?: unknown } } | undefined;
  const value = literal?.value ?? literal?.literal?.value;
  return typeof value === 'string' ? value : null;
}

function indirect(kind: Import['kind']): string | null {
  return kind === 'dynamic' ? 'a dynamic import names its module by a literal, so that the rule can see it' : null;
}

/** The one file that may write to standard output and standard error. */
const DOOR = 'src/effects/terminal/output.ts';
/** Files that may take the bare terminal: the screen's opener, for the fixed sequences around it. */
const BARE = new Set([DOOR, 'src/commands/tui/run.ts']);
const STREAMS = new Set(['stdout', 'stderr', '_rawDebug']);
const DEVICES = /^(?:\/dev\/(?:stdout|stderr|tty|console|pts\/|fd\/[12])|\/proc\/(?:self|\$\{?\w*\}?|\d+)\/fd\/[12]$)/u;
const OF_FS = new Set([
  'write',
  'writeSync',
  'writev',
  'writevSync',
  'createWriteStream',
  'writeFileSync',
  'appendFileSync',
]);
const SAY = `text leaves the process by ${DOOR} alone, which cleans it`;

/** An oxlint rule: nothing in src/ writes to standard output or standard error but the one door for it. */
const output = {
  create(context: Context): Visitor {
    const file = relative(context.cwd, context.filename).split(sep).join('/');
    if (!file.startsWith('src/') || file === DOOR) return {};
    const report = (node: Node): void => context.report({ message: SAY, node });
    // `process.stdout`, `globalThis.process.stdout`, `process['stdout']`, `const { stdout } = process`.
    const isProcess = (node: unknown): boolean => {
      const { type, name, property } = (node ?? {}) as Node;
      return name === 'process' || (type === 'MemberExpression' && (property as Node)['name'] === 'process');
    };
    const nameOf = (node: unknown): unknown => (node as Node)['name'] ?? (node as Node)['value'];
    return {
      MemberExpression: (node) => {
        if (isProcess(node['object']) && STREAMS.has(String(nameOf(node['property'])))) report(node);
      },
      VariableDeclarator: (node) => {
        const { type, properties } = node['id'] as Node;
        if (type !== 'ObjectPattern' || !isProcess(node['init'])) return;
        if ((properties as readonly Node[]).some(({ key }) => key !== undefined && STREAMS.has(String(nameOf(key)))))
          report(node);
      },
      ImportDeclaration: (node) => {
        const source = specifierOf(node['source']);
        if (source === 'node:process' || source === 'process' || source === 'node:console' || source === 'console')
          report(node);
        const names = (node['specifiers'] as readonly Node[]).map(({ imported }) =>
          imported ? nameOf(imported) : null,
        );
        if (names.includes('rawTerminal') && !BARE.has(file)) report(node);
      },
      ExportNamedDeclaration: (node) => {
        const names = (node['specifiers'] as readonly Node[]).map(({ local }) => nameOf(local));
        if (names.includes('rawTerminal')) report(node);
      },
      Identifier: (node) => {
        if (node['name'] === 'console') report(node);
      },
      Literal: (node) => {
        const { value } = node;
        if (typeof value === 'string' && DEVICES.test(value) && !(value === '/dev/tty' && file === KEYBOARD))
          report(node);
      },
      CallExpression: (node) => {
        const { callee, arguments: [first] = [] } = node as { callee: Node; arguments?: readonly Node[] };
        const called = nameOf(callee) ?? nameOf(callee['property'] ?? {});
        if (OF_FS.has(String(called)) && (first?.['value'] === 1 || first?.['value'] === 2)) report(node);
      },
      Property: (node) => {
        // A child that inherits a standard stream of ours writes what it likes; a pager is given cleaned text.
        if (nameOf(node['key']) !== 'stdio' || LENDERS.has(file)) return;
        const { type, value, elements } = node['value'] as Node;
        const words =
          type === 'ArrayExpression' ? (elements as readonly (Node | null)[]).map((one) => one?.['value']) : [value];
        if (words.some((word, place) => word === 'inherit' || (place > 0 && (word === 1 || word === 2)))) report(node);
      },
    };
  },
};

/** Opens the controlling terminal for its keys. */
const KEYBOARD = 'src/effects/terminal/terminal.ts';
/** Lend the terminal to a pager, and to a shell or an editor: what those write is theirs. */
const LENDERS: ReadonlySet<string> = new Set(['src/effects/terminal/pager.ts', 'src/effects/guest/child/main.ts']);

// oxlint loads a plugin by its default export.
export default { meta: { name: 'house' }, rules: { output, rooms } };
