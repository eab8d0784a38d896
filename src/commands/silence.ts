import { ConfigError } from '../config/error.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import type { ActionResult } from '../core/actions.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type { Matcher, Silence } from '../core/signals.ts';
import { cleanLine } from '../core/text.ts';
import { inspect } from '../effects/pin/inspect.ts';
import { print, printJson } from '../effects/terminal/output.ts';
import { left, timeOfDay } from '../wording/units.ts';
import { type Answer, printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { openState, type StateSession, unusable } from './acting/state.ts';
import { type Asked, configOf, findState } from './acting/target.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './iso-time.ts';
import { silenceJson } from './once/document.ts';
import { tableWidth } from './table-width.ts';
import { textTable } from './text-table.ts';

/** The task of one of the commands, and its target. */
type Given<Name extends 'silence add' | 'silence list' | 'silence extend' | 'silence end'> = {
  readonly values: CommandValues<Name>;
  readonly flags: Flags;
};

/** Sets a silence; resolves to the exit code. Throws ConfigError. */
export async function addSilence({ values, flags }: Given<'silence add'>): Promise<number> {
  const asked = askedOf(values, flags);
  const matcher = await matcherOf(values, asked);
  const { for: durationMs, reason } = values;
  return change('silence add', asked, values.json, (session) =>
    session.act({ type: 'silence', matcher, durationMs, reason: reason && cleanLine(reason, MAX_TEXT_LENGTH) }),
  );
}

/** Makes a silence end later; resolves to the exit code. Throws ConfigError. */
export function extendSilence({
  values,
  flags,
  id,
}: Given<'silence extend'> & { readonly id: string }): Promise<number> {
  return change('silence extend', askedOf(values, flags), values.json, (session) =>
    session.act({ type: 'extend_silence', id, byMs: values.by }),
  );
}

/** Ends a silence; resolves to the exit code. Throws ConfigError. */
export function endSilence({ values, flags, id }: Given<'silence end'> & { readonly id: string }): Promise<number> {
  return change('silence end', askedOf(values, flags), values.json, (session) =>
    session.act({ type: 'unsilence', id }),
  );
}

/** Prints the silences; resolves to the exit code. Throws ConfigError. */
export async function listSilences({ values, flags }: Given<'silence list'>): Promise<number> {
  const { json } = values;
  const target = await findState(askedOf(values, flags));
  if (!target.ok) return printNoTarget(target.reason, { json, command: 'silence list' });
  const session = await openState(target.value, { acts: false });
  if (!('view' in session)) return printAnswer(unusable(session), { json, command: 'silence list' });
  const { at, host, silences } = session.view();
  await session.close();
  if (json) {
    printJson({ schema: 'sightline.silences/1', at: isoTime(at), host, silences: silences.map(silenceJson) });
    return EXIT.done;
  }
  const rows = silences.map(({ id, matcher, endsAt, heldBack, createdBy, reason }) => [
    id,
    wordMatcher(matcher),
    left(endsAt, at),
    timeOfDay(endsAt, at),
    String(heldBack),
    createdBy,
    reason ?? '',
  ]);
  print(rows.length === 0 ? 'no silence' : textTable(COLUMNS, rows, tableWidth()).join('\n'));
  return EXIT.done;
}

const COLUMNS = [
  { title: 'ID' },
  { title: 'WHAT' },
  { title: 'LEFT', align: 'right' },
  { title: 'UNTIL' },
  { title: 'HELD BACK', align: 'right' },
  { title: 'BY' },
  { title: 'REASON' },
] as const;

function askedOf({ engine }: { readonly engine: number | null }, flags: Flags): Asked {
  return { flags, workspace: '', engine };
}

// The workspace is meant twice: whose engine it is, and what is silenced.
async function matcherOf(values: CommandValues<'silence add'>, asked: Asked): Promise<Matcher> {
  const { agent, signal, conversation, all } = values;
  const given = asked.flags.workspace === undefined ? null : configOf(asked).workspaces.fallback;
  const matcher: Matcher = {
    ...(conversation !== null && { conversation }),
    ...(agent !== null && { agent }),
    ...(signal !== null && { signal }),
    ...(given !== null && { workspace: (await inspect(given)).name }),
  };
  const isEmpty = Object.keys(matcher).length === 0;
  if (isEmpty === all) return matcher;
  throw new ConfigError(
    isEmpty
      ? 'silence add: name what is silenced: --agent, --signal, --conversation or --workspace; --all silences everything'
      : 'silence add: --all silences everything; leave it out, or the others',
  );
}

async function change(
  command: string,
  asked: Asked,
  json: boolean,
  act: (session: StateSession) => Promise<ActionResult>,
): Promise<number> {
  const target = await findState(asked);
  if (!target.ok) return printNoTarget(target.reason, { json, command });
  const session = await openState(target.value, { acts: true });
  if (!('view' in session)) return printAnswer(unusable(session), { json, command });
  const result = await act(session);
  const { at } = session.view();
  const answer = answerOf(result, silenceIn(session), at, command === 'silence end');
  await session.close();
  return printAnswer(answer, { json, command, engine: session.engine });
}

function silenceIn({ notices }: StateSession): Silence | null {
  const told = notices.findLast((notice) => notice.type === 'operator' && notice.silence !== undefined);
  return told?.type === 'operator' ? (told.silence ?? null) : null;
}

function answerOf(result: ActionResult, silence: Silence | null, at: number, isEnd: boolean): Answer {
  if (!result.ok) return refused(result);
  const id = result.value.code === 'accepted' ? result.value.target : (silence?.id ?? '');
  const until =
    silence === null || isEnd ? '' : `: ${wordMatcher(silence.matcher)}, until ${timeOfDay(silence.endsAt, at)}`;
  return {
    ok: true,
    outcome: isEnd ? 'ended' : 'silenced',
    lines: [`${id}${isEnd ? ' ended' : until}`],
    reason: null,
    code: null,
    facts: { silence: silence?.id === id ? silenceJson(silence) : null, silence_id: id },
  };
}

/** Formats what a silence is about: `agent_crash of Hermes in /srv/a`. */
function wordMatcher({ signal, agent, conversation, workspace }: Matcher): string {
  const parts = [
    signal ??
      (agent === undefined && conversation === undefined && workspace === undefined ? 'everything' : 'every signal'),
    ...(agent === undefined ? [] : [`of ${agent}`]),
    ...(conversation === undefined ? [] : [`of conversation ${conversation}`]),
    ...(workspace === undefined ? [] : [`in ${workspace}`]),
  ];
  return parts.join(' ');
}
