import { isAlarming } from './document.ts';
import type { BudgetJson, InterruptionJson, IsoTime, OnceState, SourceJson, WorkspaceJson } from './schema.ts';
import { counted, duration, percent, tokenSum, tokens } from '../../wording/units.ts';
import { moneyCell } from '../../wording/money.ts';
import { picoOfText } from '../../core/prices.ts';
import { windowName } from '../../wording/quota.ts';
import { SEVERITIES } from '../../core/interruptions.ts';
import { textTable, wrapped } from '../text-table.ts';

/** The sign of what is not known; a known zero is `0`. */
const UNKNOWN = '–';

/** Cells of a line, and rows of each list at most (null: all). */
export type TableSize = {
  readonly width: number;
  readonly top?: number | null;
  /** Acknowledged signals count as wrong, too. */
  readonly includeAcked?: boolean;
};

/**
 * Renders the state for people: what is wrong first, then everything else. No line is wider than `width` cells: the rows
 * of tables are cut; what is wrong, what to do about it and all other sentences are wrapped.
 */
export function onceTable(doc: OnceState, size: TableSize): string {
  const { width } = size;
  const sections = [
    [`sightline ${doc.version} on ${doc.host}, ${shortTime(doc.generated_at)} UTC`],
    problems(doc, size.includeAcked ?? false),
    sources(doc, width),
    agents(doc, size),
    conversations(doc, size),
    interruptions(doc, size),
    budgets(doc, size),
    quotas(doc, size),
    advisories(doc, size),
    signals(doc, size),
    reactor(doc, width),
  ];
  const blocks = sections.filter((lines) => lines.length > 0);
  return blocks.map((lines) => `${lines.flatMap((line) => wrapped(line, width)).join('\n')}\n`).join('\n');
}

function problems(doc: OnceState, includeAcked: boolean): readonly string[] {
  const alarming = doc.interruptions.filter((interruption) => isAlarming(interruption, 'high', includeAcked));
  const acked = doc.interruptions.filter((one) => one.acked !== null && isAlarming(one, 'high', true));
  const ill = doc.sources.filter(({ health }) => health !== 'ok');
  const lacking = doc.reactor.workspaces.filter(({ checkpointer }) => !checkpointer.available);
  const lines = [
    ...ill.map(({ uri, health, detail }) => `  ${health}: ${uri}: ${detail}`),
    ...(doc.sources.length === 0 ? ['  no source was found'] : []),
    ...lacking.map(
      ({ workspace, checkpointer: { name, reason } }) => `  no checkpoints of ${workspace}: ${name}: ${reason}`,
    ),
    // The most recent first, as they come, within a severity.
    ...[...Map.groupBy(alarming.toSorted(bySeverity), ({ type, severity }) => `${severity} ${type}`)].map(
      ([what, of]) => `  ${of.length} unresolved ${what}: ${agentsOf(of)}`,
    ),
  ];
  const notes = [
    ...(acked.length > 0 && !includeAcked ? [`  ${acked.length} more acknowledged (--include-acked counts them)`] : []),
    ...(doc.acks_hidden === undefined
      ? []
      : [`  what ${doc.acks_hidden} has acknowledged is not seen by this user, and counts here`]),
  ];
  return lines.length === 0 ? ['Nothing is wrong', ...notes] : ['What is wrong', ...lines, ...notes];
}

function sources({ sources: all }: OnceState, width: number): readonly string[] {
  const columns = [
    { title: 'SOURCE' },
    { title: 'HEALTH' },
    { title: 'CALLS', align: 'right' },
    { title: 'INTERRUPTIONS', align: 'right' },
    { title: 'SKIPPED', align: 'right' },
    { title: 'LAG', align: 'right' },
    { title: 'LAST EVENT' },
    { title: 'READ UP TO' },
    { title: 'DETAIL' },
  ] as const;
  const row = (source: SourceJson): readonly string[] => [
    source.uri,
    source.health,
    `${source.calls}`,
    `${source.interruptions}`,
    `${Object.values(source.skipped).reduce((sum, n) => sum + n, 0)}`,
    duration(source.lag_ms, UNKNOWN),
    maybeShort(source.last_event_at),
    source.position ?? UNKNOWN,
    source.last_skip === null ? source.detail : `${source.detail}; skipped ${source.last_skip}`,
  ];
  return section('Sources', textTable(columns, all.map(row), width), all.length);
}

const METERS = [
  { title: 'CALLS', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'IN', align: 'right' },
  { title: 'OUT', align: 'right' },
  { title: 'CACHE', align: 'right' },
  { title: 'COST', align: 'right' },
] as const;

function meters(of: OnceState['agents'][number] | OnceState['conversations'][number]): readonly string[] {
  const { calls, failed, prompt_tokens, output_tokens, cache_ratio, summary, cost } = of;
  const mark = summary === undefined ? '' : '~';
  // A summary does not tell how many of its calls have failed.
  const failures = failed === 0 && summary !== undefined ? UNKNOWN : `${failed}`;
  const sums = [prompt_tokens, output_tokens]
    .map((sum) => tokenSum(sum, of, UNKNOWN))
    .map((sum) => (sum === UNKNOWN ? sum : `${mark}${sum}`));
  return [`${mark}${calls}`, failures, ...sums, percent(cache_ratio, UNKNOWN), costText(cost)];
}

function costText(cost: OnceState['agents'][number]['cost']): string {
  if (cost === null || cost.basis === 'unknown') return UNKNOWN;
  const { basis, unpriced_calls: unpriced, lower_bound: isAtLeast } = cost;
  return moneyCell({ pico: picoOfText(cost.usd), basis, unpriced, isAtLeast }, UNKNOWN);
}

// What the marks mean, where they stand.
function legend(all: readonly Pick<OnceState['agents'][number], 'summary' | 'cost'>[]): readonly string[] {
  const isMarked = all.some(({ summary }) => summary !== undefined);
  const unpriced = all.reduce((sum, { cost }) => sum + (cost?.unpriced_calls ?? 0), 0);
  const isLeast = all.some(({ cost }) => cost?.lower_bound === true && cost.basis !== 'unknown');
  const why = unpriced === 0 ? 'output counts are lower bounds' : `${counted(unpriced, 'call')} without a price`;
  return [
    ...(isMarked ? ["  ~ summary: only the source's sums are known, not all of the calls"] : []),
    ...(isLeast ? [`  ≥ at least: ${why}`] : []),
    ...(all.some(({ cost }) => cost?.basis === 'plan') ? ['  p plan: what it would cost at list price'] : []),
  ];
}

function agents(doc: OnceState, { width, top = null }: TableSize): readonly string[] {
  const { agents: all } = doc;
  const shown = all.slice(0, top ?? all.length);
  const columns = [
    { title: 'AGENT' },
    { title: 'STATE' },
    ...METERS,
    { title: 'COST/H', align: 'right' } as const,
    { title: 'TODAY', align: 'right' } as const,
    { title: 'LAST CALL' },
    { title: 'MODELS' },
    ...restingOn(doc),
  ];
  const rows = shown.map((agent) => [
    agent.agent,
    agent.state,
    ...meters(agent),
    costText(agent.cost_last_hour ?? null),
    costText(agent.cost_today ?? null),
    maybeShort(agent.last_call_at),
    agent.models.join(' '),
    agent.sources.join(' '),
  ]);
  return [...section('Agents', textTable(columns, rows, width), all.length), ...more(all, shown), ...legend(shown)];
}

function conversations(doc: OnceState, { width, top = null }: TableSize): readonly string[] {
  const { conversations: all } = doc;
  const shown = all.slice(0, top ?? all.length);
  const columns = [
    { title: 'CONVERSATION' },
    { title: 'AGENT' },
    ...METERS,
    { title: 'CTX', align: 'right' } as const,
    { title: 'LAST CALL' },
    { title: 'FLAGS' },
    { title: 'MODELS' },
    ...restingOn(doc),
  ];
  const rows = shown.map((one) => [
    one.conversation_id,
    one.agent,
    ...meters(one),
    fillText(one.context),
    maybeShort(one.last_call_at),
    one.flags.join(' '),
    one.models.join(' '),
    one.sources.join(' '),
  ]);
  return [
    ...section('Conversations', textTable(columns, rows, width), all.length),
    ...more(all, shown),
    ...legend(shown),
  ];
}

function interruptions(doc: OnceState, { width, top = null }: TableSize): readonly string[] {
  const { interruptions: all } = doc;
  // What is wrong first, the worst and then the most recent; what is over behind it.
  const shown = all.toSorted(worstFirst).slice(0, top ?? all.length);
  const columns = [
    { title: 'OCCURRED' },
    { title: 'SEVERITY' },
    { title: 'TYPE' },
    { title: 'AGENT' },
    { title: 'CONVERSATION' },
    { title: 'STATE' },
    ...restingOn(doc),
  ];
  const rows = shown.map((one) => [
    shortTime(one.occurred_at),
    one.severity,
    one.type,
    one.agent,
    // The feed does not tell whose it is: it is counted here once, and nowhere else.
    one.conversation_id ?? one.session_id ?? 'unattributed',
    stateOf(one),
    one.sources.join(' '),
  ]);
  return [...section('Interruptions', textTable(columns, rows, width), all.length), ...more(all, shown)];
}

// Where there is one source only, everything rests on it.
function restingOn({ sources: all }: OnceState): readonly { readonly title: string }[] {
  return all.length > 1 ? [{ title: 'SOURCES' }] : [];
}

function stateOf({ resolved, derived, downgraded, acked }: InterruptionJson): string {
  const state = resolved ? 'resolved' : 'unresolved';
  const notes = [
    ...(acked === null ? [] : [`acked by ${acked.by}`]),
    ...(derived ? ['derived'] : []),
    ...(downgraded === null ? [] : [`downgraded: ${downgraded}`]),
  ];
  return [state, ...notes].join(', ');
}

function budgets({ budgets: all = [] }: OnceState, { top = null }: TableSize): readonly string[] {
  const shown = all.slice(0, top ?? all.length);
  const lines = shown.map((one) => `  ${budgetText(one)}`);
  return [...section('Budgets', lines, all.length), ...more(all, shown)];
}

function budgetText({
  budget: name,
  agent,
  conversation_id,
  workspace,
  spent,
  limit,
  every,
  ...rest
}: BudgetJson): string {
  const { at_least, share, level, unknown_calls } = rest;
  const whose = workspace ?? conversation_id?.slice(0, BUDGET_ID) ?? agent;
  const unknown = unknown_calls === 0 ? '' : `, ${counted(unknown_calls, 'call')} without a price`;
  const state = level === 'none' ? '' : level === 'reached' ? ', used up' : ', nearly used up';
  return `${name}${whose === null ? '' : ` (${whose})`}: ${at_least ? '≥' : ''}${amountText(spent)} of ${amountText(limit)}${every === 'total' ? ' in all' : `/${every}`}, ${Math.floor(share * 100)} %${state}${unknown}`;
}

const BUDGET_ID = 12;

function amountText(amount: BudgetJson['spent']): string {
  return 'usd' in amount ? `$${Number(amount.usd).toFixed(2)}` : `${tokens(amount.tokens)} tokens`;
}

// Accounts of which nothing is known share a line: of most agents nothing is.
function quotas({ accounts: all = [] }: OnceState, { top = null }: TableSize): readonly string[] {
  const nameOf = ({ agent, account }: Account): string => {
    const isAlone = all.filter((one) => one.agent === agent).length === 1;
    return isAlone || account === null ? agent : `${agent} ${account.slice(account.indexOf(':') + 1)}`;
  };
  const isKnown = ({ windows, limit_reached }: Account): boolean => windows.length > 0 || limit_reached !== null;
  const known = all.filter(isKnown);
  const shown = known.slice(0, top ?? known.length);
  const unknown = all.filter((one) => !isKnown(one)).map(nameOf);
  const lines = [
    ...shown.map((one) => `  ${nameOf(one)}: ${quotaText(one)}`),
    ...(unknown.length === 0 ? [] : [`  ${unknown.join(', ')}: ${UNKNOWN}`]),
  ];
  return [...section('Quotas', lines, all.length), ...more(known, shown)];
}

type Account = NonNullable<OnceState['accounts']>[number];

function quotaText({ windows, limit_reached: reached }: Account): string {
  const resets = (time: IsoTime | null, words: string | null = null): string => {
    const when = time === null ? words : shortTime(time);
    return when === null ? '' : `, resets ${when}`;
  };
  return [
    ...(reached === null ? [] : [`limit reached ${shortTime(reached.at)}${resets(reached.resets_at, reached.resets)}`]),
    ...windows.map(({ name, used_percent, window_minutes, resets_at }) => {
      const window = windowName({ name, windowMinutes: window_minutes });
      return `${window} ${percent(used_percent / 100, UNKNOWN)}${resets(resets_at)}`;
    }),
  ].join('; ');
}

function advisories({ advisories: all }: OnceState, { top = null }: TableSize): readonly string[] {
  const shown = all.slice(0, top ?? all.length);
  const lines = shown.map((advisory) => `  ${shortTime(advisory.at)}  ${advisory.agent}: ${advice(advisory)}`);
  return [...section('Advisories', lines, all.length), ...more(all, shown)];
}

function advice(advisory: OnceState['advisories'][number]): string {
  if (advisory.type === 'context') {
    const { conversation_id, used_tokens, window_tokens } = advisory;
    const of = `${tokens(used_tokens ?? 0)} of ${advisory.window_known ? '' : '~'}${tokens(window_tokens ?? 0)} tokens`;
    return `the context of ${conversation_id} is ${fillText(advisory)} full: ${of}`;
  }
  const { input_tokens, cache_reported } = advisory;
  const why = cache_reported ? 'no prompt caching' : 'cache not reported';
  return `${tokens(input_tokens)} input tokens within the hour, ${why}`;
}

// A window from a catalogue is no fact of the source's.
function fillText(context: OnceState['conversations'][number]['context']): string {
  if (context === null || context.fill === null) return UNKNOWN;
  return `${context.window_known ? '' : '~'}${percent(context.fill, UNKNOWN)}`;
}

function signals({ signals: all }: OnceState, { top = null }: TableSize): readonly string[] {
  const types = countBy(all, ({ signal }) => signal);
  const shown = types.slice(0, top ?? types.length);
  const lines = shown.map(([type, of]) => {
    const fates = countBy(of, ({ fate }) => fate ?? 'open').map(([fate, some]) => `${some.length} ${fate}`);
    return `  ${type}: ${fates.join(', ')}`;
  });
  return [...section('Signals', lines, all.length), ...more(types, shown)];
}

function reactor({ reactor: { mode, workspaces, silences } }: OnceState, width: number): readonly string[] {
  const columns = [
    { title: 'WORKSPACE' },
    { title: 'STATE' },
    { title: 'CHECKPOINTER' },
    { title: 'LAST SNAPSHOT' },
    { title: 'TODAY', align: 'right' },
    { title: 'COST', align: 'right' },
    { title: 'REASON' },
  ] as const;
  const row = ({
    workspace,
    state,
    checkpointer,
    last_snapshot,
    cost,
    cost_today,
  }: WorkspaceJson): readonly string[] => [
    workspace,
    state,
    [checkpointer.name, checkpointer.version ?? []].flat().join(' '),
    last_snapshot?.id ?? UNKNOWN,
    costText(cost_today ?? null),
    costText(cost ?? null),
    checkpointer.reason,
  ];
  return [
    `Reactor: mode ${mode}`,
    ...(workspaces.length === 0
      ? ['  no workspace is configured (--workspace DIR)']
      : textTable(columns, workspaces.map(row), width)),
    ...silences.map(
      ({ id, ends_at, held_back }) => `  silence ${id} until ${shortTime(ends_at)}, held back ${held_back}`,
    ),
  ];
}

function bySeverity(a: InterruptionJson, b: InterruptionJson): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

function worstFirst(a: InterruptionJson, b: InterruptionJson): number {
  const isOver = ({ resolved, downgraded, acked }: InterruptionJson): number =>
    Number(resolved || downgraded !== null || acked !== null);
  return isOver(a) - isOver(b) || bySeverity(a, b);
}

function more(all: readonly unknown[], shown: readonly unknown[]): readonly string[] {
  return all.length === shown.length ? [] : [`  … ${all.length - shown.length} more (--top)`];
}

function section(title: string, lines: readonly string[], count: number): readonly string[] {
  return count === 0 ? [] : [`${title} (${count})`, ...lines];
}

function countBy<T>(list: readonly T[], keyOf: (one: T) => string): [string, readonly T[]][] {
  return [...Map.groupBy(list, keyOf)].sort(([, a], [, b]) => b.length - a.length);
}

function agentsOf(list: readonly InterruptionJson[]): string {
  return countBy(list, ({ agent }) => agent)
    .map(([agent, of]) => `${agent} ×${of.length}`)
    .join(', ');
}

/** `2026-11-23 14:03:12` */
function shortTime(time: IsoTime): string {
  return time.slice(0, 19).replace('T', ' ');
}

function maybeShort(time: IsoTime | null): string {
  return time === null ? UNKNOWN : shortTime(time);
}
