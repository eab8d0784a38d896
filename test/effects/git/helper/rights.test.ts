import { expect, test } from 'vitest';
import { rightsFor, type Situation } from '../../../../src/effects/git/helper/rights.ts';

const LINUX_ROOT: Situation = { platform: 'linux', euid: 0, capabilities: 0x1ffn };
const NONE = 0n;

test.each([
  ["root in another user's folder takes that user's rights", 1000, LINUX_ROOT, 1000],
  ["root in root's own folder keeps its own", 0, LINUX_ROOT, null],
  ['an ordinary user keeps its own in its folder', 1000, { platform: 'linux', euid: 1000, capabilities: NONE }, null],
  ["an ordinary user keeps its own in another's", 1001, { platform: 'linux', euid: 1000, capabilities: NONE }, null],
  ['capabilities do no harm in our own folder', 1000, { platform: 'linux', euid: 1000, capabilities: 0b10n }, null],
  ['other capabilities do no harm', 1001, { platform: 'linux', euid: 1000, capabilities: 1n << 10n }, null],
  ['an ordinary user on macOS keeps its own', 501, { platform: 'darwin', euid: 501, capabilities: NONE }, null],
] as const)('%s', (_, owner, at, uid) => {
  expect(rightsFor(owner, at)).toBe(uid);
});

test.each([
  ['CAP_CHOWN', 0n],
  ['CAP_DAC_OVERRIDE', 1n],
  ['CAP_DAC_READ_SEARCH', 2n],
  ['CAP_FOWNER', 3n],
])("with %s, and not root, another user's folder is refused", (_, bit) => {
  const at: Situation = { platform: 'linux', euid: 1000, capabilities: 1n << bit };
  expect(() => rightsFor(1001, at)).toThrow(/change other users' files.*user 1001/u);
});

test("where rights cannot be given up, root is refused in another user's folder and at home in its own", () => {
  const at: Situation = { platform: 'darwin', euid: 0, capabilities: NONE };
  expect(() => rightsFor(501, at)).toThrow(/its rights cannot be given up here/u);
  expect(rightsFor(0, at)).toBeNull();
});
