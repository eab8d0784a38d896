/** Workspaces by the names that people call them by. */

type Workspaces = { readonly workspaces: readonly { readonly path: string }[] };

/** Returns what people call a workspace: the end of its path, as much of it as tells it from the others. */
export function shortName(workspace: string, { workspaces }: Workspaces): string {
  const parts = partsOf(workspace);
  const others = workspaces.filter((one) => one.path !== workspace).map((one) => partsOf(one.path));
  for (let count = 1; count < parts.length; count += 1) {
    const name = endOf(parts, count);
    if (others.every((other) => endOf(other, count) !== name)) return name;
  }
  return workspace;
}

/** Returns a text with each workspace by its name instead of its whole path; a path within a command stays as it is. */
export function withShortNames(text: string, view: Workspaces): string {
  return view.workspaces.reduce(
    (short, { path: workspace }) => short.replace(wordOf(workspace), () => shortName(workspace, view)),
    text,
  );
}

function wordOf(path: string): RegExp {
  return new RegExp(`(?<!\\S)${path.replace(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)}(?![\\w./-])`, 'gu');
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

function endOf(parts: readonly string[], count: number): string {
  return parts.slice(-count).join('/');
}
