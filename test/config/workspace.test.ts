import { homedir } from 'node:os';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logicalDirectory } from '../../src/config/workspaces.ts';
import { homesOfPeople } from '../../src/core/homes.ts';
import { given } from './given.ts';

describe('the fallback is the most specific of', () => {
  test("--workspace, SIGHTLINE_WORKSPACE, the file's default, AGENTSIGHT_WORKSPACE and agentsight's section", () => {
    const { load, write, agentsight, home } = given();
    for (const name of ['flag', 'variable', 'file', 'reference', 'section']) mkdirSync(join(home, name));
    const fallback = (flags = {}, env = {}) => load(flags, env).workspaces.fallback;
    const reference = { AGENTSIGHT_WORKSPACE: join(home, 'reference') };
    const variable = { ...reference, SIGHTLINE_WORKSPACE: join(home, 'variable') };
    expect(fallback()).toBeNull();
    agentsight({ reactive: { workspace: join(home, 'section') } });
    expect(fallback()).toBe(join(home, 'section'));
    expect(fallback({}, reference)).toBe(join(home, 'reference'));
    write({ workspace: join(home, 'file') });
    expect(fallback({}, reference)).toBe(join(home, 'file'));
    expect(fallback({}, variable)).toBe(join(home, 'variable'));
    expect(fallback({ workspace: join(home, 'flag') }, variable)).toBe(join(home, 'flag'));
  });
});

test('the maps by agent and by process come from the file, with paths from its own folder or from ~', () => {
  const { load, write, home, project } = given();
  mkdirSync(join(home, '.config', 'sightline', 'beside'), { recursive: true });
  write({ workspaces: { agents: { Claude: '~/project', constructor: project }, processes: { node: 'beside' } } });
  const { agents, processes } = load().workspaces;
  expect(agents).toEqual({ Claude: project, constructor: project });
  expect(processes).toEqual({ node: join(home, '.config', 'sightline', 'beside') });
});

test('an agent that is named like a property of every object finds no workspace in the map', () => {
  const { load, write, project } = given();
  write({ workspaces: { agents: { Claude: project } }, policy: { types: { llm_error: 'ignore' } } });
  const { workspaces, policy } = load();
  expect(workspaces.agents['constructor']).toBeUndefined();
  expect(workspaces.processes['toString']).toBeUndefined();
  expect(policy.types['__proto__']).toBeUndefined();
});

describe('a workspace is kept by the path that was given', () => {
  test('made absolute, its links not followed', () => {
    const { load, home, project } = given();
    symlinkSync(home, join(home, 'alias'));
    expect(load({ workspace: `${home}/alias/./project/` }).workspaces.fallback).toBe(join(home, 'alias/project'));
    expect(load({ workspace: 'project' }).workspaces.fallback).toBe(project);
  });

  test('a link itself, too, because ws-ckpt makes one', () => {
    const { load, home, project } = given();
    symlinkSync(project, join(home, 'managed'));
    expect(load({ workspace: join(home, 'managed') }).workspaces.fallback).toBe(join(home, 'managed'));
  });

  test('and its link may dangle while the store of ws-ckpt is not mounted', () => {
    const { load, home } = given();
    symlinkSync('/nowhere/ws-1', join(home, 'managed'));
    expect(load({ workspace: join(home, 'managed'), arm: true }).workspaces.fallback).toBe(join(home, 'managed'));
  });
});

describe('a folder that cannot be a workspace', () => {
  test('is an error where it was typed for this run', () => {
    const { complaint, home } = given();
    writeFileSync(join(home, 'file'), '');
    expect(complaint({ workspace: 'nowhere' })).toBe(
      `--workspace: the workspace '${home}/nowhere' cannot be used: it does not exist; name an existing folder`,
    );
    expect(complaint({ workspace: 'file' })).toContain('is not a folder; name the folder itself');
    expect(complaint({ workspace: '/no/where' })).toContain('cannot be used: it does not exist');
    expect(complaint({}, { SIGHTLINE_WORKSPACE: '/no/where' })).toContain('SIGHTLINE_WORKSPACE: the workspace');
  });

  test('is a notice if a file names it: the other projects keep their guard', () => {
    const { load, write, project } = given();
    const path = write({ mode: 'auto', workspaces: { agents: { Gone: '/no/where', Claude: project } } });
    const { mode, notices } = load();
    expect(mode).toBe('auto');
    expect(notices).toEqual([
      `${path}: workspaces.agents.Gone: the workspace '/no/where' cannot be used: it does not exist; name an existing folder`,
    ]);
  });
});

test('the working directory is taken as the shell names it, if that is the same folder', () => {
  const { home, project } = given();
  symlinkSync(project, join(home, 'managed'));
  expect(logicalDirectory(project, join(home, 'managed'))).toBe(join(home, 'managed'));
  expect(logicalDirectory(project, home)).toBe(project);
  expect(logicalDirectory(project, '/no/where')).toBe(project);
  expect(logicalDirectory(project, undefined)).toBe(project);
});

describe('the root folder and home folders', () => {
  test('a link to one is named for what it is', () => {
    const { complaint, home } = given();
    const link = join(home, 'link');
    symlinkSync('/', link);
    expect(complaint({ arm: true, workspace: link })).toContain('is the root folder, not a workspace');
  });

  // Where the people of this machine live.
  const above = dirname(
    homesOfPeople(readFileSync('/etc/passwd', 'utf8')).find((home) => dirname(home) !== '/') ?? '/x/y',
  );
  test.skipIf(!existsSync(above))('a folder of home folders is no workspace either', () => {
    expect(given().complaint({ arm: true, workspace: above })).toContain('a folder of home folders, not a workspace');
  });

  test.each(['/', homedir(), '/etc/..'])('%s is no workspace, whatever the checkpointer', (folder) => {
    const { complaint, load, write } = given();
    for (const checkpointer of ['auto', 'git', 'ws-ckpt', 'none']) {
      expect(complaint({ arm: true, workspace: folder, checkpointer })).toMatch(
        /is (?:the root|a home) folder, not a workspace/u,
      );
    }
    write({ workspaces: { agents: { Claude: folder } } });
    expect(complaint({ arm: true })).toMatch(
      /cannot be armed: .*workspaces\.agents\.Claude: .* folder, not a workspace/u,
    );
    expect(load()).toMatchObject({ workspaces: { agents: {} }, notices: [expect.stringContaining('not a workspace')] });
  });
});
