import { type BytePath, fromText, join } from './byte-path.ts';

/** The rule by which a snapshot leaves files out. */
export type Excludes = {
  /** Returns true if this entry of the folder `parent` is left out; `siblings` are the names beside it. */
  readonly matches: (parent: BytePath, name: BytePath, folder: boolean, siblings: ReadonlySet<BytePath>) => boolean;
  /** Of what `matches`: is it a repository's own folder, our store, or has it proved to be what it is called? */
  readonly isProven: (parent: BytePath, name: BytePath, siblings: ReadonlySet<BytePath>) => boolean;
  /** Is this folder left out because of what lies in it? `startOf` reads the start of a file in it; '' where there is none. */
  readonly matchesContent: (
    path: BytePath,
    names: ReadonlySet<BytePath>,
    startOf: (name: BytePath) => string,
  ) => boolean;
};

type Condition = { readonly where: 'beside' | 'holding' | 'only'; readonly file: BytePath };

/** The text that makes a file a proof: an empty one is made by `touch`. */
const PROOFS: Readonly<Record<BytePath, RegExp>> = {
  'CACHEDIR.TAG': /^Signature: 8a477f597d28d172789f06886806bc55/u,
  'pyvenv.cfg': /^home[ \t]*=[ \t]*\S/mu,
};
type Rule = { readonly path: RegExp; readonly foldersOnly: boolean; readonly condition: Condition | null };

/**
 * Compiles patterns (see `DEFAULT_EXCLUDES` for their syntax); `store` is the path of our own store where that lies
 * inside the workspace.
 */
export function compileExcludes(patterns: readonly string[], store: BytePath | null): Excludes {
  const byName = new Map<BytePath, Rule[]>();
  const others: Rule[] = [];
  const holding: Rule[] = [];
  for (const pattern of patterns) {
    const rule = compile(pattern);
    if (rule === null) continue;
    const name = literalName(pattern);
    if (rule.condition?.where === 'holding' || rule.condition?.where === 'only') holding.push(rule);
    else if (name === null) others.push(rule);
    else byName.set(name, [...(byName.get(name) ?? []), rule]);
  }

  return {
    matches: (parent, name, folder, siblings) => {
      if (name === '.git') return true;
      const path = join(parent, name);
      if (path === store) return true;
      const applies = (rule: Rule): boolean =>
        (folder || !rule.foldersOnly) && isBeside(rule, siblings) && rule.path.test(path);
      return byName.get(name)?.some(applies) === true || others.some(applies);
    },
    isProven: (parent, name, siblings) => {
      const path = join(parent, name);
      if (name === '.git' || path === store) return true;
      const proves = (rule: Rule): boolean =>
        rule.condition !== null && isBeside(rule, siblings) && rule.path.test(path);
      return byName.get(name)?.some(proves) === true || others.some(proves);
    },
    matchesContent: (path, names, startOf) =>
      path !== '' && holding.some((rule) => rule.path.test(path) && holds(rule.condition, names, startOf)),
  };
}

function holds(
  condition: Condition | null,
  names: ReadonlySet<BytePath>,
  startOf: (name: BytePath) => string,
): boolean {
  if (condition === null) return false;
  const { where, file } = condition;
  if (where === 'only') return names.size > 0 && [...names].every((name) => name.endsWith(file.slice(1)));
  const proof = Object.hasOwn(PROOFS, file) ? PROOFS[file] : undefined;
  return names.has(file) && (proof === undefined || proof.test(startOf(file)));
}

function isBeside(rule: Rule, siblings: ReadonlySet<BytePath>): boolean {
  return rule.condition === null || siblings.has(rule.condition.file);
}

function compile(pattern: string): Rule | null {
  const { glob, condition } = split(pattern);
  const foldersOnly = glob.endsWith('/') || condition !== null;
  const bare = glob.replace(/\/+$/u, '');
  const anchored = bare.includes('/');
  const body = bare.replace(/^\/+/u, '');
  if (body === '') return null;
  const path = new RegExp(`^${anchored ? '' : '(?:.*/)?'}${globToRegExp(fromText(body))}$`, 's');
  return { path, foldersOnly, condition };
}

/** The last part of a pattern where it is a plain name: looked up instead of matched. */
function literalName(pattern: string): BytePath | null {
  const name = split(pattern).glob.replace(/\/+$/u, '').split('/').at(-1) ?? '';
  return /[*?]/u.test(name) ? null : fromText(name);
}

function split(pattern: string): { readonly glob: string; readonly condition: Condition | null } {
  const parts = /^(.*\/) (beside|holding|only) (\S+)$/su.exec(pattern.trim());
  if (parts === null) return { glob: pattern.trim(), condition: null };
  const [, glob = '', where, file = ''] = parts;
  return { glob, condition: { where: where as Condition['where'], file: fromText(file) } };
}

const GLOB_PARTS = /\/\*\*\/|\*\*\/|\/\*\*|\*|\?|[^*?/]+|\//gsu;

function globToRegExp(glob: BytePath): string {
  return glob.replace(GLOB_PARTS, (part) => {
    switch (part) {
      case '/**/':
        return '/(?:.*/)?';
      case '**/':
        return '(?:.*/)?';
      case '/**':
        return '/.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      default:
        return part.replace(/[\\^$.|+()[\]{}]/gu, '\\$&');
    }
  });
}
