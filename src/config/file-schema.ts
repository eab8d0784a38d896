import { alternatives } from '../wording/units.ts';
import * as z from 'zod';
import { MAX_SECONDS } from './duration.ts';
import { type Kind, POLICY_ACTIONS } from './kinds.ts';
import { OPTION_IDS, optionOf } from './options.ts';
import { isLoopback } from '../core/address.ts';
import { SEVERITIES } from '../core/interruptions.ts';
import { BUDGET_ACTIONS, BUDGET_SCOPES, BUDGET_SPANS } from '../core/budgets.ts';
import { MAX_BUDGETS } from '../core/limits.ts';
import { FATES } from '../core/signals.ts';
import { HOOK_EVENTS, HOOK_SHAPES } from './hooks.ts';

const PROGRAM = 'expected a program with its arguments as a list';
const pathSchema = (): z.ZodType => z.string('expected a path').regex(/^[^\0]*\S[^\0]*$/, 'expected a path');
const actionSchema = (): z.ZodType =>
  z.enum(POLICY_ACTIONS as readonly [string, ...string[]], `expected ${alternatives(POLICY_ACTIONS)}`);

/** A part of the file: its keys with their schemas or with parts of it. */
type Part = Map<string, z.ZodType | Part>;

/**
 * The configuration file, every key optional; unknown ones are refused, so that a misspelt key is noticed. Made when a
 * file is read: without one, most starts do without it.
 */
export const fileSchema = z.lazy(build);

/** Returns the JSON Schema of the file, for editors and for checks before a roll-out. */
export function fileJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'sightline configuration file', ...z.toJSONSchema(fileSchema.unwrap(), { io: 'input' }) };
}

/** Returns the value that a key of the file (`ui.theme`) has in its content, or undefined. */
export function valueAt(content: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((part, step) => {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined;
    return (part as Record<string, unknown>)[step];
  }, content);
}

/** Returns the keys that a part of the file knows (`''` is the top), for suggestions. */
export function knownKeys(part: string): readonly string[] {
  const prefix = part === '' ? '' : `${part}.`;
  const fixed = OPTION_IDS.map(optionOf).find(({ key }) => key === part)?.kind;
  if (fixed?.type === 'actions') return fixed.keys ?? [];
  const keys = OPTION_IDS.map((id) => optionOf(id).key).filter((key) => key?.startsWith(prefix) === true);
  return [
    ...new Set(keys.map((key) => key?.slice(prefix.length).split('.')[0] ?? '')),
    ...(part === '' ? ['$schema'] : []),
  ];
}

function build(): z.ZodObject {
  const top: Part = new Map();
  top.set('$schema', z.string('expected the address of a schema').optional());
  for (const id of OPTION_IDS) {
    const { key, kind, help, flag } = optionOf(id);
    if (key === null) continue;
    const steps = key.split('.');
    const last = steps.pop() ?? key;
    let part = top;
    for (const step of steps) {
      const next = part.get(step);
      const inner: Part = next instanceof Map ? next : new Map();
      part.set(step, inner);
      part = inner;
    }
    part.set(
      last,
      schemaOf(kind)
        .optional()
        .describe(flag ? `as the option: ${help}` : help),
    );
  }
  return objectOf(top);
}

function objectOf(part: Part): z.ZodObject {
  const shape = [...part].map(([key, value]) => [key, value instanceof Map ? objectOf(value).optional() : value]);
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>);
}

function schemaOf(kind: Kind): z.ZodType {
  switch (kind.type) {
    case 'switch':
      return z.boolean('expected true or false');
    case 'duration': {
      const { min, max = MAX_SECONDS } = kind;
      const seconds = z
        .number({ error: `expected seconds from ${min} to ${max}` })
        .min(min, `expected at least ${min} seconds`)
        .max(max, `expected at most ${max} seconds`);
      // A union would hide the messages of its parts; units are the exception.
      return z.union(
        [seconds, z.string().regex(/^(?:\d+(?:\.\d+)?[smhdw])+$/, `expected seconds from ${min} to ${max}`)],
        {
          error: (issue) => firstMessage(seconds.safeParse(issue.input)),
        },
      );
    }
    case 'choice':
      return z.enum(kind.choices as readonly [string, ...string[]], `expected ${alternatives(kind.choices)}`);
    case 'path':
      return pathSchema();
    case 'address':
    case 'text':
    case 'engine':
      return z.string('expected text').regex(/\S/, 'expected text');
    case 'count':
      return z
        .int(`expected a whole number from 1 to ${kind.max}`)
        .min(1, 'expected at least 1')
        .max(kind.max, `expected at most ${kind.max}`);
    case 'ratio':
      return z.number('expected a ratio from 0 to 1').min(0, 'expected at least 0').max(1, 'expected at most 1');
    case 'number': {
      const range = `expected a number between ${kind.min} and ${kind.max}`;
      return z.number(range).min(kind.min, range).max(kind.max, range);
    }
    case 'hooks':
      return hooksSchema;
    case 'budgets':
      return budgetsSchema;
    case 'prices':
      return pricesSchema;
    case 'sources':
      return z.array(z.string('expected a source'), 'expected a list of sources');
    case 'patterns':
      return z.array(z.string().min(1, 'expected patterns that are not empty'), 'expected a list of patterns');
    case 'names':
      return z.array(z.string().regex(/\S/, 'expected names that are not empty'), 'expected a list of names');
    case 'folders':
      return z.array(pathSchema(), 'expected a list of folders');
    case 'argv':
      return z.array(z.string().regex(/^[^\0]+$/, 'expected arguments that are not empty'), PROGRAM).min(1, PROGRAM);
    case 'paths':
      return z.record(z.string(), pathSchema(), 'expected names with their workspaces');
    case 'actions':
      return kind.keys === null
        ? z.record(z.string(), actionSchema(), 'expected names with their actions')
        : z.strictObject(Object.fromEntries(kind.keys.map((key) => [key, actionSchema().optional()])));
    case 'keys':
      return z.record(
        z.string(),
        z.string('expected a key').min(1, 'expected a key').max(20, 'expected a key'),
        'expected actions with their keys',
      );
  }
}

function firstMessage(result: z.ZodSafeParseResult<unknown>): string {
  return result.error?.issues[0]?.message ?? 'expected seconds, or a duration such as "15m"';
}

const dollars = z
  .number('expected dollars a million tokens')
  .min(0, 'expected at least 0')
  .max(100_000, 'expected at most 100000');

const ofCache = {
  cache_read: dollars.optional(),
  cache_write: dollars.optional(),
  cache_write_1h: dollars.optional(),
};
/** Steps of a model's price; no provider has more than three. */
const MAX_TIERS = 8;

/** Larger than any model's. */
const MAX_WINDOW = 100_000_000;

const pricesSchema = z.record(
  z.string().min(1, 'expected the name of a model'),
  z
    .strictObject(
      {
        input: dollars.optional(),
        output: dollars.optional(),
        ...ofCache,
        context_window: z
          .int('expected a number of tokens')
          .min(1, 'expected at least 1 token')
          .max(MAX_WINDOW, `expected at most ${MAX_WINDOW} tokens`)
          .optional(),
        tiers: z
          .array(
            z.strictObject(
              {
                above: z.int('expected a number of tokens').min(1, 'expected at least 1 token'),
                input: dollars.optional(),
                output: dollars.optional(),
                ...ofCache,
              },
              'expected "above", in tokens of the prompt, with prices',
            ),
            'expected a list of tiers',
          )
          .max(MAX_TIERS, `expected at most ${MAX_TIERS} tiers`)
          .refine(
            (tiers) => tiers.every(({ above }, at) => above > (tiers[at - 1]?.above ?? 0)),
            'expected tiers in the order of "above"',
          )
          .optional(),
      },
      'expected input and output, in dollars a million tokens',
    )
    .refine(
      ({ context_window: window, ...prices }) =>
        (prices.input !== undefined && prices.output !== undefined) ||
        (window !== undefined && Object.values(prices).every((price) => price === undefined)),
      'expected input and output, in dollars a million tokens, or "context_window" alone',
    ),
  'expected models with their prices',
);

const LIMIT = 'expected either usd or tokens';
const budgetName = z.string('expected text').regex(/\S/, 'expected text').max(256, 'expected at most 256 characters');

/** A budget as the configuration file writes it. */
const budgetSchema = z
  .strictObject({
    name: z.string('expected a name').regex(/^[\w.-]{1,50}$/, 'expected a name of letters, digits, ".", "_" and "-"'),
    per: z.enum(BUDGET_SCOPES, `expected ${alternatives(BUDGET_SCOPES)}`).optional(),
    agent: budgetName.optional(),
    conversation: budgetName.optional(),
    workspace: pathSchema().optional(),
    every: z.enum(BUDGET_SPANS, `expected ${alternatives(BUDGET_SPANS)}`),
    usd: z
      .number('expected dollars')
      .min(0.01, 'expected at least 0.01 dollars')
      .max(1_000_000_000, 'expected at most 1000000000 dollars')
      .optional(),
    tokens: z
      .int('expected a whole number of tokens')
      .min(1, 'expected at least 1 token')
      .max(1_000_000_000_000_000, 'expected at most 10^15 tokens')
      .optional(),
    warn_at: z
      .number('expected a share from 0.01 to 1')
      .min(0.01, 'expected a share from 0.01 to 1')
      .max(1, 'expected a share from 0.01 to 1')
      .optional(),
    action: z.enum(BUDGET_ACTIONS, `expected ${alternatives(BUDGET_ACTIONS)}`).optional(),
    ask_for: z
      .number('expected seconds from 1 to 86400')
      .min(1, 'expected at least 1 second')
      .max(86_400, 'expected at most 86400 seconds')
      .optional(),
    pause: z.boolean('expected true or false').optional(),
  })
  .refine(({ usd, tokens }) => (usd === undefined) !== (tokens === undefined), LIMIT)
  .refine(
    ({ action, ask_for }) => ask_for === undefined || action === 'ask',
    'expected "action": "ask" beside ask_for, which is its countdown',
  );

/** The schema of the list of budgets. */
const budgetsSchema = z
  .array(budgetSchema, 'expected a list of budgets')
  .max(MAX_BUDGETS, `expected at most ${MAX_BUDGETS} budgets`)
  .refine(
    (budgets) => new Set(budgets.map(({ name }) => name)).size === budgets.length,
    'expected a different name for each budget',
  );

/** Hooks of one installation: more would be a message bus. */
const MAX_HOOKS = 20;
const HOOK_PROGRAM = 'expected a program and its arguments';
const hookPath = z.string('expected a path').regex(/^\S[^\0]*$/, 'expected a path');
const hookWord = z.string('expected text').regex(/\S/, 'expected text');

/** A hook as the configuration file writes it. */
const hookSchema = z
  .strictObject({
    name: z.string('expected a name').regex(/^[\w.-]{1,50}$/, 'expected a name of letters, digits, ".", "_" and "-"'),
    on: z
      .array(z.enum(HOOK_EVENTS, `expected ${HOOK_EVENTS.join(', ')}`), 'expected a list of events')
      .min(1, 'expected events'),
    types: z.array(hookWord, 'expected a list of interruption types').optional(),
    severities: z.array(z.enum(SEVERITIES, `expected ${SEVERITIES.join(', ')}`)).optional(),
    fates: z.array(z.enum(FATES, `expected ${FATES.join(', ')}`)).optional(),
    timeout: z
      .number('expected seconds from 1 to 60')
      .min(1, 'expected at least 1 second')
      .max(60, 'expected at most 60 seconds')
      .optional(),
    command: z
      .array(z.string().regex(/^[^\0]+$/, HOOK_PROGRAM), HOOK_PROGRAM)
      .min(1, HOOK_PROGRAM)
      .optional(),
    url: z
      .string('expected a URL')
      .refine(isAllowedUrl, 'expected an https URL, or http to this machine, without a name or password')
      .optional(),
    shape: z.enum(HOOK_SHAPES, `expected ${HOOK_SHAPES.join(', ')}`).optional(),
    token_file: hookPath.optional(),
    secret_file: hookPath.optional(),
    ca_file: hookPath.optional(),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), 'expected either a command or a url');

/** The schema of the list of hooks. */
export const hooksSchema = z
  .array(hookSchema, 'expected a list of hooks')
  .max(MAX_HOOKS, `expected at most ${MAX_HOOKS} hooks`)
  .refine(
    (hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length,
    'expected a different name for each hook',
  );

function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replaceAll(/^\[|\]$/g, '')));
}
