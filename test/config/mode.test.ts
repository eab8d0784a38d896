import { describe, expect, test } from 'vitest';
import { given } from './given.ts';

test('--arm is --mode auto', () => {
  const { load, project } = given();
  expect(load({ arm: true, workspace: project }).mode).toBe('auto');
  expect(load({ arm: true, mode: 'auto', workspace: project }).mode).toBe('auto');
  expect(load({ workspace: project }, { SIGHTLINE_ARM: '1' }).mode).toBe('auto');
  expect(load({ workspace: project }, { SIGHTLINE_ARM: '0' }).mode).toBe('observe');
});

test('--dry-run is --mode observe, and outranks what arms us less specifically', () => {
  const { load, complaint, project } = given();
  expect(load({ dryRun: true }).mode).toBe('observe');
  expect(load({ dryRun: true, workspace: project }, { SIGHTLINE_ARM: '1' }).mode).toBe('observe');
  expect(complaint({ dryRun: true, arm: true })).toBe(
    '--dry-run means --mode observe and contradicts --arm; leave one of them out',
  );
  expect(complaint({}, { SIGHTLINE_DRY_RUN: '1', SIGHTLINE_MODE: 'hold' })).toBe(
    'SIGHTLINE_DRY_RUN means SIGHTLINE_MODE observe and contradicts SIGHTLINE_MODE hold; leave one of them out',
  );
});

describe('--arm contradicts', () => {
  test.for(['observe', 'hold'])('--mode %s', (mode) => {
    expect(given().complaint({ arm: true, mode })).toContain(`--arm means --mode auto and contradicts --mode ${mode}`);
  });

  test('--read-only, wherever that comes from', () => {
    const { complaint, write, project } = given();
    expect(complaint({ arm: true, readOnly: true, workspace: project })).toContain('--read-only never acts');
    expect(complaint({ mode: 'hold', readOnly: true, workspace: project })).toContain('--read-only never acts');
    expect(complaint({ arm: true }, { SIGHTLINE_READ_ONLY: 'yes' })).toContain('SIGHTLINE_READ_ONLY never acts');
    write({ read_only: true });
    expect(complaint({ arm: true })).toContain('never acts and contradicts --mode auto (--arm)');
  });
});

test('read-only that is more specific than an acting mode observes, with a notice', () => {
  const { load, write, project } = given();
  write({ mode: 'auto', workspace: project });
  expect(load()).toMatchObject({ mode: 'auto', readOnly: false });
  expect(load({ readOnly: true })).toMatchObject({
    mode: 'observe',
    readOnly: true,
    notices: ['--read-only outranks mode auto: nothing will act'],
  });
});

describe('arming needs a workspace', () => {
  test('and is refused without one', () => {
    const { complaint } = given();
    expect(complaint({ arm: true })).toContain('mode auto cannot be armed: there is no workspace to checkpoint');
    expect(complaint({ mode: 'hold' })).toContain('name an existing folder with --workspace DIR');
  });

  test('and is refused where none of them exists', () => {
    const { complaint, write } = given();
    write({ workspaces: { agents: { Claude: '/nowhere/at/all' } } });
    expect(complaint({ arm: true })).toContain('cannot be armed');
  });

  test('but a front end that never acts does not mind', () => {
    expect(given().load({ arm: true }, {}, false).mode).toBe('auto');
  });
});

describe("agentsight's own reactive section", () => {
  test('arms us, with its debounce and its workspace, with a notice', () => {
    const { load, agentsight, project } = given();
    const path = agentsight({ reactive: { enabled: true, debounce_secs: 7, workspace: project }, https: [] });
    expect(load()).toMatchObject({
      mode: 'auto',
      debounceMs: 7_000,
      workspaces: { fallback: project },
      notices: [`armed by ${path}: reactive.enabled; give --mode observe to watch only`],
    });
    expect(load({ mode: 'observe' })).toMatchObject({ mode: 'observe', notices: [] });
  });

  test('names its workspace in either of the two ways', () => {
    const { load, agentsight, project } = given();
    agentsight({ reactive: { workspace_path: project } });
    expect(load()).toMatchObject({ mode: 'observe', workspaces: { fallback: project } });
  });

  test('does not arm us without a workspace: there is no silent /root', () => {
    const { load, agentsight } = given();
    agentsight({ reactive: { enabled: true } });
    const { mode, notices, workspaces } = load();
    expect({ mode, fallback: workspaces.fallback }).toEqual({ mode: 'observe', fallback: null });
    expect(notices).toEqual([expect.stringContaining('not armed as agentsight asks: there is no workspace')]);
  });

  test('never outranks read-only', () => {
    const { load, agentsight, project } = given();
    agentsight({ reactive: { enabled: true, workspace: project } });
    expect(load({ readOnly: true })).toMatchObject({ mode: 'observe', readOnly: true });
  });

  test.for([
    ['{ not json', 'is ignored'],
    [{ reactive: { enabled: 'yes' } }, 'reactive.enabled'],
    [{ reactive: [] }, 'is ignored: reactive'],
    [[], 'is ignored'],
  ] as const)('is ignored with a notice where it makes no sense: %j', ([content, words]) => {
    const { load, agentsight } = given();
    agentsight(content);
    const { mode, notices } = load();
    expect(mode).toBe('observe');
    expect(notices).toEqual([expect.stringContaining(words)]);
  });

  test('is ignored with a notice where the file that was named is not there', () => {
    expect(given().load({}, { AGENTSIGHT_CONFIG: '/nowhere/config.json' }).notices).toEqual([
      "agentsight's configuration /nowhere/config.json is ignored: it does not exist",
    ]);
  });
});
