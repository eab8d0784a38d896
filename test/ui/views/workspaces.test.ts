import { describe, expect, it } from 'vitest';
import { shortName, withShortNames } from '../../../src/ui/views/workspaces/names.ts';
import type { WorkspaceView } from '../../../src/engine/types.ts';

function among(...paths: readonly string[]) {
  return { workspaces: paths.map((workspace) => ({ path: workspace }) as WorkspaceView) };
}

describe('the name of a workspace', () => {
  it.each([
    ['/srv/billing', ['/srv/billing', '/srv/deploy'], 'billing'],
    ['/home/a/app', ['/home/a/app', '/home/b/app'], 'a/app'],
    ['/app', ['/app', '/srv/app'], '/app'],
    ['/srv/ws/', ['/srv/ws/'], 'ws'],
    ['/', ['/'], '/'],
    ['build-07:/srv/billing', ['build-07:/srv/billing', 'build-08:/srv/billing'], 'billing'],
    ['build-07:/home/a/app', ['build-07:/home/a/app', 'build-07:/home/b/app', 'x:/a/app'], 'a/app'],
  ])('%s among %j is %s', (path, all, name) => {
    expect(shortName(path, among(...all))).toBe(name);
  });
});

it.each(['/tmp/demo-aSMp/a b', '/srv/c++ (old) [1]{2}|^$.*?\\', '/srv/工作', '/srv/🙏🏽'])(
  'may have any signs: %s',
  (path) => {
    expect(withShortNames(`${path} waits`, among(path))).toBe(`${path.split('/').at(-1)} waits`);
  },
);

it('stands in a text for the whole path, but not for a part of another path or in a command', () => {
  const view = among('/srv/ws', '/srv/ws/inner');
  expect(withShortNames('/srv/ws: and /srv/ws/inner, /srv/ws2, --workspace=/srv/ws', view)).toBe(
    'ws: and inner, /srv/ws2, --workspace=/srv/ws',
  );
});
