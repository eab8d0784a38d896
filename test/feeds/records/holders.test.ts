import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createBook } from '../../../src/feeds/records/book.ts';
import { createHolders } from '../../../src/feeds/records/holders.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const QUIET_MS = 60_000;

test.skipIf(process.platform !== 'linux')(
  'X8: a turn without an end is left at work once no process has its file open and it is quiet; more of it resolves that',
  async () => {
    const folder = tempDir();
    writeFileSync(join(folder, 'rollout.jsonl'), '');
    const codex = spawn('sh', ['-c', 'exec 3<"$0"; echo; exec cat', join(folder, 'rollout.jsonl')]);
    onTestFinished(() => void codex.kill('SIGKILL'));
    await once(codex.stdout, 'data');
    let now = 1_000_000;
    const book = createBook({ agent: 'Codex', copies: null, unknown: () => {}, malformed: () => {} });
    const { sink } = book.add({
      path: ['rollout.jsonl'],
      format: 'lines',
      kind: 'session',
      sessionId: 's1',
      agentId: null,
    });
    sink.session('s1', { sessionId: 's1', open: { type: 'call', name: null, since: now } });
    const root = { path: folder, uid: process.getuid?.() ?? 0 };
    const holders = createHolders({ book, root, now: () => now, openedAt: now, everyMs: 0 });
    const check = async (lastWriteMs: number): Promise<readonly unknown[]> => {
      await holders.check([{ path: ['rollout.jsonl'], sessionId: 's1', lastWriteMs }]);
      return book
        .take(() => 'live')
        .flatMap((event) => (event.type === 'interruption' ? [event.interruption.resolved] : []));
    };
    expect(await check(1_000_000)).toEqual([]);
    now += QUIET_MS;
    expect(await check(1_000_000)).toEqual([]);
    codex.kill('SIGKILL');
    await once(codex, 'exit');
    expect(await check(1_000_000)).toEqual([false]);
    expect(book.session('s1')?.state).toBe('died');
    now += QUIET_MS;
    expect(await check(1_000_000)).toEqual([]);
    expect(await check(now)).toEqual([true]);
  },
);
