import { wordRefusal } from '../../../wording/refusals.ts';
import type { Interruption } from '../../../core/interruptions.ts';
import type { SignalOrigin } from '../../../core/signals.ts';
import { type SourceUri, isDark } from '../../../core/sources.ts';
import { nsToMs } from '../../../core/units.ts';
import { interruptionOf } from '../../ladder/open-signals.ts';
import { UNATTRIBUTED, openOf } from './rows.ts';
import { age, clock } from '../../render/values.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';

/** The key that marks an interruption as resolved, at the source that takes that. */
export const RESOLVE: Binding = {
  keys: ['r'],
  kind: 'act',
  id: 'resolve',
  label: 'resolve',
  help: 'resolve at the source',
  footer: true,
  availability: resolveAvailability,
  run: askResolve,
};

/** The interruption that is meant, and how many of its conversation are open; or why there is none. */
type Meant =
  { readonly interruption: Interruption; readonly id: string; readonly open: number } | { readonly why: string };

function meantBy({ live, view, selected }: Context): Meant {
  switch (view.focus) {
    case 'signals': {
      const { signal: record } = selected;
      if (record === null) return { why: 'there is no signal' };
      const { type: signal, interruptionId, origin } = record.signal;
      if (interruptionId === null) return { why: `${signal} is no interruption: ${NO_ROW[origin]}` };
      // The feed may have forgotten it, or reported it anew, since the moment that is shown.
      const interruption = interruptionOf(live, record);
      if (interruption === null) return { why: `${signal} is not held any more; look it up in agentsight` };
      return { interruption, id: interruptionId, open: 1 };
    }
    case 'conversations':
    case 'calls': {
      if (selected.conversation === null) return { why: 'there is no conversation' };
      const open = openOf(live, selected.conversation.conversationId);
      const [worst] = open;
      if (worst === undefined || worst.interruptionId === null) {
        return { why: 'nothing is unresolved in this conversation' };
      }
      return { interruption: worst, id: worst.interruptionId, open: open.length };
    }
    default:
      return { why: 'no interruption is selected: 4 goes to the signals' };
  }
}

const NO_ROW: Readonly<Record<SignalOrigin, string>> = {
  derived: 'sightline derived it from the calls; the next success ends it',
  call: "it was read from a call's text",
  api: 'it came from a program',
  interruption: 'agentsight gave it no id',
};

function resolveAvailability(context: Context): Availability {
  const meant = meantBy(context);
  if ('why' in meant) return disabled(meant.why);
  const { interruption, id, open } = meant;
  const takers = context.queries.resolvers(id);
  if (!takers.ok) return disabled(`${interruption.type} cannot be resolved here: ${wordRefusal(takers.reason)}`);
  const which = open > 1 ? `, the worst of ${open} open` : '';
  const [lost] = lostOf(context, takers.value);
  const trouble = lost === undefined ? '' : `; ${lost} is lost now`;
  return enabled(`${interruption.type}${which} (asks y/n)${trouble}`, interruption.type);
}

function askResolve(context: Context): readonly ScreenAction[] {
  const meant = meantBy(context);
  if ('why' in meant) return [];
  const { interruption, id } = meant;
  const takers = context.queries.resolvers(id);
  if (!takers.ok) return [];
  const at = takers.value.join(' and ');
  const others = context.queries.sourcesOf(interruption).filter((uri) => !takers.value.includes(uri));
  const what = `${interruption.type} of ${interruption.agent}`;
  const effects = [
    // What it does comes first: of what follows, the event line cuts what does not fit.
    `${at}: it is marked as resolved there, for all readers of that source.`,
    ...lostOf(context, takers.value).map((uri) => `${uri} is unreachable; resolving may fail.`),
    ...(others.length === 0 ? [] : [`${others.join(' and ')}: only read; it shows what agentsight makes of that.`]),
    whichOf(interruption, context.view.now),
    ...(interruption.detail.text === '' ? [] : [interruption.detail.text]),
  ];
  const toast = { type: 'toast', text: `resolving ${what} at ${at}`, kind: 'info' } as const;
  // The engine reports how it ended; a server may take its time.
  const confirmed = [...viewAction(toast), { type: 'resolve', interruptionId: id } as const];
  return viewAction({
    type: 'overlay',
    overlay: { type: 'confirm', question: `Resolve ${what}?`, effects, yes: 'resolve', no: 'leave it', confirmed },
  });
}

function lostOf({ live }: Context, uris: readonly SourceUri[]): readonly SourceUri[] {
  return live.sources.filter(isDark).flatMap(({ health: { uri } }) => (uris.includes(uri) ? [uri] : []));
}

function whichOf({ severity, conversationId, sessionId, occurredNs }: Interruption, now: number): string {
  const session = sessionId === null ? UNATTRIBUTED : `session ${sessionId}`;
  const whose = conversationId === null ? session : `conversation ${conversationId}`;
  const at = nsToMs(occurredNs);
  return `${severity}, ${whose}, since ${clock(at)} (${age(at, now, '')} ago)`;
}
