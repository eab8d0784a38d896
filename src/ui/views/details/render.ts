import { contextUseOf } from '../../../core/model/meters/trouble.ts';
import { type Money, workspaceMoney } from '../../../core/model/meters/money.ts';
import { moneyShort, moneyWords } from '../../../wording/money.ts';
import { wordMaker } from '../../../wording/snapshots.ts';
import { wordAvailability } from '../../../wording/checkpointers.ts';
import { wordChoice } from '../../../wording/refusals.ts';
import { rollUp } from '../../../core/model/families.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import { fateOf, signalMark } from '../signals/rows.ts';
import { familiesIn } from '../../ladder/family-rows.ts';
import { signalDetailLines } from '../signals/detail.ts';
import { shortName } from '../workspaces/names.ts';
import { restsOn } from '../sources/rows.ts';
import { lineOf } from '../workspaces/rows.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame, type Framed } from '../../render/frame.ts';
import type { Line } from '../../render/line.ts';
import { age, counted, percent, summed, timeOfDay, tokens } from '../../render/values.ts';
import type { DetailsProps } from '../../app/pane-props.ts';
import type { PaneName } from '../../app/state.ts';
import { agentDetailLines } from '../agents/detail.ts';
import { factsOf } from '../call/render.ts';
import { outside } from '../../widgets/list.ts';
import { Page } from '../../widgets/page.ts';

/** Cells before the text of a fact. */
const NAME_WIDTH = 13;
/** Most signals of a conversation and snapshots of a workspace that are listed, the newest. */
const MAX_LISTED = 8;
const INDENT = 2;

type Section = (page: Page, props: DetailsProps) => void;

/** The sections beside each list, the selected row of that list first. */
const SECTIONS: Readonly<Record<PaneName, readonly Section[]>> = {
  conversations: [conversationSection, callSection, snapshotSection],
  calls: [callSection, conversationSection, snapshotSection],
  workspaces: [workspaceSection, snapshotSection],
  signals: [snapshotSection, conversationSection],
  agents: [],
};

/** Returns the details of the selected row, beside the lists of a wide screen. */
export function detailsLines(props: DetailsProps): readonly Line[] {
  const { width, height, theme, focus } = props;
  const lines = focus === 'agents' ? ofAgent(props) : [...ofSignal(props), ...written(props)];
  const room = Math.max(0, height - FRAME_ROWS);
  return frame({
    width,
    height,
    theme,
    focused: false,
    ...titleOf(props),
    foot: outside(0, Math.max(0, lines.length - room), theme),
    lines: lines.slice(0, room),
  });
}

function titleOf({ focus, selected: { agent } }: DetailsProps): Pick<Framed, 'title' | 'right'> {
  if (focus === 'signals') return { title: 'Why', right: 'j k next signal' };
  return focus === 'agents' && agent !== null ? { title: agent.name, right: 'j k next agent' } : { title: 'Details' };
}

function ofAgent({ agent: detail, selected, view, now, width, height, theme }: DetailsProps): readonly Line[] {
  const { agent } = selected;
  if (detail === null || agent === null) return [];
  return agentDetailLines({ view, now, theme, width: width - FRAME_COLUMNS, agent, detail }, height - FRAME_ROWS);
}

function ofSignal({ focus, selected: { signal }, view, now, width, theme }: DetailsProps): readonly Line[] {
  if (focus !== 'signals' || signal === null) return [];
  return [...signalDetailLines(signal, { view, now, theme, width: width - FRAME_COLUMNS }), []];
}

function written(props: DetailsProps): readonly Line[] {
  const page = new Page(props.width - FRAME_COLUMNS, NAME_WIDTH);
  for (const section of SECTIONS[props.focus] ?? []) section(page, props);
  if (page.lines.length === 0) page.text('nothing selected', 'dim');
  return page.lines;
}

function conversationSection(page: Page, props: DetailsProps): void {
  const conversation = conversationOf(props);
  if (conversation === null) return;
  const { now, theme, view } = props;
  const { none } = theme.glyphs;
  page.head('Conversation');
  page.fact('id', conversation.conversationId);
  page.fact('agent', conversation.agent, 'strong');
  page.fact('models', conversation.models.join(', '));
  page.fact('user query', conversation.userQuery);
  page.fact('calls', callsText(conversation), conversation.totals.failed > 0 ? 'warning' : 'plain');
  page.fact('tokens', tokensText(conversation));
  page.fact('summary', summaryText(conversation));
  page.fact('cache', cacheText(conversation, none));
  page.fact('sub-agents', subAgentsText(conversation, view));
  if (conversation.firstCallAt !== null) page.fact('first call', `started ${timeOfDay(conversation.firstCallAt, now)}`);
  if (conversation.lastCallAt !== null) {
    page.fact(
      'last call',
      `${timeOfDay(conversation.lastCallAt, now)}, ${age(conversation.lastCallAt, now, none)} ago`,
    );
  }
  page.fact('sources', restsOn(view, conversation.sources));
  page.fact('unresolved', conversation.flags.join(', '), 'warning');
  const signals = view.signals.filter(({ signal }) => signal.conversationId === conversation.conversationId);
  for (const record of signals.slice(0, MAX_LISTED)) signalLines(page, record, props);
}

// Beside a signal its own conversation is shown, whichever is selected in the list.
function conversationOf({ focus, selected, view }: DetailsProps): ConversationView | null {
  if (focus !== 'signals') return selected.conversation;
  const id = selected.signal?.signal.conversationId ?? null;
  return view.model.conversations.find(({ conversationId }) => conversationId === id) ?? null;
}

function callsText({ totals: { calls, failed }, summary }: ConversationView): string {
  const all = summary === null ? counted(calls, 'call') : `${summed(calls, summary)} calls`;
  return `${all}${failed === 0 ? '' : `, ${tokens(failed)} failed`}`;
}

// The figures above are its own.
function subAgentsText(conversation: ConversationView, { model }: DetailsProps['view']): string | null {
  const { subAgents, totals } = rollUp(conversation, familiesIn(model.conversations));
  if (subAgents === 0) return null;
  const { calls, failed, promptTokens, outputTokens } = totals;
  const failures = failed === 0 ? '' : `, ${tokens(failed)} failed`;
  return `${tokens(subAgents)}; with them ${counted(calls, 'call')}${failures}, ${tokens(promptTokens)} in, ${tokens(outputTokens)} out`;
}

function tokensText({ totals: { promptTokens, outputTokens }, summary }: ConversationView): string {
  return `${summed(promptTokens, summary)} in, ${summed(outputTokens, summary)} out`;
}

function summaryText({ summary }: ConversationView): string | null {
  return summary === null ? null : `${counted(summary.calls, 'call')} not read yet`;
}

function cacheText({ totals: { cacheRatio }, summary }: ConversationView, none: string): string {
  if (cacheRatio === null) return summary === null ? 'not reported' : 'unknown';
  return `${percent(cacheRatio, none)} of the input read from the cache`;
}

function signalLines(page: Page, record: SignalRecord, { view, now }: DetailsProps): void {
  const { signal } = record;
  const fate = fateOf(view, record, now);
  page.text(`${timeOfDay(signal.at, now)} ${signal.type}`, signalMark(view, record, now).tone);
  page.text(fate.text, fate.tone, INDENT);
}

function callSection(page: Page, { selected: { call, conversation }, view, theme }: DetailsProps): void {
  if (call === null) return;
  page.head('Call');
  const known = { context: contextUseOf(conversation ?? {}), contextShare: view.trouble.contextShare };
  const about = { ...known, asked: null, failures: 0, signal: null, files: [], openTool: null, cwd: null };
  factsOf(page, { call, about, content: { type: 'loading' } }, theme.glyphs);
  page.fact('error', call.error, 'critical');
}

function workspaceSection(page: Page, { selected: { workspace }, view, now }: DetailsProps): void {
  if (workspace === null) return;
  const { text, tone, remedy } = lineOf(view, workspace, now);
  const { name, version, usedRatio } = workspace.availability;
  page.head('Workspace');
  page.fact('path', workspace.path, 'strong');
  page.fact('state', text, tone);
  page.fact('', remedy, 'dim');
  page.fact('agents', workspace.agents.join(', '));
  page.fact('checkpointer', [name, version].filter(Boolean).join(' '));
  page.fact('', wordAvailability(workspace.availability) || wordChoice(workspace.why), 'dim');
  const { hour, today, total } = workspaceMoney(workspace.spent, now);
  const spent = [
    ...amount(hour, 'last hour'),
    ...amount(today, 'today'),
    ...(total === null ? [] : [`${moneyWords(total)} in all`]),
  ];
  page.fact('spent', spent.join(', '));
  if (usedRatio !== null) page.fact('store', `${percent(usedRatio, '')} full`);
  if (workspace.failures > 0) page.fact('failures', `${workspace.failures} in a row`, 'warning');
}

function amount(money: Money | null, of: string): readonly string[] {
  return money === null || money.basis === 'unknown' ? [] : [`${moneyShort(money)} ${of}`];
}

function snapshotSection(page: Page, { workspace: path, view, now, theme }: DetailsProps): void {
  const workspace = view.workspaces.find((one) => one.path === path);
  if (workspace === undefined) return;
  page.head(`Last snapshots of ${shortName(workspace.path, view)}`);
  const newest = workspace.snapshots.slice(-MAX_LISTED).toReversed();
  if (newest.length === 0) page.text('none yet', 'dim');
  for (const snapshot of newest) {
    page.fact(snapshotAge(snapshot, now, theme.glyphs.none), snapshot.id, 'good');
    page.fact('', wordMaker(snapshot), 'dim');
  }
}

function snapshotAge({ at }: SnapshotView, now: number, unknown: string): string {
  return at === 0 ? unknown : `${age(at, now, unknown)} ago`;
}
