import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';

function configured(content: unknown) {
  const folder = tempDir();
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(content));
  mkdirSync(join(folder, 'project'));
  return { folder, path, project: join(folder, 'project') };
}

test('config prints a file with the origin of each value and no secret; read back, it gives the same values', () => {
  const { folder, path } = configured({
    timeout: 5,
    ui: { theme: 'light', keys: { quit: 'x' } },
    policy: { types: { 'a // b': 'flag' } },
    command: ['/bin/echo', '// "quoted" /* text */'],
    host: 'a"b',
  });
  const env = { ...cleanEnvironment(), SIGHTLINE_MODE: 'hold', SIGHTLINE_TOKEN: 'secret' };
  const { status, stdout } = runProgram(['config', '--config', path, '--debounce', '7'], { env });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\/\/ config "\S+config\.json" \(--config; not a key of the file\)$/m);
  expect(stdout).toMatch(/^ {2}"debounce": 7, \/\/ --debounce$/m);
  expect(stdout).toMatch(/^ {2}"mode": "hold", \/\/ SIGHTLINE_MODE$/m);
  expect(stdout).toMatch(/^ {2}"timeout": 5, \/\/ \S+config\.json: timeout$/m);
  expect(stdout).toMatch(/^ {4}"theme": "light", \/\/ \S+config\.json: ui\.theme$/m);
  expect(stdout).toMatch(/^ {2}\/\/ "grace": not set \(default\)$/m);
  expect(stdout).not.toContain('secret');
  const pasted = join(folder, 'pasted.json');
  writeFileSync(pasted, stdout);
  const valuesOf = (text: string): readonly unknown[] =>
    (JSON.parse(text) as { name: string; value: unknown }[]).slice(1).map(({ name, value }) => [name, value]);
  const [before, after] = [
    runProgram(['config', '--json', '--config', path, '--debounce', '7'], { env }),
    runProgram(['config', '--json', '--config', pasted]),
  ];
  expect(after.stderr).not.toContain('unknown key');
  expect(valuesOf(after.stdout)).toEqual(valuesOf(before.stdout));
  expect(JSON.parse(runProgram(['config', '--json'], { env }).stdout)).toContainEqual({
    name: 'mode',
    value: 'hold',
    origin: 'SIGHTLINE_MODE',
  });
});

test('doctor says what is there and what to do about the rest, and fails only where something does', () => {
  const { folder, project } = configured({});
  const feed = join(folder, 'feed.jsonl');
  writeFileSync(feed, '');
  const args = ['doctor', '--source', `jsonl:${feed}`, '--state-dir', join(folder, 'state')];
  const well = runProgram([...args, '--workspace', project, '--checkpointer', 'git']);
  expect(well).toMatchObject({ status: 0, stderr: '' });
  expect(well.stdout).toMatch(/^ok +source jsonl:/m);
  expect(well.stdout).toMatch(/^ok +workspace .*project: git \d/m);
  expect(runProgram(args)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^warning workspace: none/m) });
  const ill = runProgram(['doctor', '--source', `sqlite:${folder}/nowhere`, '--json']);
  expect(ill.status).toBe(1);
  expect(JSON.parse(ill.stdout)).toContainEqual({
    name: `source sqlite:${folder}/nowhere`,
    state: 'failed',
    detail: expect.stringContaining('start agentsight'),
  });
});

test('doctor asks the tools, whether a workspace is configured or not', () => {
  const { folder } = configured({});
  const feed = join(folder, 'feed.jsonl');
  writeFileSync(feed, '');
  const args = ['doctor', '--source', `jsonl:${feed}`, '--state-dir', join(folder, 'state')];
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const env = { ...cleanEnvironment(), PATH: bin };
  const without = runProgram(args, { env });
  expect(without.status).toBe(1);
  expect(without.stdout).toMatch(/^FAILED {2}checkpointer ws-ckpt: .*not installed/m);
  expect(without.stdout).toMatch(/^FAILED {2}checkpointer git: git is not installed/m);
  expect(runProgram([...args, '--checkpointer', 'none'], { env })).toMatchObject({
    status: 0,
    stdout: expect.not.stringContaining('checkpointer '),
  });
  symlinkSync(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), join(bin, 'git'));
  const withGit = runProgram(args, { env });
  expect(withGit.status).toBe(0);
  expect(withGit.stdout).toMatch(/^ok {6}checkpointer git: \d/m);
  expect(withGit.stdout).toMatch(/^warning checkpointer ws-ckpt: .*not installed/m);
});

test('keys lists every key with its action, as configured; a wrong choice is a configuration error', () => {
  const { path } = configured({ ui: { keys: { checkpoint: 'C' } } });
  const { status, stdout } = runProgram(['keys', '--config', path]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}C +checkpoint +take a checkpoint now/m);
  expect(stdout).toMatch(/^ {2}: +commands /m);
  const wrong = configured({ ui: { keys: { chekpoint: 'C' } } });
  expect(runProgram(['keys', '--config', wrong.path])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("unknown action 'chekpoint'; did you mean 'checkpoint'?"),
  });
  const taken = configured({ ui: { keys: { checkpoint: 's' } } });
  expect(runProgram(['keys', '--config', taken.path]).stderr).toContain("'s' is the key of silence");
});

test('config --schema is a JSON Schema that knows every key, with an unusable file, too', () => {
  const { path } = configured({ debounce: 'soon' });
  const { status, stdout } = runProgram(['config', '--schema', '--config', path]);
  expect(status).toBe(0);
  const schema = JSON.parse(stdout) as { readonly properties: Readonly<Record<string, unknown>> };
  expect(schema).toMatchObject({
    $schema: expect.stringContaining('json-schema.org'),
    type: 'object',
    properties: {
      debounce: { anyOf: [{ type: 'number', minimum: 0, maximum: 86_400 }, { type: 'string' }] },
      mode: { enum: ['observe', 'hold', 'auto'] },
      ui: { properties: { theme: { enum: expect.arrayContaining(['high-contrast']) } } },
    },
  });
});
