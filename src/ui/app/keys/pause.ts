import { type Paused, type PauseSubject, type PausePlan } from '../../../core/pauses.ts';
import { wordRefusal } from '../../../wording/refusals.ts';
import { type Availability, type Binding, type Context, disabled, enabled } from '../bindings.ts';
import { counted, left } from '../../render/values.ts';

/** Stops the agent of the selection, or lets it go on. */
export const PAUSE: Binding = {
  keys: ['p'],
  kind: 'act',
  id: 'pause',
  label: 'pause',
  help: 'pause, resume the agent',
  footer: true,
  availability: pauseAvailability,
  run: (context) => {
    const subject = subjectOf(context);
    if (subject === null) return [];
    const paused = pausedOne(context);
    return paused === null
      ? [{ type: 'pause', ...subject }]
      : [{ type: 'resume', pid: paused.pid, agent: paused.agent }];
  },
};

function pauseAvailability(context: Context): Availability {
  const { live, view, target, queries } = context;
  const subject = subjectOf(context);
  if (subject === null) return disabled('no agent is selected');
  const paused = pausedOne(context);
  if (paused !== null) {
    const name = paused.agent ?? `pid ${paused.pid}`;
    return enabled(`${name} (${left(paused.resumesAt, view.now)} left)`, '', 'resume');
  }
  if (live.pausing?.enabled !== true) return disabled(wordRefusal({ code: 'pause_off' }));
  if (live.mode === 'observe') return disabled(wordRefusal({ code: 'pause_observing' }));
  const plan = queries.pausePlan(subject);
  if (!plan.ok) return disabled(wordRefusal(plan.reason));
  const name = target.agent ?? plan.value.agent ?? '';
  return enabled(`${name} (${processesOf(plan.value)})`, name);
}

function processesOf({ groups }: PausePlan): string {
  const processes = groups.reduce((sum, group) => sum + group.processes, 0);
  return counted(processes, 'process', 'processes');
}

function subjectOf({ target: { agent, conversationId } }: Context): PauseSubject | null {
  if (conversationId !== null) return { conversationId };
  return agent === null ? null : { agent };
}

/** Returns what is paused of the selection; null where nothing is. */
export function pausedOne({
  live,
  target: { agent, conversationId },
}: Pick<Context, 'live' | 'target'>): Paused | null {
  const paused = live.pausing?.paused ?? [];
  const ofConversation = paused.find(({ conversations }) => conversations.includes(conversationId ?? ''));
  if (conversationId !== null || agent === null) return ofConversation ?? null;
  return paused.find((one) => one.agent === agent) ?? null;
}
