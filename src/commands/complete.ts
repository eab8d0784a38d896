/** Completions that are not fixed words: the ids that exist when Tab is pressed. */
import type { Flags } from '../config/options.ts';
import { MAX_ID_LENGTH } from '../core/limits.ts';
import type { SignalRecord } from '../core/reactor/types.ts';
import type { Ms } from '../core/units.ts';
import { cleanLine } from '../core/text.ts';
import { printLines, setLogFormat } from '../effects/terminal/output.ts';
import { findEngines } from '../remote/find.ts';
import { openSession } from './acting/session.ts';
import { newestFirst, openState } from './acting/state.ts';
import { type Asked, configOf, findState, findWorkspace } from './acting/target.ts';
import { connectToEngines } from './engines.ts';

/** The kinds of ids that a completion asks for. */
const LIVE_KINDS = ['workspaces', 'engines', 'snapshots', 'silences', 'signals', 'explained'] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

/** A person waits at the prompt: what is not found by then is not offered, ms. */
const PATIENCE_MS: Ms = 1_500;
/** Offered at most, the newest: a longer list helps no one. */
const MAX_OFFERED = 200;

/**
 * Prints the ids of a kind, one a line; never fails, and takes a bounded time. `words` are those before the cursor: they
 * say of which engine, workspace and state folder.
 */
export async function complete(kind: string, words: readonly string[]): Promise<void> {
  const wanted = LIVE_KINDS.find((one) => one === kind);
  if (wanted === undefined) return;
  setLogFormat('text');
  const late = new Promise<readonly string[]>((resolve) => void setTimeout(() => resolve([]), PATIENCE_MS).unref());
  const found = await Promise.race([idsOf(wanted, askedBy(words)).catch(() => []), late]);
  printLines([...new Set(found)].filter(isOffered).slice(0, MAX_OFFERED));
}

// What cleaning would change could not be typed again.
function isOffered(id: string): boolean {
  return id !== '' && cleanLine(id, MAX_PATH) === id;
}

/** Characters of a workspace's path that is offered; ids are shorter. */
const MAX_PATH = 16 * MAX_ID_LENGTH;

async function idsOf(kind: LiveKind, asked: Asked): Promise<readonly string[]> {
  switch (kind) {
    case 'engines':
      return findEngines().map(({ pid }) => String(pid));
    case 'workspaces':
      return workspaces(asked);
    case 'snapshots':
      return snapshots(asked);
    case 'silences':
    case 'signals':
    case 'explained': {
      const target = await findState(asked);
      const state = target.ok ? await openState(target.value, { acts: false }) : null;
      if (state === null || !('view' in state)) return [];
      const { silences, signals } = state.view();
      await state.close();
      if (kind === 'silences') return silences.map(({ id }) => id);
      const snapshotOf = ({ fate }: SignalRecord): readonly string[] =>
        fate?.kind === 'checkpointed' && fate.snapshot !== null ? [fate.snapshot] : [];
      return newestFirst(signals).flatMap((one) => [
        one.signal.signalId,
        ...(kind === 'explained' ? snapshotOf(one) : []),
      ]);
    }
  }
}

async function workspaces(asked: Asked): Promise<readonly string[]> {
  const { found } = await connectToEngines(asked.engine, PATIENCE_MS);
  const there = found.flatMap(({ engine }) => engine.store.getState().workspaces.map(({ path }) => path));
  for (const { engine } of found) engine.close();
  const { agents, processes, fallback } = configOf(asked).workspaces;
  return [...there, ...Object.values(agents), ...Object.values(processes), ...(fallback === null ? [] : [fallback])];
}

async function snapshots(asked: Asked): Promise<readonly string[]> {
  const target = await findWorkspace(asked);
  if (!target.ok) return [];
  const session = await openSession(target.value, { acts: false });
  const listed = await session.queries.snapshots(session.workspace);
  await session.close();
  return listed.ok ? listed.value.map(({ id }) => id) : [];
}

/** The options that say where ids come from. */
const TARGETS = {
  workspace: '--workspace',
  stateDir: '--state-dir',
  config: '--config',
  checkpointer: '--checkpointer',
};

// bash takes `--workspace=DIR` apart.
function askedBy(given: readonly string[]): Asked {
  const words = given.filter((word) => word !== '=');
  const valueOf = (name: string): string | undefined => {
    const index = words.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
    const word = words[index];
    return word === undefined || word === name ? words[index + 1] : word.slice(name.length + 1);
  };
  const flags = Object.entries(TARGETS).flatMap(([id, name]) => {
    const value = words.some((word) => word.startsWith(name)) ? valueOf(name) : undefined;
    return value === undefined ? [] : [[id, value]];
  });
  const engine = words.some((word) => word.startsWith('--engine')) ? Number(valueOf('--engine')) : Number.NaN;
  return {
    flags: { ...(Object.fromEntries(flags) as Flags), quiet: true },
    workspace: '',
    engine: Number.isSafeInteger(engine) && engine > 0 ? engine : null,
  };
}
