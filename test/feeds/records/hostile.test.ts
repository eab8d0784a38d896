import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { PROVIDERS } from '../../../src/feeds/records/registry.ts';
import { followFeed, type Followed } from '../../helpers/follow-feed.ts';
import { recordWorld } from '../../helpers/record-files.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const PATHS = {
  claude: 'projects/-work/0c9ba315-c806-4cf0-a0f4-52906191d15b.jsonl',
  codex: 'sessions/2026/09/04/rollout-2026-09-04T09-41-40-01a00000-0000-7000-8000-00000000000a.jsonl',
  gemini: 'tmp/shop/chats/session-2026-09-04T07-35-aaaaaaaa.jsonl',
  qwen: 'projects/-work/chats/9ac9a7c3-0000-4000-8000-000000000000.jsonl',
} as const;

/** Names that the decoders look for, so that random records get past their first checks. */
const KEYS = `type subtype payload timestamp ordinal id uuid sessionId message content usage info total_token_usage
  last_token_usage input_tokens output_tokens total_tokens error model codex_error_info call_id output started_at
  rate_limits primary used_percent tokens cwd $set messages toolCalls usageMetadata parts functionCall systemPayload uiEvent
  __proto__`.split(/\s+/u);
const WORDS =
  `session_meta event_msg response_item token_count task_started task_complete function_call assistant user system
  gemini ui_telemetry api_error tool_use tool_result compact_boundary 2026-09-04T09:41:40.000Z
  0c9ba315-c806-4cf0-a0f4-52906191d15b \u0000\u001b[31m \ud800`.split(/\s+/u);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...WORDS),
    fc.oneof(fc.integer(), fc.double(), fc.constantFrom(null, true, Number.MAX_SAFE_INTEGER)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 8 }),
  ),
})).value;

describe.each(Object.entries(PATHS))('records of any shape, %s', (medium, path) => {
  test('cost nothing but themselves: nothing is thrown, and no count is negative', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (records) => {
        const world = recordWorld(PROVIDERS[medium as keyof typeof PATHS], { [path]: records });
        for (const { usage, startNs, endNs } of world.calls()) {
          for (const count of Object.values(usage ?? {})) expect(count === true || Number(count) >= 0).toBe(true);
          expect(startNs <= (endNs ?? startNs)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('packed rollouts', () => {
  const meta = '{"timestamp":"2026-09-04T13:42:05.881Z","type":"session_meta","payload":{"id":"s"}}\n';
  const count = (total: number): string => {
    const vector = { input_tokens: total, output_tokens: 1 };
    const info = { total_token_usage: vector, last_token_usage: vector };
    return `${JSON.stringify({ timestamp: '2026-09-04T13:42:05.881Z', type: 'event_msg', payload: { type: 'token_count', info } })}\n`;
  };

  test('what unpacks to far more than its size is left off in time, and told', async () => {
    const bomb = zstdCompressSync(Buffer.concat([Buffer.from(meta + count(7)), Buffer.alloc(64 * 1024 * 1024, 32)]));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const feed = await follow({ [`${PATHS.codex}.zst`]: bomb });
    expect(feed.calls()).toHaveLength(1);
    expect(feed.health().skipped.oversized).toBeGreaterThan(0);
  });

  test('a torn or damaged file gives what is whole, and is told', async () => {
    const whole = zstdCompressSync(Buffer.from(meta + count(7) + `${'x'.repeat(90_000)}\n`.repeat(40)), {
      params: { [constants.ZSTD_c_checksumFlag]: 1 },
    });
    const feed = await follow({
      [`${PATHS.codex}.zst`]: whole.subarray(0, -4),
      [PATHS.codex.replace('a.jsonl', 'b.jsonl.zst')]: Buffer.from('no zstd'),
    });
    expect(feed.health().skipped.malformed).toBeGreaterThan(0);
    expect(feed.health().status).toBe('ok');
  });
});

test('follows no link, be it to a file or a folder, and no name that is no rollout', async () => {
  const outside = tempDir();
  const secret = join(outside, 'rollout-2026-09-04T09-41-40-01a00000-0000-7000-8000-00000000000c.jsonl');
  writeFileSync(secret, '{"timestamp":"2026-09-04T13:42:05.881Z","type":"quantum","payload":{}}\n');
  const root = tempDir();
  const folder = join(root, 'sessions/2026/09/04');
  mkdirSync(folder, { recursive: true });
  symlinkSync(secret, join(folder, 'rollout-2026-09-04T09-41-40-01a00000-0000-7000-8000-00000000000a.jsonl'));
  symlinkSync(outside, join(root, 'archived_sessions'));
  linkSync(secret, join(folder, 'other.jsonl'));
  const feed = await follow({}, root);
  expect(feed.health().unknownKinds ?? []).toEqual([]);
});

async function follow(files: Readonly<Record<string, Buffer>>, root = tempDir()): Promise<Followed> {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  const feed = followFeed(recordsFeed({ medium: 'codex', roots: [root], uri: 'codex:' }));
  await feed.caughtUp();
  return feed;
}
