import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/program.ts';

const root = resolve(import.meta.dirname, '../..');

/** Runs a program that uses the built package; what it printed, a line each. */
function embed(program: string): readonly string[] {
  const env = cleanEnvironment();
  const place = env['HOME'] ?? '';
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(root, join(place, 'node_modules/sightline'));
  mkdirSync(join(place, 'project'));
  writeFileSync(join(place, 'project/file'), 'worth keeping');
  writeFileSync(join(place, 'program.mjs'), PRELUDE + program);
  const options = { cwd: place, env, encoding: 'utf8', timeout: 30_000 } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['program.mjs'], options);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.trimEnd().split('\n');
}

const PRELUDE = `
import { ArmError, ConfigError, openSightline, pushFeed } from 'sightline';
function call(callId, error = null) {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    callId, startNs: now - 1_000_000n, endNs: now, status: 'complete', conversationId: 'c1', sessionId: null,
    agent: 'Ours', processName: 'ours', pid: 1, provider: 'openai', model: 'm', kind: 'main',
    statusCode: error === null ? 200 : 500, error, usage: null, finishReason: null, tools: [], userQuery: null,
    interruptionType: null,
  };
}
function tell(event) {
  if (event.type !== 'notice') return;
  const { type, signal, fate } = event.notice;
  if (type === 'signal') console.log('signal', signal.type, signal.origin);
  if (type === 'fate') console.log(fate.kind, fate.settled);
}
const args = { workspace: 'project', checkpointer: 'git', arm: true, debounce: '0' };
`;

test('calls that a program pushes become signals and fates', () => {
  const said = embed(`
    const { feed, push, end } = pushFeed('ours');
    const engine = await openSightline({ ...args, feeds: [feed] });
    engine.listen(tell);
    const event = (n, error) => ({ type: 'call', record: String(n), arrival: 'live', call: call('call-' + n, error) });
    await engine.start();
    push(event(1), event(2, 'the process crashed'));
    end();
    await engine.drained;
    engine.commit();
    const { model, sources } = engine.store.getState();
    console.log(model.fleet.totals.calls, sources[0].health.uri);
    await engine.close();
  `);
  expect(said[0]).toBe('signal agent_crash call');
  expect(said.slice(-2)).toEqual(['checkpointed true', '2 ours']);
});

test('a listener that throws is heard of by its program, and stops nothing', () => {
  const said = embed(`
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    const { feed, end } = pushFeed('ours');
    const engine = await openSightline({ ...args, feeds: [feed] });
    engine.listen((event) => {
      if (event.type === 'started') throw new Error('mine');
    });
    engine.listen(tell);
    engine.notifyInterruption('retry_storm', 'c1', { agent: 'Ours' });
    await engine.start();
    end();
    await engine.drained;
    await engine.close();
  `);
  expect(said[0]).toBe('signal retry_storm api');
  expect(said).toContain('uncaught mine');
  expect(said.at(-1)).toBe('checkpointed true');
});

test('what cannot be had is an error of a class of its own', () => {
  const said = embed(`
    await openSightline({ debounce: 'soon' }).catch((error) => console.log(error instanceof ConfigError, error.message));
    const engine = await openSightline({ ...args, feeds: [], checkpointer: 'ws-ckpt' });
    await engine.start().catch((error) => console.log(error instanceof ArmError, error.message));
    await engine.close();
  `);
  expect(said[0]).toMatch(/^true .*debounce/);
  expect(said[1]).toMatch(/^true .*ws-ckpt was asked for/);
});
