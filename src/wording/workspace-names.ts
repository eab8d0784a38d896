/** Workspaces by the names that people call them by. */
import { hostAndName } from '../core/fleet-names.ts';

type Workspaces = { readonly workspaces: readonly { readonly path: string }[] };

/**
 * Returns what people call a workspace: the end of its path, as much of it as tells it from the others; of a fleet, from
 * those of its host.
 */
export function shortName(workspace: string, { workspaces }: Workspaces): string {
  const parts = partsOf(workspace);
  const host = hostOfWorkspace(workspace);
  const others = workspaces
    .filter(({ path }) => path !== workspace && hostOfWorkspace(path) === host)
    .map(({ path }) => partsOf(path));
  for (let count = 1; count < parts.length; count += 1) {
    const name = endOf(parts, count);
    if (others.every((other) => endOf(other, count) !== name)) return name;
  }
  return workspace;
}

/** Returns the host of a workspace of a fleet; null for one of a single engine, whose path begins with a slash. */
export function hostOfWorkspace(path: string): string | null {
  return path.startsWith('/') ? null : (hostAndName('workspace', path)?.host ?? null);
}

/** Returns the same with the host before it in a fleet: `build-07 billing`, for where nothing else names that. */
export function placeName(workspace: string, view: Workspaces): string {
  const host = hostOfWorkspace(workspace);
  return `${host === null ? '' : `${host} `}${shortName(workspace, view)}`;
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
