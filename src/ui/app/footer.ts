import { TWO_COLUMNS } from './layout.ts';
import { filterText } from './list.ts';
import { illSources } from '../views/sources/rows.ts';
import { bindingsOf } from './keymap.ts';
import { availabilityOf, keyLabel } from './key-context.ts';
import { keyContextOf } from './keymap.ts';
import type { FooterProps, KeyHint } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';
import { count } from '../render/values.ts';
import type { Binding, Context } from './bindings.ts';
import { quitQuestion } from './keys/quit.ts';
import { takeOverTarget } from './keys/acting.ts';
import { pausedOne } from './keys/pause.ts';
import { askingBudget } from '../views/budgets/rows.ts';
import { unconfirmedFolder } from '../views/signals/confirm-folder.ts';
import { type Line, type Segment, fitLine, lineWidth, span, spread } from '../render/line.ts';

/** The ways out, at the right; the first gives way to the others. */
const KEPT: readonly string[] = ['commands', 'back', 'close', 'cancel', 'stay', 'drop', 'no', 'help', 'quit'];
/** The actions in the panes, best first; the rest is in the help. */
const USUAL: readonly string[] = [
  'veto',
  'fire',
  'take-over',
  'pause',
  'open',
  'ack',
  'checkpoint',
  'silence',
  'open-group',
  'written',
  'resolve',
  'cause',
  'copy-id',
  'filter',
  'order',
  'zoom',
];
const ALWAYS_QUITS = keyLabel('ctrl-c');
/** From this width on keys are named in full, and the last ones dropped; below, all of them briefly. */
const IN_FULL = TWO_COLUMNS;
/** The keys that decide about a held checkpoint. */
const URGENT: readonly string[] = ['veto', 'fire'];
/** While a checkpoint is held, what decides about it and what is known of it come before everything else. */
const HELD: readonly string[] = [
  'veto',
  'fire',
  'pause',
  'ack',
  'silence',
  'open',
  'open-group',
  'checkpoint',
  'written',
  'copy-id',
  'filter',
];
/** In a fleet, and on a host of one: where a key acts comes before what it acts on, and is always named. */
const WHERE_IT_ACTS: readonly string[] = ['veto', 'fire', 'open', 'mode'];
const OF_HOSTS: readonly string[] = [...WHERE_IT_ACTS, 'pause', 'ack', 'silence', 'checkpoint', 'copy-id', 'filter'];
/** With nothing selected: what the program can do, and where to go. */
const NOTHING_SELECTED: readonly string[] = ['veto', 'fire', 'take-over', 'mode', 'log'];
/** The actions that never need a selection. */
const ACTING: ReadonlySet<string> = new Set([
  'veto',
  'fire',
  'take-over',
  'mode',
  'log',
  'filter',
  'freeze',
  'zoom',
  'order',
]);

/** Returns what the last line shows: the keys of where we are, each with what it would do if pressed now. */
export function footerHints(context: Context, { ascii }: Theme): Omit<FooterProps, 'width' | 'theme'> {
  const keyContext = keyContextOf(context.view);
  const bindings = bindingsOf(keyContext, context.view.keys).filter((binding) => binding.keys.length > 0);
  const hint = (binding: Binding): KeyHint | null => keyHint(binding, context, ascii);
  const named = (ids: readonly string[]): readonly KeyHint[] =>
    ids.flatMap((id) => {
      const binding = bindings.find((one) => one.id === id && isWorthShowing(one, context));
      return binding === undefined ? [] : (hint(binding) ?? []);
    });
  // Where `q` is an answer, or a letter, the key that always quits stands in the help.
  const keep = named(KEPT.filter((id) => isWayOut(id, context))).filter(({ key }) => key !== ALWAYS_QUITS);
  if (keyContext === 'filter') return { left: filterLine(context), hints: [], keep: named(['keep', 'drop']) };
  if (keyContext === 'confirm') return { left: [span(questionOf(context))], hints: [], keep: answersOf(context) };
  if (keyContext === 'quit') {
    const question = quitQuestion(context.live, context.view.now);
    return { left: [span(question)], hints: [], keep: named(['fire-and-quit', 'quit-now', 'stay']) };
  }
  if (keyContext === 'panes') {
    const hints = [...readOnlyHint(context), ...named(orderIn(context))];
    const where = isOfHosts(context) ? named(WHERE_IT_ACTS).length : 0;
    return { left: [], hints, keep, least: where };
  }
  // The keys of a view in its own order; what decides about a held checkpoint first.
  const own = bindings.filter(({ id, footer }) => footer === true && !KEPT.includes(id) && !URGENT.includes(id));
  const hints = own.flatMap((one) => (one.yields !== true && isWorthShowing(one, context) ? (hint(one) ?? []) : []));
  return { left: [], hints: [...named(URGENT), ...hints], keep };
}

function questionOf({ view: { overlay } }: Context): string {
  return overlay.type === 'confirm' ? overlay.question : '';
}

function answersOf({ view: { overlay } }: Context): readonly KeyHint[] {
  return overlay.type === 'confirm' ? [answer('y', overlay.yes), answer('n', overlay.no)] : [];
}

const READ_ONLY = 'read-only, no key acts';

function readOnlyHint({ live }: Context): readonly KeyHint[] {
  return live.readOnly ? [{ key: '', label: READ_ONLY, brief: READ_ONLY }] : [];
}

function answer(key: string, label: string): KeyHint {
  return { key, label, brief: label };
}

function orderIn(context: Context): readonly string[] {
  const { live, view, list, shown } = context;
  const isHeld = live.workspaces.some(({ hold }) => hold !== null);
  const isFailed = live.workspaces.some(({ failures }) => failures > 0);
  const first = [
    ...(askingBudget(live.budgets) === null ? [] : ['budgets']),
    ...(view.frozen === null ? [] : ['freeze']),
    ...(isFailed ? ['log'] : []),
    ...(unconfirmedFolder(context) === null ? [] : ['confirm-folder']),
    // In a fleet each row of a host tells that.
    ...(live.fleet === undefined && illSources(live).some(({ health }) => health.status === 'lost') ? ['sources'] : []),
  ];
  const isEmpty = list.rows(shown).length === 0 || context.pane.copied(context) === null;
  const usual = isEmpty ? NOTHING_SELECTED : isOfHosts(context) ? OF_HOSTS : isHeld ? HELD : USUAL;
  return [...first, ...usual.filter((id) => !isEmpty || ACTING.has(id))];
}

function isOfHosts({ live }: Context): boolean {
  return live.fleet !== undefined || live.attachment?.host !== undefined;
}

// Where there is a step back, it takes the room of the commands.
function isWayOut(id: string, { view }: Context): boolean {
  if (id === 'commands') return view.overlay.type === 'none' && view.back.length === 0 && !view.panel;
  if (id === 'back' && view.overlay.type === 'none') return view.back.length > 0 || view.panel;
  return true;
}

function isWorthShowing(binding: Binding, context: Context): boolean {
  // While its engine acts, there is nothing to take over.
  if (binding.id === 'take-over') return takeOverTarget(context)?.lock.type === 'gone';
  // Of most agents it stands in the help alone.
  if (binding.id === 'pause') return pausedOne(context) !== null || isOverBudget(context);
  return true;
}

function isOverBudget({ live, target: { agent, conversationId } }: Context): boolean {
  return live.budgets.some(({ level, isAccepted, ...budget }) => {
    const isIts = budget.conversationId === null ? budget.agent === agent : budget.conversationId === conversationId;
    return level === 'reached' && !isAccepted && agent !== null && isIts;
  });
}

// The reason of a disabled key is shown only when it is pressed.
function keyHint(binding: Binding, context: Context, ascii: boolean): KeyHint | null {
  const hint = availabilityOf(binding, context);
  if (!hint.enabled) return null;
  const label = hint.label ?? binding.label;
  const key = keyLabel(binding.keys[0] ?? '', ascii);
  return { key, label: labelText(label, hint.preview), brief: labelText(label, hint.brief) };
}

function labelText(label: string, more: string): string {
  return [label, more].filter(Boolean).join(' ');
}

function filterLine({ view, list, shown }: Context): Line {
  const all = list.all(shown);
  const text = filterText(view, list.name);
  const problem = list.filter(shown)?.problem ?? null;
  const found = problem ?? `${count(list.rows(shown).length)} of ${count(all)}`;
  return [span('/', 'key'), span(` ${text}_   `), span(found, problem === null ? 'plain' : 'warning')];
}

const GAP: Segment = span('  ');
/** A blank at each end, and two between the keys of the keyContext and the ways out. */
const MARGINS = 4;

/** The keys with what each would do now: from the right on, what does not fit is left out. */
export function footerLine({ width, theme, left, hints, keep, least = 0 }: FooterProps): Line {
  let ways = keep;
  // The first of the ways out gives way where it would leave no room for what can be done.
  while (ways.length > 2 && lineWidth(withGaps(ways.map(hintLine))) > width / 2) ways = ways.slice(1);
  const right = withGaps(ways.map(hintLine));
  const room = width - lineWidth(right) - MARGINS;
  const full = width >= IN_FULL ? inFull(hints, room) : [];
  const isEnough = width >= IN_FULL && full.length >= Math.min(least, hints.length);
  const named = isEnough ? full : briefly(width >= IN_FULL ? hints.slice(0, least) : hints, room);
  const line = left.length > 0 ? left : withGaps(named.map(hintLine));
  return spread(
    [span(' '), ...fitLine(line, Math.max(0, room), theme.glyphs)],
    [GAP, ...right, span(' ')],
    width,
    theme.glyphs,
  );
}

// From the first on; one that has no room in full is named briefly, and the rest is dropped.
function inFull(hints: readonly KeyHint[], room: number): readonly KeyHint[] {
  const kept: KeyHint[] = [];
  for (const hint of hints) {
    const fitting = [hint, inBrief(hint)].find((one) => widthOfAll([...kept, one]) <= room);
    if (fitting === undefined) break;
    kept.push(fitting);
  }
  return kept;
}

function inBrief({ key, brief }: KeyHint): KeyHint {
  return { key, label: brief, brief };
}

// As many in brief as there is room for; then, from the first on, in full.
function briefly(hints: readonly KeyHint[], room: number): readonly KeyHint[] {
  const short = hints.map(inBrief);
  let shown = 0;
  while (shown < hints.length && widthOfAll(short.slice(0, shown + 1)) <= room) shown += 1;
  let kept = short.slice(0, shown);
  for (let at = 0; at < shown; at += 1) {
    const fuller = kept.with(at, hints[at] ?? { key: '', label: '', brief: '' });
    if (widthOfAll(fuller) <= room) kept = fuller;
  }
  return kept;
}

function widthOfAll(hints: readonly KeyHint[]): number {
  return lineWidth(withGaps(hints.map(hintLine)));
}

function withGaps(parts: readonly Line[]): Line {
  return parts.flatMap((part, at) => (at === 0 ? part : [GAP, ...part]));
}

function hintLine({ key, label }: KeyHint): Line {
  if (key === '') return [span(label)];
  return [span(key, 'key'), span(label === '' ? '' : ` ${label}`)];
}
