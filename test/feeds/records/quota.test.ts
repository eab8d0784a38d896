import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import { limitOf } from '../../../src/core/model/meters/quota.ts';
import { CLAUDE } from '../../../src/feeds/records/claude/index.ts';
import { CODEX } from '../../../src/feeds/records/codex/index.ts';
import { GEMINI } from '../../../src/feeds/records/gemini/index.ts';
import { QWEN } from '../../../src/feeds/records/qwen/index.ts';
import { ns } from '../../helpers/feed-events.ts';
import { opencodeWriter } from '../../helpers/opencode-db.ts';
import { World } from '../../helpers/reactor.ts';
import { recordWorld } from '../../helpers/record-files.ts';
import { readFeed } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** As often as makes a storm of any other failure, and once more. */
const TIMES = [1, 2, 3, 4, 5, 6] as const;
const THREAD = '01a00000-0000-7000-8000-00000000000a';

const timeOf = (second: number): string => `2026-11-01T10:00:0${second}.000Z`;
const of = <T>(make: (second: number) => readonly T[]): readonly T[] => TIMES.flatMap(make);

/** The calls that each source makes of its own words for a plan's limit that is reached six times in a row. */
const SOURCES: Readonly<Record<string, () => Promise<readonly Call[]> | readonly Call[]>> = {
  claude: () =>
    recordWorld(CLAUDE, {
      'projects/-w/3b2f9c1e-0000-4000-8000-00000000abcd.jsonl': of((second) => [
        {
          type: 'assistant',
          uuid: `u${second}`,
          timestamp: timeOf(second),
          isApiErrorMessage: true,
          error: 'rate_limit',
          message: {
            id: `m${second}`,
            model: '<synthetic>',
            content: [{ type: 'text', text: "You've hit your session limit · resets 3pm (Europe/Berlin)" }],
          },
        },
      ]),
    }).calls(),
  codex: () =>
    recordWorld(CODEX, {
      [`sessions/2026/11/01/rollout-2026-11-01T10-00-00-${THREAD}.jsonl`]: [
        { timestamp: timeOf(0), type: 'session_meta', payload: { id: THREAD, timestamp: timeOf(0), cwd: '/srv/shop' } },
        ...of((second) => [
          event(second, {
            type: 'task_started',
            turn_id: `t${second}`,
            started_at: Date.parse(timeOf(second)) / 1_000,
          }),
          event(second, {
            type: 'task_complete',
            turn_id: `t${second}`,
            error: { message: 'usage limit', codex_error_info: 'usage_limit_exceeded' },
          }),
        ]),
      ],
    }).calls(),
  gemini: () =>
    recordWorld(GEMINI, {
      'tmp/shop/chats/session-2026-09-04T07-35-aaaaaaaa.jsonl': [
        { sessionId: 'aaaaaaaa-0000-4000-8000-000000000000', projectHash: 'h', startTime: timeOf(0), kind: 'main' },
        ...of((second) => [
          {
            id: `e${second}`,
            timestamp: timeOf(second),
            type: 'error',
            content: '[API Error: You have exhausted your daily quota on this model. (Status: RESOURCE_EXHAUSTED)]',
          },
        ]),
      ],
    }).calls(),
  qwen: () =>
    recordWorld(QWEN, {
      'projects/-w/chats/s.jsonl': of((second) => [
        qwen(second, 'a', {
          type: 'system',
          subtype: 'ui_telemetry',
          systemPayload: {
            uiEvent: {
              'event.name': 'qwen-code.api_error',
              status_code: 429,
              error: 'Qwen OAuth daily quota exceeded',
            },
          },
        }),
        qwen(second, 'b', { type: 'user', message: { parts: [{ text: 'again' }] } }),
      ]),
    }).calls(),
  opencode: async () => {
    const file = join(tempDir(), 'opencode.db');
    const writer = opencodeWriter(file);
    writer.session('ses');
    const error = { name: 'APIError', data: { statusCode: 429, message: '5-hour usage limit reached, resets 3pm' } };
    for (const second of TIMES)
      writer.message(`m${second}`, 'ses', {
        role: 'assistant',
        modelID: 'm',
        providerID: 'p',
        time: { created: 1_788_501_100_000 + second, completed: 1_788_501_100_000 + second },
        error,
      });
    writer.close();
    return (await readFeed('opencode', file)).model.calls('ses');
  },
};

function event(second: number, payload: object): object {
  return { timestamp: timeOf(second), type: 'event_msg', payload };
}

function qwen(second: number, name: string, fields: object): object {
  return { uuid: `${name}${second}`, sessionId: 's', timestamp: timeOf(second), version: '0.22.2', ...fields };
}

test.each(Object.keys(SOURCES))('the limit of a plan that %s records is one flag and never a storm', async (source) => {
  const calls = (await SOURCES[source]?.()) ?? [];
  expect(calls.map(({ recorded }) => recorded?.failed)).toEqual(TIMES.map(() => true));
  const world = World.armed();
  for (const [at, call] of calls.entries()) world.call({ ...call, startNs: ns(at), endNs: ns(at + 1) });
  world.wait(0);
  const raised = world.said.flatMap((notice) => (notice.type === 'signal' ? [notice.signal] : []));
  expect(raised.map(({ type }) => type)).toEqual(['quota_reached']);
  expect(raised.map(({ signalId }) => world.fateName(signalId))).toEqual(['flagged']);
  expect(world.spawns).toEqual([]);
});

test('the error that Claude Code records tells when the limit resets', async () => {
  const [call] = (await SOURCES['claude']?.()) ?? [];
  expect(limitOf(call?.error ?? null, 0).resets).toBe('3pm (Europe/Berlin)');
});
