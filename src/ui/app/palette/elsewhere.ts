import { shortId } from '../../render/names.ts';
import { shortName } from '../../views/workspaces/names.ts';
import { type Binding, type Context, type KeyContext, type ScreenAction, enabled, viewAction } from '../bindings.ts';
import { keyLabel } from '../key-context.ts';

/** Something that can be done by its name; `key` is null where no key does it here. */
export type Command = Pick<Binding, 'id' | 'kind' | 'label' | 'help' | 'availability' | 'run'> & {
  readonly key: string | null;
  /** Its owner: the view that the palette lies over, or the panes below. */
  readonly of: 'here' | 'panes';
};

/** Letters from which on agents, conversations, workspaces and sources are searched, and how many of each are offered. */
const MIN_LETTERS = 2;
const MAX_THINGS = 20;
/** Views that a key of the panes opens, by the name of that key's action. */
const OPENED: readonly KeyContext[] = ['checkpoints', 'sources', 'policy', 'silences'];
/** The actions that every list has, and those that lead away from a view. */
const COMMON: ReadonlySet<string> = new Set(['back', 'close', 'filter', 'order', 'freeze']);

/** The keys of other views, as commands that go there: what they act upon is selected in that view. */
export function commandsElsewhere(context: Context): readonly Command[] {
  const shared = context.keysOf('panes');
  const here = context.keyContextOf(context.view);
  return OPENED.flatMap((target) => {
    const opener = shared.find(({ id }) => id === target);
    if (opener === undefined || target === here) return [];
    return context
      .keysOf(target)
      .filter((binding) => isOwn(binding, shared))
      .map((binding) => commandIn(target, opener, binding));
  });
}

function isOwn({ id, kind, run, yields = false, keys }: Binding, shared: readonly Binding[]): boolean {
  if (yields || kind === 'move' || kind === 'leave' || keys.length === 0 || COMMON.has(id)) return false;
  return !has(shared, { id, run });
}

// A key of the operator's own makes another object of a binding.
function has(bindings: readonly Binding[], { id, run }: Pick<Binding, 'id' | 'run'>): boolean {
  return bindings.some((one) => one.id === id && one.run === run);
}

function commandIn(target: KeyContext, opener: Binding, { id, label, help, keys }: Binding): Command {
  const key = keyLabel(keys[0] ?? '', true);
  return {
    id: `${target}.${id}`,
    kind: 'view',
    label: `${target}: ${label}`,
    help,
    key: null,
    of: 'panes',
    availability: () => enabled(`goes to ${target}, there ${key}`),
    run: opener.run,
  };
}

/** The commands of a pane that does not have the focus, where they cannot run for that: they go to the pane. */
export function towardsPane(command: Command, binding: Binding, context: Context): Command {
  const owner = context.panes.find((pane) => pane.name !== context.pane.name && has(pane.bindings, binding));
  if (owner === undefined || binding.availability(context).enabled) return command;
  const key = keyLabel(binding.keys[0] ?? '', true);
  return {
    ...command,
    kind: 'view',
    availability: () => enabled(`goes to ${owner.title}, there ${key}`),
    run: () => viewAction({ type: 'view', pane: owner.name }),
  };
}

/** The agents, conversations, workspaces and sources whose name holds what was typed; running one selects it in its view. */
export function thingsNamed(query: string, { shown, live }: Context): readonly Command[] {
  const wanted = query.trim().toLowerCase();
  if (wanted.length < MIN_LETTERS) return [];
  const { agents, conversations } = shown.view.model;
  const some = <Row>(
    rows: readonly Row[],
    nameOf: (row: Row) => string,
    thing: (row: Row) => Thing,
  ): readonly Command[] => {
    const found: Command[] = [];
    for (const row of rows) {
      if (!nameOf(row).toLowerCase().includes(wanted)) continue;
      found.push(commandFor(thing(row)));
      if (found.length === MAX_THINGS) break;
    }
    return found;
  };
  return [
    ...some(
      agents,
      ({ name }) => name,
      ({ name }) => ({
        id: name,
        label: `agent ${name}`,
        help: 'selects it in the agents',
        run: toPane('agents', name),
      }),
    ),
    ...some(
      conversations,
      (row) => `${row.userQuery ?? row.session?.title ?? ''} ${row.conversationId}`,
      ({ conversationId, agent, userQuery, session }) => ({
        id: conversationId,
        label: `${userQuery ?? session?.title ?? shortId(conversationId)} ${shortId(conversationId)}`,
        help: `conversation of ${agent}: selects it`,
        run: toPane('conversations', conversationId),
      }),
    ),
    ...some(
      live.workspaces,
      ({ path }) => path,
      ({ path }) => ({
        id: path,
        label: `workspace ${shortName(path, live)}`,
        help: `${path}: selects it in the automation`,
        run: toPane('workspaces', path),
      }),
    ),
    ...some(
      shown.view.sources,
      ({ health }) => health.uri,
      ({ health: { uri } }) => ({
        id: uri,
        label: `source ${uri}`,
        help: 'selects it in the sources',
        run: toSource(uri),
      }),
    ),
  ];
}

type Thing = Pick<Command, 'id' | 'label' | 'help'> & { readonly run: readonly ScreenAction[] };

function commandFor({ id, label, help, run }: Thing): Command {
  return {
    id: `thing.${id}`,
    kind: 'view',
    label,
    help,
    key: null,
    of: 'panes',
    availability: () => enabled(),
    run: () => run,
  };
}

// A filter might hide it.
function toPane(pane: string, id: string): readonly ScreenAction[] {
  return [
    ...viewAction({ type: 'view', pane }),
    ...viewAction({ type: 'filter', change: { type: 'clear', of: [pane] } }),
    ...viewAction({ type: 'list', of: pane, list: { selectedId: id, offset: 0 } }),
  ];
}

function toSource(uri: string): readonly ScreenAction[] {
  return [
    ...viewAction({ type: 'filter', change: { type: 'clear', of: ['sources'] } }),
    ...viewAction({ type: 'list', of: 'sources', list: { selectedId: uri, offset: 0 } }),
    ...viewAction({ type: 'overlay', overlay: { type: 'sources' } }),
  ];
}
