/**
 * The claim of an engine on the name of its host. Two engines of one name would answer each other's requests: the one that
 * began later keeps silent until the other one is gone. Both log that, and consoles are told of the one that is refused.
 */
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import type { EngineName } from '../../engine/types.ts';
import { wordRefused, wordYielded } from '../../wording/fleet.ts';
import type { Now } from './messages.ts';

/** The owner of a name that was silent for this long is gone, ms: three signs of life were missed. */
const SILENT_MS: Ms = 16_000;
/** The time between two signs of life of one that is refused, ms. */
const REFUSED_MS: Ms = 5_000;
/** Least time between two answers to one that claims the name, ms. */
const ANSWER_MS: Ms = 500;

export type ClaimDeps = {
  readonly clock: Clock;
  readonly name: EngineName;
  readonly host: string;
  readonly talk: (line: string) => void;
  /** Tells at once that this engine is there. */
  readonly announce: () => void;
  /** Sends that this engine is refused. */
  readonly refused: (message: Pick<Now, 'run' | 'seq' | 'at' | 'refused'>) => void;
  /** It has lost the name, or has it again. */
  readonly changed: (isOurs: boolean) => void;
};

/** A claim on a name. */
export type Claim = {
  /** The time when this engine began, Unix ms: of two, the earlier one keeps the name. */
  readonly since: Ms;
  /** False while another engine has the name. */
  readonly isOurs: () => boolean;
  /** An engine that is there and was refused the name; null for none. */
  readonly rival: () => EngineName | null;
  /** Takes what another engine publishes under the name. */
  readonly hear: (now: Now) => void;
  /** The broker was away: nothing could be heard meanwhile. */
  readonly isBack: () => void;
  readonly close: () => void;
};

type Other = { readonly run: string; mono: Mono };

/** Claims the name of a host. */
export function claimName(deps: ClaimDeps): Claim {
  const { clock, name, host, talk } = deps;
  const since = clock.now();
  let owner: Other | null = null;
  let rival: (Other & { readonly engine: EngineName }) | null = null;
  let answeredMono: Mono = -Infinity;
  let cancel = (): void => undefined;
  const tellRefused = (): void => deps.refused({ run: name.run, seq: 0, at: clock.now(), refused: name });
  const wait = (): void => {
    cancel = clock.after(REFUSED_MS, () => {
      if (owner === null) return;
      if (clock.mono() - owner.mono > SILENT_MS) return release();
      tellRefused();
      wait();
    });
  };
  const release = (): void => {
    cancel();
    owner = null;
    talk(`nats: the other engine named ${host} is gone; this one is shown now`);
    deps.changed(true);
  };
  const yieldTo = (run: string): void => {
    owner = { run, mono: clock.mono() };
    rival = null;
    talk(`nats: ${wordYielded(host)}`);
    deps.changed(false);
    tellRefused();
    wait();
  };
  const refuse = (engine: EngineName): void => {
    const isNew = rival?.run !== engine.run;
    rival = { run: engine.run, mono: clock.mono(), engine };
    if (!isNew) return;
    talk(`nats: ${wordRefused(host, engine)}`);
    deps.announce();
  };
  const answer = (): void => {
    if (clock.mono() - answeredMono < ANSWER_MS) return;
    answeredMono = clock.mono();
    deps.announce();
  };
  return {
    since,
    isOurs: () => owner === null,
    rival: () => (rival !== null && clock.mono() - rival.mono <= SILENT_MS ? rival.engine : null),
    hear: ({ run, since: began, refused, ended }) => {
      if (run === name.run) return;
      if (ended === true) {
        if (rival?.run === run) rival = null;
        if (owner?.run === run) release();
      } else if (refused !== undefined) {
        if (owner === null) refuse(refused);
      } else if (owner?.run === run) owner.mono = clock.mono();
      // A change tells no time; a sign of life follows.
      else if (began === undefined) return;
      else if (began < since || (began === since && run < name.run)) {
        if (owner === null) yieldTo(run);
      } else if (owner === null) answer();
    },
    isBack: () => {
      if (owner !== null) owner.mono = clock.mono();
    },
    close: () => cancel(),
  };
}
