/**
 * One rollout file, record by record: what a thread did itself. A file may begin with the history of the thread that it
 * was forked from, or that started it; what is copied is no work of this thread (rules X1 to X7 of the contract).
 */
import type { QuotaWindow } from '../../../core/sessions.ts';
import type { Ms } from '../../../core/units.ts';
import type { Decoder, FileName, Item, ItemSink, LineView } from '../provider.ts';
import { createLoops, type Loops } from '../loops.ts';
import { createMoments, type Moments } from '../moments.ts';
import { absolutePathOf, type Fields, fieldsOf, listOf, secondsOf, timeOf } from '../values.ts';
import { countOf, errorOf, idOf, nameOf, textOf } from '../../wire/fields.ts';
import { isKnown, failureOf, relativesOf, type Thread, threadOf } from './records.ts';
import {
  type Counted,
  type Counts,
  countedOf,
  countsOf,
  differenceOf,
  isEmpty,
  keyOf,
  NO_COUNTS,
  usageOf,
} from './usage.ts';

/** The facts of a file for `copies`. */
export type RolloutState = {
  /** Null until the first record. */
  thread: Thread | null;
};

/** The owner of the records that a file holds at present; `undecided` until its first turn. */
type Phase = 'own' | 'copied' | 'undecided';

/** Tools of one call that are kept. */
const MAX_TOOLS = 16;
/** Characters kept of a first prompt that stands in for a title. */
const MAX_TITLE = 200;
/** Tools whose end is waited for, of one file; the oldest go first. */
const MAX_OPEN_TOOLS = 256;

/** The beginning of each record, as Codex writes it, and the bytes in which its kind stands. */
const BEGINNING = Buffer.from('{"timestamp":"');
const HEAD_BYTES = 160;
/** Records of which nothing is read but, for those that are `said` by the model, their time. */
const UNREAD =
  /^\{"timestamp":"[^"]{20,32}",(?:"ordinal":\d+,)?"type":"(?:event_msg","payload":\{"type":"(?:agent_message|agent_reasoning|agent_reasoning_raw_content|exec_command_end|mcp_tool_call_end)"|response_item","payload":\{"type":"(?:message","role":"(?:user|developer)"|(?<said>reasoning|message","role":"assistant)"))/u;

/** Decodes one rollout file. */
export class Rollout implements Decoder<RolloutState> {
  readonly state: RolloutState = { thread: null };
  readonly #sink: ItemSink;
  readonly #name: FileName;
  #phase: Phase = 'own';
  /** Ordinal of the first record that is no copy, if the file has it. */
  #ownFrom: number | null = null;
  #inherits = false;
  /** Keys of what is counted while it is undecided whose it is. */
  #assumed: string[] = [];
  #before: Counts | null = null;
  #model: string | null = null;
  #window: number | null = null;
  /** Time of the prompt or tool result that the next call answers, and of its first sign. */
  #input: Ms | null = null;
  #start: Ms | null = null;
  #turn: Ms | null = null;
  #tools: string[] = [];
  /** The plan's limit was reached when it was last recorded. */
  #isLimitReached = false;
  #loops: Loops | null = null;
  #moments: Moments | null = null;
  readonly #open = new Map<string, { readonly name: string; readonly at: Ms }>();
  #hasTitle = false;

  constructor(name: FileName, sink: ItemSink) {
    this.#name = name;
    this.#sink = sink;
  }

  /** Skips the messages of people, models and tools, which is most of a file: of it only the time of an answer counts. */
  fast({ bytes, from, to }: LineView): boolean {
    if (this.state.thread === null) return false;
    const head = UNREAD.exec(bytes.toString('latin1', from, Math.min(to, from + HEAD_BYTES)));
    // A second record in the line: the first lacks its line end, or its end.
    if (head === null || bytes.subarray(from + 1, to).includes(BEGINNING)) return false;
    if (head.groups?.['said'] !== undefined) this.#start ??= this.#input;
    return true;
  }

  record(value: unknown): void {
    const line = fieldsOf(value);
    const { type } = line;
    if (typeof type !== 'string') return this.#sink.malformed({ code: 'unusable', what: 'record_without_type' });
    const payload = fieldsOf(line['payload']);
    if (!isKnown(type, payload['type'])) return this.#unknown(type, payload['type']);
    const at = timeOf(line['timestamp']);
    if (at === null) return this.#sink.malformed({ code: 'undated', type });
    if (type === 'session_meta') return this.#meta(payload, at);
    const thread = this.state.thread ?? this.#begin({}, at);
    this.#decide(payload, line['ordinal'], thread);
    this.#decode(type, payload, at, thread);
  }

  #meta(payload: Fields, at: Ms): void {
    const { thread } = this.state;
    if (thread === null) {
      this.#begin(payload, at);
      return;
    }
    const id = idOf(payload['id']);
    if (id === null || id === thread.id) return;
    // The parent's own first record: its history follows, in versions too that do not name the parent.
    if (this.#before === null && !this.#inherits) [this.#inherits, this.#phase] = [true, 'undecided'];
    for (const relative of [id, ...relativesOf(payload)]) this.#sink.link(relative);
  }

  #begin(payload: Fields, at: Ms): Thread {
    const thread = threadOf(payload, this.#name.sessionId, at);
    this.state.thread = thread;
    this.#loops = createLoops(this.#sink, thread.id);
    this.#moments = createMoments(this.#sink, thread.id, thread.isSubAgent);
    this.#inherits = thread.relatives.length > 0;
    if (this.#inherits && (payload['history_base'] ?? null) === null) this.#phase = 'undecided';
    this.#ownFrom = countOf(payload['subagent_history_start_ordinal']);
    for (const id of [thread.id, ...thread.relatives]) this.#sink.link(id);
    this.#sink.session(thread.id, {
      sessionId: thread.id,
      at: thread.birth,
      ...(thread.cwd !== null && { cwd: thread.cwd }),
      ...(thread.parentId !== null &&
        (thread.isSubAgent ? { parentId: thread.parentId } : { forkedFrom: thread.parentId })),
      ...(thread.name !== null && { title: thread.name }),
    });
    this.#hasTitle = thread.name !== null;
    return thread;
  }

  // Rule X4: own work begins at an ordinal where the file has one, else with the first turn after the thread's birth.
  #decide(payload: Fields, ordinal: unknown, { birth }: Thread): void {
    if (this.#phase === 'own') return;
    if (this.#ownFrom !== null && typeof ordinal === 'number') {
      this.#settle(ordinal >= this.#ownFrom ? 'own' : 'copied');
      return;
    }
    if (payload['type'] !== 'task_started' && payload['type'] !== 'turn_started') return;
    const startedAt = countOf(payload['started_at']);
    if (startedAt !== null) this.#settle(startedAt >= Math.floor(birth / 1_000) ? 'own' : 'copied');
    // A version that does not record when a turn started: only the same counts in a parent's file tell a copy.
    else if (this.#phase === 'undecided') [this.#phase, this.#assumed] = ['own', []];
  }

  #settle(phase: 'own' | 'copied'): void {
    for (const key of this.#assumed) {
      const item = this.#sink.get(key);
      this.#sink.drop(key);
      if (item?.type === 'call' && item.usage !== null) {
        this.#sink.uncounted(item.conversationId, 'codex_copied', item.usage);
      }
    }
    [this.#phase, this.#assumed] = [phase, []];
  }

  #decode(type: string, payload: Fields, at: Ms, thread: Thread): void {
    switch (type) {
      case 'turn_context':
        return this.#context(payload, at, thread);
      case 'event_msg':
        return this.#event(payload, at, thread);
      case 'response_item':
        return this.#item(payload, at, thread);
      case 'compacted':
        return this.#compaction(payload, at, thread);
      default:
    }
  }

  #context(payload: Fields, at: Ms, thread: Thread): void {
    this.#model = nameOf(payload['model']) ?? this.#model;
    const cwd = absolutePathOf(payload['cwd']);
    if (cwd !== null && this.#isOwn) this.#sink.session(thread.id, { cwd, at });
  }

  #event(payload: Fields, at: Ms, thread: Thread): void {
    switch (payload['type']) {
      case 'task_started':
      case 'turn_started':
        this.#window = countOf(payload['model_context_window']) ?? this.#window;
        [this.#input, this.#start, this.#turn, this.#tools] = [at, null, at, []];
        if (this.#phase === 'own') this.#moments?.turn(idOf(payload['turn_id']) ?? String(at), at);
        return this.#waitForModel(at, thread);
      case 'task_complete':
      case 'turn_complete':
        this.#failure(payload, at, thread);
        return this.#endTurn(at, thread);
      case 'turn_aborted':
        return this.#endTurn(at, thread);
      case 'user_message':
        // Versions that do not record when a turn starts.
        if (this.#turn === null && this.#phase === 'own') this.#moments?.turn(String(at), at);
        return this.#prompt(payload['message'], at, thread);
      case 'item_completed':
        return this.#completed(fieldsOf(payload['item']), at, thread);
      case 'token_count':
        return this.#count(payload, at, thread);
      default:
    }
  }

  #prompt(message: unknown, at: Ms, thread: Thread): void {
    this.#input = at;
    if (this.#hasTitle || !this.#isOwn) return;
    const title = textOf(textIn(message))?.slice(0, MAX_TITLE);
    if (title === undefined) return;
    this.#hasTitle = true;
    this.#sink.session(thread.id, { title, at });
  }

  // Histories in pages: most events are replaced by items.
  #completed(item: Fields, at: Ms, thread: Thread): void {
    if (item['type'] === 'UserMessage') this.#prompt(item['content'], at, thread);
  }

  #failure(payload: Fields, at: Ms, thread: Thread): void {
    if ((payload['error'] ?? null) === null) return;
    const error = fieldsOf(payload['error']);
    const failure = failureOf(error['codex_error_info'], errorOf(error['message']), this.#isLimitReached);
    if (failure === null) return;
    const key = `${thread.id}:failed:${idOf(payload['turn_id']) ?? at}`;
    this.#put({ ...this.#callAt(at, key, thread), usage: null, outputIsLowerBound: false, failure });
  }

  #count(payload: Fields, at: Ms, thread: Thread): void {
    const info = fieldsOf(payload['info']);
    this.#limits(fieldsOf(payload['rate_limits']), at, thread);
    const total = countsOf(info['total_token_usage']);
    if (total === null) return;
    const last = countsOf(info['last_token_usage']);
    this.#window = countOf(info['model_context_window']) ?? this.#window;
    const counted = countedOf(this.#before, total, last, this.#inherits);
    this.#before = total;
    this.#use(counted.kind === 'full' ? total.total : (last?.total ?? null), thread);
    if (counted.kind === 'call') {
      // A count that holds more calls than one has the right tokens; how many calls is a lower bound, and is not written.
      const key = `${thread.id}:${keyOf(total)}`;
      this.#put({
        ...this.#callAt(at, key, thread),
        usage: usageOf(counted.tokens),
        outputIsLowerBound: false,
        failure: null,
      });
      if (this.#turn !== null) this.#waitForModel(at, thread);
    }
    this.#compare(counted, last, thread);
  }

  // A naive sum adds up the last call of each count.
  #compare(counted: Counted, last: Counts | null, thread: Thread): void {
    if (!this.#isOwn && last !== null) return this.#sink.uncounted(thread.id, 'codex_copied', usageOf(last));
    if (counted.kind !== 'call') {
      const cause = counted.kind === 'full' ? 'codex_full' : 'codex_repeated';
      if (last !== null) this.#sink.uncounted(thread.id, cause, usageOf(last));
      return;
    }
    const less = differenceOf(last ?? NO_COUNTS, counted.tokens);
    if (!isEmpty(less)) this.#sink.uncounted(thread.id, 'codex_lost', usageOf(less), 0);
  }

  #limits(limits: Fields, at: Ms, thread: Thread): void {
    const quota = quotaOf(limits);
    if (quota.length === 0 || this.#phase !== 'own') return;
    this.#isLimitReached = (limits['rate_limit_reached_type'] ?? null) !== null;
    this.#sink.session(thread.id, { quota, at });
  }

  #use(usedTokens: number | null, thread: Thread): void {
    if (usedTokens === null || !this.#isOwn) return;
    const windowTokens = this.#window;
    const [model, provider] = [this.#model, thread.provider];
    const context = { usedTokens, windowTokens, windowKnown: windowTokens !== null, model, provider };
    this.#sink.session(thread.id, { context });
  }

  #compaction(payload: Fields, at: Ms, thread: Thread): void {
    const key = `${thread.id}:compacted:${idOf(payload['window_id']) ?? at}`;
    this.#put({ type: 'compaction', key, conversationId: thread.id, at });
  }

  #item(payload: Fields, at: Ms, thread: Thread): void {
    const id = idOf(payload['call_id']);
    switch (payload['type']) {
      case 'function_call':
      case 'custom_tool_call':
      case 'local_shell_call': {
        this.#start ??= this.#input;
        const name = nameOf(payload['name']) ?? nameOf(payload['type']) ?? 'tool';
        if (this.#tools.length < MAX_TOOLS) this.#tools = [...this.#tools, name];
        if (id === null || !this.#isOwn) return;
        this.#loops?.called(id, name, inputOf(payload));
        if (this.#phase === 'own') this.#moments?.called(id, name, inputOf(payload), at);
        return this.#openTool(id, name, at, thread);
      }
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#input = at;
        if (id === null || !this.#open.delete(id)) return;
        this.#moments?.ended(id);
        this.#loops?.ended(id, payload['output'], at);
        return this.#tellOpen(at, thread);
      case 'reasoning':
        this.#start ??= this.#input;
        return;
      case 'message':
        if (payload['role'] === 'assistant') this.#start ??= this.#input;
        return;
      default:
    }
  }

  #callAt(at: Ms, key: string, thread: Thread): CallBase {
    const startedAt = Math.min(this.#start ?? this.#input ?? at, at);
    const tools = this.#tools;
    [this.#start, this.#tools] = [null, []];
    return {
      type: 'call',
      key,
      conversationId: thread.id,
      at,
      callId: null,
      startedAt,
      status: 'complete',
      model: this.#model,
      provider: thread.provider,
      finishReason: null,
      tools,
      kind: 'main',
    };
  }

  #put(item: Item): void {
    if (this.#phase === 'copied') return;
    if (this.#phase === 'undecided') this.#assumed.push(item.key);
    this.#sink.put(item);
  }

  get #isOwn(): boolean {
    return this.#phase !== 'copied';
  }

  #openTool(id: string, name: string, at: Ms, thread: Thread): void {
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN_TOOLS && oldest !== undefined) this.#open.delete(oldest);
    this.#open.set(id, { name, at });
    this.#tellOpen(at, thread);
  }

  #endTurn(at: Ms, thread: Thread): void {
    this.#turn = null;
    this.#open.clear();
    this.#moments?.idle();
    if (this.#isOwn) this.#sink.session(thread.id, { open: null, at });
  }

  #waitForModel(at: Ms, thread: Thread): void {
    if (this.#isOwn && this.#open.size === 0)
      this.#sink.session(thread.id, { open: { type: 'call', name: null, since: at }, at });
  }

  #tellOpen(at: Ms, thread: Thread): void {
    const [first] = this.#open.values();
    if (first === undefined) return this.#waitForModel(at, thread);
    if (this.#isOwn) this.#sink.session(thread.id, { open: { type: 'tool', name: first.name, since: first.at }, at });
  }

  #unknown(type: string, inner: unknown): void {
    const kind = nameOf(typeof inner === 'string' ? `${type}/${inner}` : type);
    if (kind !== null) this.#sink.unknown(kind, this.state.thread?.version ?? null);
  }
}

type CallBase = Omit<Extract<Item, { type: 'call' }>, 'usage' | 'outputIsLowerBound' | 'failure'>;

/** The windows of the plan's limits. */
function quotaOf(limits: Fields): readonly QuotaWindow[] {
  return ['primary', 'secondary'].flatMap((name) => {
    const window = fieldsOf(limits[name]);
    const used = window['used_percent'];
    if (typeof used !== 'number' || !Number.isFinite(used)) return [];
    return [
      {
        name,
        usedPercent: used,
        windowMinutes: countOf(window['window_minutes']),
        resetsAt: secondsOf(window['resets_at']),
      },
    ];
  });
}

// The arguments are JSON in a text, so that their order and spaces are no difference.
function inputOf(payload: Fields): unknown {
  const input = payload['arguments'] ?? payload['input'] ?? payload['action'];
  try {
    return typeof input === 'string' ? (JSON.parse(input) as unknown) : input;
  } catch {
    return input;
  }
}

function textIn(content: unknown): string | null {
  if (typeof content === 'string') return content;
  const texts = listOf(content).map((part) => fieldsOf(part)['text']);
  return texts.filter((text) => typeof text === 'string').join(' ');
}
