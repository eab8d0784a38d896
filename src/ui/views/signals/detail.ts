import { isMoment } from '../../../core/moments.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import type { SignalOrigin } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { interruptionOf } from '../../ladder/open-signals.ts';
import { type Line, type Segment, span, wrapped } from '../../render/line.ts';
import { shortId } from '../../render/names.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { timeOfDay } from '../../render/values.ts';
import { widthOf } from '../../render/width.ts';
import { ackOf } from '../../../core/reactor/acks/covers.ts';
import { wordAckBy, wordAckEnd } from '../../../wording/acks.ts';
import { wordCause } from '../../../wording/fates.ts';
import { type Check, checksOf, ruleOf, settingsOf, thenOf, unknownWhy, waitsOf } from './reasons.ts';
import { fateOf, ownerOf, signalMark, stateOf } from './rows.ts';

/** Cells of the name of a fact. */
const NAME_WIDTH = 10;
/** Lines that one fact takes at most. */
const MAX_LINES = 4;

type Panel = {
  readonly view: EngineView;
  readonly now: Ms;
  readonly theme: Theme;
  readonly width: number;
};

/** Draws the details of a signal: what was seen, how it is known, the rule, the checks, and the outcome. */
export function signalDetailLines(record: SignalRecord, panel: Panel): readonly Line[] {
  const { view, now, theme } = panel;
  const { signal, reports } = record;
  const fate = fateOf(view, record, now);
  const state = stateOf(view, record, now);
  const detail = interruptionOf(view, record)?.detail.text ?? '';
  const asked =
    view.model.conversations.find(({ conversationId }) => conversationId === signal.conversationId)?.userQuery ?? null;
  const owner = asked ?? ownerOf(view, record);
  const repeated = reports.count === 1 ? '' : `, ${reports.count} times by ${timeOfDay(reports.lastAt, now)}`;
  const { sign, tone } = signalMark(view, record, now);
  const head = `${theme.glyphs[sign]} ${signal.type} of ${signal.agent ?? 'unknown'}, ${signal.severity}`;
  return [
    [span(head, tone)],
    ...wrapped(owner, panel.width, 1, theme.glyphs).map((line): Line => [span(line)]),
    [],
    ...fact('seen', `${wordCause(signal.cause)}, ${timeOfDay(signal.at, now)}${repeated}`, panel),
    ...fact('', detail, panel, 'dim'),
    ...fact('known by', isMoment(signal.type) ? "the agent's own records" : KNOWN_BY[signal.origin], panel),
    ...(state === null ? [] : fact('state', state.text, panel, state.tone)),
    [],
    ...whyLines(record, panel),
    [],
    ...fact('fate', `${fate.sign === 'none' ? '' : `${theme.glyphs[fate.sign]} `}${fate.text}`, panel, fate.tone),
    ...fact('acked', ackedText(record, panel), panel),
    ...fact('workspace', signal.workspace ?? 'none is configured for its agent', panel),
    ...fact('id', `${shortId(signal.signalId)}  y copy`, panel),
  ];
}

// Who, when, until when, and why.
function ackedText(record: SignalRecord, { view, now }: Panel): string {
  const ack = ackOf(view.acks, record);
  if (ack === null) return '';
  const note = ack.note === null ? '' : `: ${ack.note}`;
  return `by ${wordAckBy(ack)} at ${timeOfDay(ack.at, now)}${wordAckEnd(ack, now)}${note}  a takes it back`;
}

// The rule, each check with its result, what it waits for, and what comes then.
function whyLines(record: SignalRecord, panel: Panel): readonly Line[] {
  const { view, now, theme } = panel;
  const rule = ruleOf(record);
  const checks = checksOf(record, view, theme.glyphs.arrow);
  return [
    ...(rule === null ? fact('settings', unknownWhy(record.signal), panel) : fact(rule.name, rule.text, panel)),
    ...(checks.length === 0 ? [] : [[], ...checkLines(checks, panel)]),
    ...fact('waits', waitsOf(record, now), panel),
    ...fact('then', thenOf(record, view), panel),
    ...fact('settings', settingsOf(record), panel, 'dim'),
  ];
}

// As many as a line has room for, whole ones only; the one that was not passed has lines of its own.
function checkLines(checks: readonly Check[], panel: Panel): readonly Line[] {
  const { width, theme } = panel;
  const rows: Line[] = [];
  let row: Segment[] = [];
  let used = 0;
  for (const { passed, text } of checks.filter((check) => check.passed)) {
    const own = widthOf(text) + 2;
    if (used > 0 && used + 2 + own > width - NAME_WIDTH) {
      rows.push(row);
      [row, used] = [[], 0];
    }
    const gap = used === 0 ? '' : '  ';
    row.push(span(gap), span(`${passed ? theme.glyphs.ok : theme.glyphs.failed} `, 'good'), span(text));
    used += widthOf(gap) + own;
  }
  if (row.length > 0) rows.push(row);
  const failed = checks.find((check) => !check.passed);
  const last = failed === undefined ? [] : wrapped(failed.text, width - NAME_WIDTH - 2, MAX_LINES, theme.glyphs);
  const why = last.map((line, at): Line => [span(at === 0 ? `${theme.glyphs.failed} ` : '  ', 'critical'), span(line)]);
  return [...rows, ...why].map((line, at): Line => [
    span((at === 0 ? 'checks' : '').padEnd(NAME_WIDTH), 'dim'),
    ...line,
  ]);
}

const KNOWN_BY: Readonly<Record<SignalOrigin, string>> = {
  call: "the call's own text",
  interruption: 'an interruption that its source reports',
  derived: 'derived here: the source reports none',
  api: 'a program, through the API',
};

function fact(name: string, text: string, { width, theme }: Panel, tone: Tone = 'plain'): readonly Line[] {
  if (text === '') return [];
  return wrapped(text, width - NAME_WIDTH, MAX_LINES, theme.glyphs).map((line, at): Line => {
    return [span((at === 0 ? name : '').padEnd(NAME_WIDTH), 'dim'), span(line, tone)];
  });
}
