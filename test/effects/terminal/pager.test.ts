import { describe, expect, test } from 'vitest';
import { pagerOf, showInPager } from '../../../src/effects/terminal/pager.ts';

describe('the pager', () => {
  test('is PAGER with its arguments, less where that is not set, and none where it is empty or cat', () => {
    expect(pagerOf({ PAGER: ' most  -w ' })).toEqual(['most', '-w']);
    expect(pagerOf({})).toEqual(['less', '-R']);
    expect(pagerOf({ PAGER: '' })).toBeNull();
    expect(pagerOf({ PAGER: 'cat' })).toBeNull();
  });

  test('gets its argument as it is: no shell reads it', async () => {
    expect(await showInPager(['sh -c true; exit'], 'text')).toBe(false);
  });

  test('that is not there is told', async () => {
    expect(await showInPager(['/no/such/pager'], 'text')).toBe(false);
  });

  test('may be left before it has read everything', async () => {
    expect(await showInPager(['true'], 'line\n'.repeat(200_000))).toBe(true);
  });
});
