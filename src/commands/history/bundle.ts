import type { Config } from '../../config/config.ts';
import type { Call } from '../../core/calls.ts';
import type { CallContent, ContentMessage } from '../../core/content.ts';
import type { Feed, FeedSink } from '../../core/feed.ts';
import type { Explanation } from '../../core/history/explain.ts';
import { cleanLine, cleanText } from '../../core/text.ts';
import { type Ms, nsToMs } from '../../core/units.ts';
import { VERSION } from '../../core/version.ts';
import { errorClass } from '../../core/reactor/detect/error-text.ts';
import { peekJournal } from '../../effects/state/journal-peek.ts';
import { systemClock } from '../../effects/clock.ts';
import { writeNewFile } from '../../effects/new-file.ts';
import { complain, printLines } from '../../effects/terminal/output.ts';
import { openEngine } from '../../engine/wire.ts';
import type { Engine } from '../../engine/types.ts';
import { wordFileCause } from '../../wording/files.ts';
import { wordNoContent } from '../../wording/records.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { counted, duration } from '../../wording/units.ts';
import { EXIT } from '../exit-codes.ts';
import { openLogger } from '../logger.ts';
import { explainLines, utc } from './explain.ts';

export type BundleOptions = {
  readonly file: string;
  readonly content: boolean;
  /** Replaces a file that is there. */
  readonly force: boolean;
};

/** Characters of a diff, and of a prompt with its answer, that a report holds. */
const MAX_DIFF = 64 * 1024;
const MAX_CONTENT = 64 * 1024;
/** Calls of the conversation before the one that a signal is about, and after it. */
const CALLS_BEFORE = 12;
const CALLS_AFTER = 4;
/** Files of a snapshot that are listed. */
const MAX_FILES = 200;
/** Characters of an error text: it may repeat the prompt, so no more than its beginning. */
const MAX_ERROR = 300;
/** Cells of a line of the explanation. */
const WIDTH = 120;

/** Writes a report of an incident as Markdown; resolves to the exit code. */
export async function writeBundle(
  config: Config,
  explanation: Explanation,
  { file, content, force }: BundleOptions,
): Promise<number> {
  const sections = await gather(config, explanation, content);
  const written = writeNewFile(file, `${markdown(explanation, config.host, sections)}\n`, force);
  if (!written.ok) {
    const isThere = written.reason.code === 'errno' && written.reason.errno === 'EEXIST';
    const remedy = isThere ? '; --force replaces it' : '';
    complain(`explain: cannot write ${file}: ${wordFileCause(written.reason)}${remedy}`, 'error');
    return EXIT.wrong;
  }
  printLines([`written to ${file}`]);
  return EXIT.done;
}

type Section = { readonly title: string; readonly lines: readonly string[] };

function markdown({ subject, signals, run }: Explanation, host: string, sections: readonly Section[]): string {
  const signal = signals[0]?.signal;
  const what =
    signal === undefined ? subject.id : `${signal.type}${signal.agent === null ? '' : ` of ${signal.agent}`}`;
  const at = signal?.at ?? run?.startedAt ?? null;
  const head = [
    `# Incident: ${plain(what)}${at === null ? '' : `, ${utc(at)}`}`,
    '',
    `On ${plain(host)}; written by sightline ${VERSION} at ${utc(systemClock.now())}.`,
  ];
  return [...head, ...sections.flatMap(({ title, lines }) => ['', `## ${title}`, '', ...fenced(lines)])].join('\n');
}

// Foreign text: nothing in it may end the block that it stands in.
function fenced(lines: readonly string[]): readonly string[] {
  const text = lines.map((line) => cleanText(line, line.length)).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, text, fence];
}

// In a heading or a sentence: nothing that Markdown or HTML reads as more than text.
function plain(text: string): string {
  return cleanLine(text, 200).replaceAll(/[\\`*[\]<>#|!&]/gu, String.raw`\$&`);
}

async function gather(config: Config, explanation: Explanation, withContent: boolean): Promise<readonly Section[]> {
  const first: Section = { title: 'What happened', lines: explainLines(explanation, WIDTH) };
  const journal = peekJournal(config.stateDir, []);
  const wrapFeed = (feed: Feed): Feed => ({ ...feed, open: (sink, stop) => feed.open(past(sink), stop) });
  const options = { evict: false, takeOver: false, commitMs: null, journal, wrapFeed };
  const log = openLogger(config.talk, complain);
  const engine = await openEngine({ ...config, mode: 'observe' }, options, log.talk);
  try {
    await engine.start();
    const signal = explanation.signals[0]?.signal ?? null;
    const call = signal === null ? null : engine.queries.callOf(signal);
    return [
      first,
      { title: 'Calls', lines: callLines(engine, call, signal?.conversationId ?? null, signal?.at ?? null) },
      ...(await snapshotSections(engine, explanation)),
      ...(withContent ? [{ title: 'Prompt and answer', lines: await contentLines(engine, call) }] : []),
    ];
  } finally {
    await engine.close('explain');
    log.close();
  }
}

// Nothing of it is acted upon.
function past(sink: FeedSink): FeedSink {
  return {
    ...sink,
    events: (batch) =>
      sink.events(batch.map((event) => ('arrival' in event ? { ...event, arrival: 'historical' } : event))),
  };
}

function callLines(engine: Engine, call: Call | null, conversation: string | null, at: Ms | null): readonly string[] {
  const conversationId = call?.conversationId ?? conversation;
  const all = conversationId === null ? (call === null ? [] : [call]) : engine.calls(conversationId);
  if (all.length === 0) return ['No source has the calls any more.'];
  const found = all.findIndex((one) => one === call || (call !== null && one.callId === call.callId));
  const nearest = found >= 0 ? found : all.findLastIndex((one) => at === null || nsToMs(one.startNs) <= at);
  const begin = Math.max(0, nearest - CALLS_BEFORE);
  const shown = all.slice(begin, nearest + CALLS_AFTER + 1);
  const omitted = all.length - shown.length;
  return [
    ...shown.map((one, index) => `${begin + index === nearest ? '>' : ' '} ${callLine(one)}`),
    ...(omitted > 0 ? [`  (${counted(omitted, 'other call')} of the conversation)`] : []),
  ];
}

function callLine(call: Call): string {
  const { callId, startNs, endNs, status, statusCode, agent, pid, model, usage, error, finishReason } = call;
  const took = endNs === null ? null : nsToMs(endNs - startNs);
  const isFailed = status !== 'pending' && (error !== null || (statusCode ?? 0) >= 400);
  const facts = [
    utc(nsToMs(startNs)),
    agent,
    pid === null ? '' : `pid ${pid}`,
    model ?? '',
    status,
    statusCode === null ? '' : `HTTP ${statusCode}`,
    duration(took, ''),
    usage === null ? '' : `${usage.inputTokens} tokens in, ${usage.outputTokens} out`,
    finishReason ?? '',
    callId,
    isFailed ? errorClass(error, statusCode, call.recorded?.errorClass ?? null) : '',
    error === null ? '' : cleanLine(error, MAX_ERROR),
  ];
  return facts.filter(Boolean).join('  ');
}

async function snapshotSections(engine: Engine, { run }: Explanation): Promise<readonly Section[]> {
  if (run?.outcome?.type !== 'created') return [];
  const { workspace, snapshot } = run;
  const contents = await engine.queries.contents(workspace, snapshot);
  if (!contents.ok) return [{ title: 'Snapshot', lines: [`${snapshot}: ${wordRefusal(contents.reason)}`] }];
  const { since, files, total } = contents.value;
  const listed = files.slice(0, MAX_FILES);
  const title = `Snapshot ${plain(snapshot)}`;
  if (since === null) return [{ title, lines: ['The first one of the workspace: nothing to compare it with.'] }];
  const lines = [
    `${counted(total, 'file')} changed since ${since}`,
    ...listed.map(
      ({ path, change, added, removed }) => `  ${change.padEnd(8)}  ${lineCounts(added, removed)}  ${path}`,
    ),
    ...(total > listed.length ? [`  and ${counted(total - listed.length, 'file')} more`] : []),
  ];
  const diff = await engine.queries.diff(workspace, since, snapshot);
  const text = diff.ok ? bounded(diff.value.text, MAX_DIFF) : [wordRefusal(diff.reason)];
  return [
    { title, lines },
    { title: 'Diff', lines: text },
  ];
}

function lineCounts(added: number | null, removed: number | null): string {
  return added === null || removed === null ? '' : `+${added} -${removed}`;
}

function bounded(text: string, max: number): readonly string[] {
  if (text.length <= max) return text.split('\n');
  const kept = text.slice(0, max);
  const whole = kept.slice(0, Math.max(0, kept.lastIndexOf('\n')));
  return [...whole.split('\n'), `(${counted(text.length - whole.length, 'character')} more)`];
}

async function contentLines(engine: Engine, call: Call | null): Promise<readonly string[]> {
  if (call === null) return ['No source has the call any more.'];
  const answer = await engine.queries.content(call);
  if (!answer.ok) return [wordNoContent(answer.reason)];
  const text = contentText(answer.value);
  return text === '' ? ['The source has the call without its messages.'] : bounded(text, MAX_CONTENT);
}

function contentText({ request, response }: CallContent): string {
  return [...request.map(messageText), ...response.map(messageText)].join('\n\n');
}

function messageText({ role, parts }: ContentMessage): string {
  return `[${role}]\n${parts.map((part) => part.text).join('\n')}`;
}
