import { expect, test } from 'vitest';
import { autoSnapshotId, manualSnapshotId, utcStamp } from '../../../src/core/reactor/acting/spawn.ts';

test.each([
  [Date.UTC(2026, 5, 9, 14, 3, 12, 999), '20260609T140312'],
  [Date.UTC(2024, 1, 29, 23, 59, 59), '20240229T235959'],
  [Date.UTC(2025, 11, 31), '20251231T000000'],
  [Date.UTC(2100, 1, 28), '21000228T000000'],
  [0, '19700101T000000'],
])('%i is %s', (at, stamp) => {
  expect(utcStamp(at)).toBe(stamp);
});

test('every day of forty years has the date that the calendar gives it', () => {
  for (let at = Date.UTC(2000, 0, 1, 12); at < Date.UTC(2040, 0, 1); at += 86_400_000) {
    expect(utcStamp(at)).toBe(new Date(at).toISOString().replaceAll(/[-:]|\.000Z/g, ''));
  }
});

test("an automatic snapshot is named as the reference's", () => {
  expect(autoSnapshotId(Date.UTC(2026, 5, 9, 14, 3, 12), 'retry_storm')).toBe('auto-20260609T140312-retry_storm');
});

test.each([
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['a b\u001b[31m', 'a_b__31m'],
  ['', 'unknown'],
  ['x'.repeat(200), 'x'.repeat(64)],
])('a reason %j becomes what every ws-ckpt accepts', (reason, name) => {
  const id = autoSnapshotId(0, reason);
  expect(id).toBe(`auto-19700101T000000-${name}`);
  expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
});

test("an operator's is named manual-…", () => {
  expect(manualSnapshotId(Date.UTC(2026, 5, 9, 14, 3, 12))).toBe('manual-20260609T140312');
});
