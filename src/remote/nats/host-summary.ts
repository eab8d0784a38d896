/** The summary of a host on its way to consoles: patches, signs of life, and the whole where one asks. */
import type { Mono, Ms } from '../../core/units.ts';
import { every } from '../../effects/clock.ts';
import { diffOf } from '../patch.ts';
import { encodeValue } from '../wire.ts';
import type { Claim } from './claim.ts';
import type { FleetHostDeps } from './host-deps.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import { type Summary, summaryOf } from './summary.ts';

/** Least time between two summaries, ms: a person sees no more, and the calls of a second share one patch. */
export const SUMMARY_MS: Ms = 1_000;
/** Least time between two counts of money and tokens, ms: they change with each call, and would be in each patch. */
const FIGURES_MS: Ms = 5_000;
/** The time after which an unchanged host gives a sign of life, ms. */
const ALIVE_MS: Ms = 5_000;
/** The oldest state by which an operator may act, ms, and how many are remembered. */
const OLDEST_VIEW_MS: Ms = 30_000;
const MAX_REVISIONS = 120;

/** The presence of a host. */
export type SummaryOfHost = {
  /** Sends what changed; `isForced`: a sign of life where nothing did. */
  readonly publish: (isForced: boolean) => void;
  /** The whole summary, as an answer of at most so many bytes. */
  readonly whole: (maxBytes: number) => string;
  /** True for a state that was there a moment ago. */
  readonly isRecent: (revision: number) => boolean;
  readonly follow: () => () => void;
};

/** Creates what tells consoles of an engine. */
export function createSummary(
  { engine, clock, name, content, triage }: FleetHostDeps,
  claim: Claim,
  send: (message: string) => void,
): SummaryOfHost {
  let sent: Summary = summaryOf(engine.store.getState(), triage);
  let figuresMono: Mono = clock.mono();
  let seq = 1;
  let sentMono: Mono = -Infinity;
  let made: { readonly seq: number; readonly document: string } | null = null;
  const revisions = new Map<number, Mono>([[seq, clock.mono()]]);
  let cancel: (() => void) | null = null;
  const publish = (isForced: boolean): void => {
    cancel?.();
    cancel = null;
    if (!claim.isOurs()) return;
    const view = engine.store.getState();
    const mono = clock.mono();
    const isDue = mono - figuresMono >= FIGURES_MS;
    if (isDue) figuresMono = mono;
    const next = summaryOf(view, triage, isDue ? null : sent.figures);
    const patch = diffOf(sent, next);
    if (patch === null && !isForced && mono - sentMono < ALIVE_MS) return;
    if (patch !== null) seq += 1;
    sent = next;
    sentMono = mono;
    revisions.delete(seq);
    revisions.set(seq, mono);
    const [oldest] = revisions.keys();
    if (revisions.size > MAX_REVISIONS && oldest !== undefined) revisions.delete(oldest);
    const message = encodeValue({
      run: name.run,
      seq,
      at: clock.now(),
      ...(isForced && { since: claim.since }),
      ...(patch !== null && { patch }),
    });
    // What no message can hold is asked for by those who need it.
    if (Buffer.byteLength(message) < MAX_MESSAGE_BYTES / 2) send(message);
  };
  const soon = (): void => {
    cancel ??= clock.after(Math.max(0, sentMono + SUMMARY_MS - clock.mono()), () => publish(false));
  };
  return {
    publish,
    whole: (maxBytes) => {
      // The time is that of the answer: a console reads the clock of the host from it.
      if (made?.seq !== seq) made = { seq, document: encodeValue(sent) };
      const head = encodeValue({ engine: name, seq, at: clock.now(), content, rival: claim.rival() }).slice(0, -1);
      const answer = `${head},"document":${made.document}}`;
      return Buffer.byteLength(answer) < maxBytes ? answer : '';
    },
    isRecent: (revision) => clock.mono() - (revisions.get(revision) ?? -Infinity) <= OLDEST_VIEW_MS,
    follow: () => {
      const ends = [engine.pace(SUMMARY_MS), engine.store.subscribe(soon), every(clock, ALIVE_MS, () => publish(true))];
      return () => {
        for (const end of ends) end();
        cancel?.();
      };
    },
  };
}
