import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FolderRules, sessionWorkspace } from '../../src/effects/session-folder.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const US = process.getuid?.() ?? 0;

function world() {
  const home = tempDir();
  const roots = [join(home, 'src')];
  const project = join(home, 'src', 'shop');
  mkdirSync(join(project, 'web'), { recursive: true });
  const rules: FolderRules = {
    roots,
    isForbidden: (path) => path === home || path === '/',
    isConfirmed: () => false,
  };
  return { home, project, rules };
}

describe('the workspace of a session', () => {
  test('is its folder below a root', async () => {
    const { project, rules } = world();
    expect(await sessionWorkspace(project, US, rules)).toEqual({ type: 'workspace', path: project });
  });

  test.each(['a repository', 'a worktree'])('is the top of %s', async (kind) => {
    const { project, rules } = world();
    if (kind === 'a worktree') writeFileSync(join(project, '.git'), 'gitdir: /elsewhere');
    else mkdirSync(join(project, '.git'));
    expect(await sessionWorkspace(join(project, 'web'), US, rules)).toEqual({ type: 'workspace', path: project });
  });

  test('is not the home folder that is a repository itself', async () => {
    const { home, project, rules } = world();
    mkdirSync(join(home, '.git'));
    expect(await sessionWorkspace(project, US, rules)).toEqual({ type: 'workspace', path: project });
    expect(await sessionWorkspace(home, US, rules)).toMatchObject({ type: 'refused', code: 'forbidden' });
  });

  test('has to be there', async () => {
    const { project, rules } = world();
    writeFileSync(join(project, 'file'), '');
    for (const name of ['gone', 'file']) {
      const path = join(project, name);
      expect(await sessionWorkspace(path, US, rules)).toEqual({ type: 'refused', code: 'absent', path });
    }
  });

  test('is not below a root that a link in it leads out of', async () => {
    const { home, project, rules } = world();
    const outside = join(home, 'other');
    mkdirSync(outside);
    symlinkSync(outside, join(project, 'link'));
    expect(await sessionWorkspace(join(project, 'link'), US, rules)).toEqual({
      type: 'refused',
      code: 'unconfirmed',
      path: outside,
    });
  });

  test('elsewhere is taken once it is confirmed', async () => {
    const { home, rules } = world();
    const other = join(home, 'src-other');
    mkdirSync(other);
    expect(await sessionWorkspace(other, US, rules)).toMatchObject({ type: 'refused', code: 'unconfirmed' });
    const confirmed = { ...rules, isConfirmed: (path: string) => path === other };
    expect(await sessionWorkspace(other, US, confirmed)).toEqual({ type: 'workspace', path: other });
  });

  test('belongs to the owner of the records', async () => {
    const { project, rules } = world();
    expect(await sessionWorkspace(project, US + 1, rules)).toMatchObject({ type: 'refused', code: 'foreign' });
    expect(await sessionWorkspace(project, null, rules)).toMatchObject({ type: 'refused', code: 'foreign' });
  });

  test.runIf(US === 0)('is not the repository of another user around it', async () => {
    const { home, project, rules } = world();
    mkdirSync(join(home, 'src', '.git'));
    chownSync(join(home, 'src'), 12_345, 12_345);
    expect(await sessionWorkspace(project, US, rules)).toEqual({ type: 'workspace', path: project });
  });
});
