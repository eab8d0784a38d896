import { THEME } from '../../helpers/picture.tsx';
import { expect, test } from 'vitest';
import type { StateProblem } from '../../../src/effects/state/journal.ts';
import { alertsOf } from '../../../src/ui/app/alerts.ts';
import { NOON, ScreenWorld } from '../../helpers/view.ts';

test('the alert line says why nothing is kept over a restart; a service that writes the folder is no alert', () => {
  const view = new ScreenWorld().engine.store.getState();
  const textsOf = (stateProblem: StateProblem | null): string =>
    alertsOf({ ...view, stateProblem }, NOON, THEME)
      .map(({ text }) => text)
      .join('\n');
  const path = '/var/lib/state';
  expect(view.stateProblem).toBeNull();
  const text = textsOf({ code: 'state_not_written', path, reason: { code: 'errno', errno: 'ENOSPC' } });
  const reason = { code: 'quoted', text: 'it belongs to user id 7' } as const;
  const foreign = { code: 'state_refused', path, reason } as const;
  expect(text).toContain('state folder /var/lib/state: nothing is kept over a restart: no space left on its disk');
  expect(textsOf(foreign)).toContain('user id 7');
  expect(textsOf({ code: 'state_in_use', path, owner: { user: 'root', pid: 7, startedAt: 0 } })).toBe(textsOf(null));
});
