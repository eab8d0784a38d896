import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { calcPrice } from '@pydantic/genai-prices';
import { expect, test } from 'vitest';
import { stateSchema } from '../../src/commands/once/schema.ts';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { recorded } from '../helpers/recorded.ts';

/*
 * The money of recorded data beside a sum that shares no code with ours: the files read plainly, the prices computed by the
 * package that the table was made from, in floating point.
 */

type Tokens = {
  readonly model: string;
  readonly at: Date;
  readonly endedAt: Date;
  readonly fresh: number;
  readonly read: number;
  readonly made: number;
  readonly hour: number;
  readonly output: number;
};

function priceOf({ model, at, fresh, read, made, hour, output }: Tokens): number | null {
  const usage = {
    input_tokens: fresh + read + made,
    cache_read_tokens: read,
    cache_write_tokens: made,
    cache_write_1h_tokens: hour,
    output_tokens: output,
  };
  return calcPrice(usage, model, { timestamp: at })?.total_price ?? null;
}

function sum(calls: readonly Tokens[]): { readonly usd: number; readonly unpriced: number } {
  const prices = calls.map(priceOf);
  const usd = prices.reduce<number>((total, price) => total + (price ?? 0), 0);
  return { usd, unpriced: prices.filter((price) => price === null).length };
}

const FIXTURES = join(import.meta.dirname, '../fixtures/agent-records');
/** The zones in which days are compared: one half an hour apart among them. */
const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York'];
/** Days that are told apart. */
const DAYS = 30;
const DAY_MS = 86_400_000;

/** Dollars by the day of a zone on which the calls ended. */
function byDay(calls: readonly Tokens[], zone: string): ReadonlyMap<string, number> {
  const days = new Map<string, number>();
  for (const call of calls) {
    const day = dayOf(call.endedAt, zone);
    days.set(day, (days.get(day) ?? 0) + (priceOf(call) ?? 0));
  }
  return days;
}

/** `2026-09-04` */
function dayOf(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
}

function moneyOf(source: string, zone = 'UTC') {
  const { stdout } = runProgram(['once', '--json', '--source', source], { env: { ...cleanEnvironment(), TZ: zone } });
  return stateSchema.parse(JSON.parse(stdout));
}

function compare(source: string, calls: readonly Tokens[]): void {
  const { cost, agents, conversations, spending } = moneyOf(source);
  const { usd, unpriced } = sum(calls);
  expect(usd).toBeGreaterThan(0);
  expect(Math.abs(Number(cost?.usd) - usd)).toBeLessThan(1e-9 * usd);
  expect(cost?.unpriced_calls).toBe(unpriced);
  for (const rows of [agents, conversations]) {
    const total = rows.reduce((all, row) => all + Number(row.cost?.usd ?? 0), 0);
    expect(Math.abs(total - usd)).toBeLessThan(1e-9 * usd);
  }
  const ofModels = spending?.models.reduce((all, { total }) => all + Number(total?.usd ?? 0), 0) ?? 0;
  expect(Math.abs(ofModels - usd)).toBeLessThan(1e-9 * usd);
  for (const zone of ZONES) compareDays(source, calls, zone);
}

function compareDays(source: string, calls: readonly Tokens[], zone: string): void {
  const { spending } = moneyOf(source, zone);
  const { usd } = sum(calls);
  const newest = Math.max(...calls.map(({ endedAt }) => Date.parse(dayOf(endedAt, zone))));
  const isOld = ({ endedAt }: Tokens): boolean => Date.parse(dayOf(endedAt, zone)) <= newest - DAYS * DAY_MS;
  const days = byDay(
    calls.filter((call) => !isOld(call)),
    zone,
  );
  expect(spending?.days.map(({ from }) => dayOf(new Date(from), zone))).toEqual([...days.keys()].toSorted());
  for (const { from, cost: spent } of spending?.days ?? []) {
    const expected = days.get(dayOf(new Date(from), zone)) ?? 0;
    expect(Math.abs(Number(spent?.usd) - expected), `${zone} ${from}`).toBeLessThan(1e-9 * usd);
  }
  expect(Math.abs(Number(spending?.before?.usd ?? 0) - sum(calls.filter(isOld)).usd)).toBeLessThan(1e-9 * usd);
}

test('what agentsight saw costs what its rows cost one by one', () => {
  const folder = recorded('agentsight-0.5-traced');
  const database = new DatabaseSync(join(folder, 'genai_events.db'));
  const rows = database
    .prepare(
      `SELECT provider, model, start_timestamp_ns / 1000000 AS at, end_timestamp_ns / 1000000 AS ended_at, input_tokens, output_tokens,
         coalesce(cache_read_tokens, 0) AS read, coalesce(cache_creation_tokens, 0) AS made
       FROM genai_events WHERE input_tokens > 0 OR output_tokens > 0`,
    )
    .all();
  database.close();
  const calls = rows.map((row): Tokens => {
    const [input, read, made] = [Number(row['input_tokens']), Number(row['read']), Number(row['made'])];
    // Anthropic's input leaves out what the cache read or wrote.
    const fresh = row['provider'] === 'anthropic' ? input : input - read;
    const output = Number(row['output_tokens']);
    const [at, endedAt] = [new Date(Number(row['at'])), new Date(Number(row['ended_at'] ?? row['at']))];
    return { model: String(row['model']), at, endedAt, fresh, read, made, hour: 0, output };
  });
  compare(`sqlite:${folder}`, calls);
});

type Message = {
  readonly id?: string;
  readonly model?: string;
  readonly timestamp?: string;
  readonly tokens?: Readonly<Record<string, number>> | null;
};
type Chat = Message & {
  readonly sessionId?: string;
  readonly messages?: readonly Message[];
  readonly $set?: { readonly messages?: readonly Message[] };
};
type Step = {
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly reasoning?: number;
    readonly total?: number;
    readonly cache: { readonly read: number; readonly write: number };
  };
};
type Truth = { readonly sessions: Readonly<Record<string, { readonly calls: number; readonly failed: number }>> };

type Line = {
  readonly type?: string;
  readonly timestamp?: string;
  readonly message?: {
    readonly id?: string;
    readonly model?: string;
    readonly usage?: Readonly<Record<string, unknown>> & {
      readonly cache_creation?: Readonly<Record<string, number>>;
    };
  };
};

test("Claude Code's records cost what each answer costs once, whatever number of lines tell of it", () => {
  const folder = join(FIXTURES, 'claude');
  const answers = new Map<string, Tokens>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    let turn = 0;
    // Two rows stand in one line where an agent was killed while it wrote.
    const lines = readFileSync(join(folder, name), 'utf8').split(/\n|(?<=\})(?=\{"\w+":)/u);
    for (const text of lines) {
      const line = parsed(text);
      const { id, model = '', usage } = line?.message ?? {};
      if (line?.type === 'user') turn += 1;
      if (line?.type !== 'assistant' || id === undefined || usage === undefined) continue;
      const of = (key: string): number => Number(usage[key] ?? 0);
      const tokens: Tokens = {
        model,
        at: new Date(line.timestamp ?? 0),
        endedAt: new Date(line.timestamp ?? 0),
        fresh: of('input_tokens'),
        read: of('cache_read_input_tokens'),
        made: of('cache_creation_input_tokens'),
        hour: usage.cache_creation?.['ephemeral_1h_input_tokens'] ?? 0,
        output: of('output_tokens'),
      };
      if (tokens.fresh + tokens.read + tokens.made + tokens.output === 0) continue;
      // A short id is a relay's: it tells the answers of one turn from others, no more.
      const key = id.length < 16 ? `${name} ${turn} ${id}` : id;
      if (tokens.output >= (answers.get(key)?.output ?? 0)) answers.set(key, tokens);
    }
  }
  compare(`claude:${folder}`, [...answers.values()]);
});

test("Gemini CLI's records cost what each message costs once, by the tokens that it was given last", () => {
  const folder = join(FIXTURES, 'gemini');
  const answers = new Map<string, Tokens>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!/chats\/.*\.jsonl?$/u.test(name)) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    const rows = name.endsWith('.json') ? [JSON.parse(text) as Chat] : text.split('\n').map((line) => parsed(line));
    const session = rows.find((row) => row?.sessionId !== undefined)?.sessionId ?? name;
    for (const row of rows.flatMap((one) => [one, ...(one?.messages ?? []), ...(one?.$set?.messages ?? [])])) {
      if (row?.id === undefined || (row.tokens ?? null) === null) continue;
      const { input = 0, output = 0, cached = 0, thoughts = 0, tool = 0 } = row.tokens ?? {};
      const at = new Date(row.timestamp ?? 0);
      const tokens = { fresh: input + tool - cached, read: cached, made: 0, hour: 0, output: output + thoughts };
      answers.set(`${session} ${row.id}`, { model: row.model ?? '', at, endedAt: at, ...tokens });
    }
  }
  compare(`gemini:${folder}`, [...answers.values()]);
});

test("OpenCode's records cost what each of its steps costs", () => {
  const folder = recorded('agent-records/opencode');
  const database = new DatabaseSync(join(folder, 'opencode.db'));
  const rows = database
    .prepare(
      `SELECT json_extract(m.data, '$.modelID') AS model, json_extract(m.data, '$.time.created') AS at,
         coalesce(json_extract(m.data, '$.time.completed'), p.time_created) AS ended_at, p.data AS data
       FROM part p JOIN message m ON m.id = p.message_id WHERE json_extract(p.data, '$.type') = 'step-finish'`,
    )
    .all();
  database.close();
  const calls = rows.map((row): Tokens => {
    const { input, output, reasoning = 0, total, cache } = (JSON.parse(String(row['data'])) as Step).tokens;
    const isInside = total === input + output + cache.read + cache.write;
    const [at, endedAt] = [new Date(Number(row['at'])), new Date(Number(row['ended_at']))];
    const counts = { fresh: input, read: cache.read, made: cache.write, hour: 0 };
    return { model: String(row['model']), at, endedAt, ...counts, output: output + (isInside ? 0 : reasoning) };
  });
  compare(`opencode:${folder}`, calls);
});

test('of models that the table does not have every call is counted, and none is guessed', () => {
  const { sessions } = JSON.parse(readFileSync(join(FIXTURES, 'codex.truth.json'), 'utf8')) as Truth;
  const answered = Object.values(sessions).reduce((all, { calls, failed }) => all + calls - failed, 0);
  const { cost } = moneyOf(`codex:${join(FIXTURES, 'codex')}`);
  expect(cost).toMatchObject({ usd: '0', basis: 'unknown', unpriced_calls: answered });
});

test('in a terminal $ opens the same sums, and today is a known zero for calls of another day', async () => {
  const source = `sqlite:${recorded('agentsight-0.5-traced')}`;
  const { spending } = moneyOf(source);
  const newest = spending?.days.at(-1)?.cost?.usd ?? '';
  const screen = openTerminal(['--source', source]);
  await screen.shows(/[●*] live/u);
  screen.press('$');
  await screen.shows(/Spend/u);
  await screen.shows(/today +\$0\.00/u);
  await screen.shows(new RegExp(`DAY .*COST[^]* ≥?\\$${Number(newest).toFixed(2).replace('.', '\\.')}`, 'u'));
  screen.press('\u001b');
  await screen.shows(/Conversations/u);
});

function parsed(text: string): (Line & Chat) | null {
  try {
    return JSON.parse(text) as Line & Chat;
  } catch {
    return null;
  }
}
