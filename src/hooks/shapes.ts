import type { HookEvent, SilenceFacts } from './events.ts';

/** One request of a webhook. `keeps`: the answer holds the id of what was made for this silence. */
export type Request = {
  readonly method: 'POST' | 'DELETE';
  /** Behind the configured URL. */
  readonly path: string;
  readonly body: unknown;
  readonly keeps?: string;
};

/** An alert that is not resolved ends by itself, ms: the feed may never report its end. */
const ALERT_MS = 4 * 3_600_000;

/** Returns the request that tells a Slack-compatible server of an event. */
export function slackRequest({ host, kind, text }: HookEvent): Request {
  return { method: 'POST', path: '', body: { text: `sightline on ${escaped(host)} (${kind}): ${escaped(text)}` } };
}

// Slack reads `<…>` as links and mentions: what an agent writes must call nobody.
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Returns the request that tells Alertmanager (API v2) of an event; null where it has no place for it. */
export function alertmanagerRequest(event: HookEvent, idOf: (silence: string) => string | null): Request | null {
  const { silence } = event;
  if (event.kind === 'silence') return silence && postSilence(event, silence, idOf(silence.id));
  if (event.kind === 'unsilence') {
    const id = silence && idOf(silence.id);
    return id === null ? null : { method: 'DELETE', path: `/api/v2/silence/${encodeURIComponent(id)}`, body: null };
  }
  return { method: 'POST', path: '/api/v2/alerts', body: [alertOf(event)] };
}

function alertOf(event: HookEvent): unknown {
  const { at, host, kind, text, signal, fate, source, workspace, budget } = event;
  const isOver = kind === 'resolved' || kind === 'source_back';
  const startsAt = signal?.at ?? at;
  const endsAt = isOver ? at : new Date(Date.parse(at) + ALERT_MS).toISOString();
  const labels = {
    alertname: nameOf(event),
    instance: host,
    job: 'sightline',
    severity: signal?.severity ?? (kind === 'fate' || budget?.phase === 'warned' ? 'medium' : 'high'),
    ...(signal?.agent && { gen_ai_agent_name: signal.agent }),
    ...(signal?.conversation_id && { conversation_id: signal.conversation_id }),
    ...(signal && { signal_id: signal.signal_id }),
    ...(workspace && { workspace }),
    ...(source && { source: source.uri }),
    ...(fate && { fate: fate.kind }),
    ...(budget && { budget: budget.name, ...(budget.agent && { gen_ai_agent_name: budget.agent }) }),
    ...(budget?.conversation_id && { conversation_id: budget.conversation_id }),
  };
  // One that has ended before it began is refused.
  return { labels, annotations: { summary: text }, startsAt: startsAt < endsAt ? startsAt : at, endsAt };
}

function nameOf({ kind, signal }: HookEvent): string {
  switch (kind) {
    case 'signal':
    case 'resolved':
      return signal?.type ?? 'sightline_signal';
    case 'source_lost':
    case 'source_back':
      return 'sightline_source_lost';
    case 'fate':
    case 'checkpoint_failed':
    case 'breaker_open':
    case 'silence':
    case 'unsilence':
    case 'budget':
      return `sightline_${kind}`;
  }
}

function postSilence({ host }: HookEvent, silence: SilenceFacts, known: string | null): Request {
  const { agent, conversation, signal, workspace } = silence.matcher;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['instance', host],
    ['gen_ai_agent_name', agent],
    ['conversation_id', conversation],
    ['alertname', signal],
    ['workspace', workspace],
  ];
  const matchers = named.flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value, isRegex: false, isEqual: true }],
  );
  const body = {
    ...(known !== null && { id: known }),
    matchers,
    startsAt: silence.starts_at,
    endsAt: silence.ends_at,
    createdBy: silence.created_by,
    comment: silence.reason ?? 'silenced in sightline',
  };
  return { method: 'POST', path: '/api/v2/silences', body, keeps: silence.id };
}
