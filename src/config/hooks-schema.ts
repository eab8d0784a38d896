import * as z from 'zod';
import { isLoopback } from '../core/address.ts';
import { SEVERITIES } from '../core/interruptions.ts';
import { FATES } from '../core/signals.ts';
import { HOOK_EVENTS, HOOK_SHAPES } from './hooks.ts';

/** Hooks of one installation: more would be a message bus. */
const MAX_HOOKS = 20;
const PROGRAM = 'expected a program and its arguments';
const path = z.string('expected a path').regex(/^\S[^\0]*$/, 'expected a path');
const word = z.string('expected text').regex(/\S/, 'expected text');

/** A hook as the configuration file writes it. */
const hookSchema = z
  .strictObject({
    name: z.string('expected a name').regex(/^[\w.-]{1,50}$/, 'expected a name of letters, digits, ".", "_" and "-"'),
    on: z
      .array(z.enum(HOOK_EVENTS, `expected ${HOOK_EVENTS.join(', ')}`), 'expected a list of events')
      .min(1, 'expected events'),
    types: z.array(word, 'expected a list of interruption types').optional(),
    severities: z.array(z.enum(SEVERITIES, `expected ${SEVERITIES.join(', ')}`)).optional(),
    fates: z.array(z.enum(FATES, `expected ${FATES.join(', ')}`)).optional(),
    timeout: z
      .number('expected seconds from 1 to 60')
      .min(1, 'expected at least 1 second')
      .max(60, 'expected at most 60 seconds')
      .optional(),
    command: z
      .array(z.string().regex(/^[^\0]+$/, PROGRAM), PROGRAM)
      .min(1, PROGRAM)
      .optional(),
    url: z
      .string('expected a URL')
      .refine(isAllowedUrl, 'expected an https URL, or http to this machine, without a name or password')
      .optional(),
    shape: z.enum(HOOK_SHAPES, `expected ${HOOK_SHAPES.join(', ')}`).optional(),
    token_file: path.optional(),
    secret_file: path.optional(),
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
