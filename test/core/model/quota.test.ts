import { describe, expect, test } from 'vitest';
import { accountsOf, limitOf, quotasOf } from '../../../src/core/model/meters/quota.ts';
import type { Model } from '../../../src/core/model/types.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import { wordReached, wordWindow } from '../../../src/wording/quota.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';
import { HOUR, T0, aModel, call, told } from './given.ts';

const SESSION: SessionFacts = { ...NO_FACTS, agent: 'Codex' };
const LIMIT = "You've hit your session limit · resets 3pm (Europe/Berlin)";
const RECORDED = { failed: true, errorClass: null, sharesId: true, outputIsLowerBound: false } as const;

function session(model: Model, source: string, id: string, facts: Partial<SessionFacts>): void {
  model.apply(
    source,
    { type: 'session', conversationId: id, session: { ...SESSION, sessionId: id, ...facts }, ownerUid: null },
    T0,
  );
}

function fails(model: Model, source: string, at: number, given: Parameters<typeof call>[1] = {}): void {
  const one = call(at, {
    error: LIMIT,
    statusCode: null,
    usage: null,
    recorded: RECORDED,
    callId: `failed-${at}`,
    ...given,
  });
  model.apply(source, told(`${at}`, one), T0 + at);
}

function succeeds(model: Model, source: string, at: number, conversationId: string): void {
  model.apply(source, told(`ok ${at}`, call(at, { conversationId, callId: `ok-${at}` })), T0 + at);
}

describe('when a limit resets, in the words of its error', () => {
  test.each([
    [LIMIT, '3pm (Europe/Berlin)'],
    ['5-hour limit reached ∙ resets 3am', '3am'],
    ["You've hit your limit · resets Dec 6, 9am (UTC) /upgrade to increase it", 'Dec 6, 9am (UTC)'],
    ['Your limit will reset at 14:00. Try again later', '14:00'],
    ['Weekly limit reached · resets Monday', 'Monday'],
    ['usage limit reached', null],
    ['limit reached, resets \u001b[31msoon', null],
    [`limit reached, resets 1${'0'.repeat(5_000)}`, `1${'0'.repeat(38)}…`],
  ])('%j: %j', (error, resets) => {
    expect(limitOf(error, T0)).toEqual({ at: T0, resetsAt: null, resets });
  });

  test('is a time where older versions write one', () => {
    expect(limitOf('Claude AI usage limit reached|1780003600', T0)).toMatchObject({ resetsAt: 1_780_003_600_000 });
    expect(limitOf(null, T0)).toEqual({ at: T0, resetsAt: null, resets: null });
  });
});

describe('the limits of an account', () => {
  test('are those that the newest of its sessions told, without windows that were reset since', () => {
    const model = aModel();
    const window = (usedPercent: number, resetsAt: number) => ({
      name: 'primary',
      usedPercent,
      windowMinutes: 300,
      resetsAt,
    });
    session(model, 'codex:/a', 'c1', { lastAt: T0 - 10, quota: [window(10, T0 + HOUR)] });
    session(model, 'codex:/a', 'c2', {
      lastAt: T0,
      quota: [window(63, T0 + HOUR), { ...window(99, T0), name: 'secondary' }],
    });
    session(model, 'codex:/b', 'c3', { lastAt: T0 - HOUR, quota: [window(5, T0 + 2 * HOUR)] });
    const quotas = quotasOf(model.conversations(), T0);
    expect(quotas.map(({ account, windows }) => [account, windows.map(({ usedPercent }) => usedPercent)])).toEqual([
      ['codex:/a', [63]],
      ['codex:/b', [5]],
    ]);
    expect(quotas[0]?.windows.map((one) => wordWindow(one, T0))[0]).toMatch(/^63 %, resets \d\d:\d\d$/u);
    expect(quotasOf(model.conversations(), T0 + HOUR).map(({ account }) => account)).toEqual(['codex:/b']);
    // The account stays, and nothing is known of it.
    expect(accountsOf(model.conversations(), T0 + HOUR)).toMatchObject([
      { account: 'codex:/a', windows: [], reached: null },
      { account: 'codex:/b', windows: [{ usedPercent: 5 }] },
    ]);
  });

  test('where records tell none are known by the error of the one that was reached, until any call of it succeeds', () => {
    const model = aModel();
    fails(model, 'claude:/home', 0, { conversationId: 'one' });
    const [quota] = quotasOf(model.conversations(), T0);
    expect(quota).toMatchObject({ agent: 'Claude', account: 'claude:/home', windows: [] });
    expect(quota?.reached && wordReached(quota.reached, T0)).toMatch(
      /^limit reached \S+, resets 3pm \(Europe\/Berlin\)$/u,
    );
    succeeds(model, 'claude:/elsewhere', 1_000, 'other');
    expect(quotasOf(model.conversations(), T0)).toHaveLength(1);
    succeeds(model, 'claude:/home', 2_000, 'another');
    expect(quotasOf(model.conversations(), T0)).toEqual([]);
  });

  test('are seen in the calls of agentsight alike, and forgotten with a call that is taken back', () => {
    const model = aModel();
    const { recorded: _, ...seen } = call(0, { error: LIMIT, statusCode: 429, usage: null });
    model.apply('sqlite:/x', told('1', seen), T0);
    expect(quotasOf(model.conversations(), T0)).toMatchObject([
      { agent: 'Claude', account: null, reached: { at: T0 } },
    ]);
    model.apply(
      'sqlite:/x',
      told('2', call(1, { callId: 'kept', usage: null, error: 'Overloaded', statusCode: 529 })),
      T0,
    );
    model.apply('sqlite:/x', { type: 'withdrawn', record: '1' }, T0);
    expect(quotasOf(model.conversations(), T0)).toEqual([]);
  });
});
