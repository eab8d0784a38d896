import type { Guest, GuestEnd, GuestRefusal } from '../../core/guest.ts';
import type { Result } from '../../core/result.ts';
import { type Invitation, type Visit, inviteGuest, startGuest } from '../../effects/guest/guest.ts';
import { print } from '../../effects/terminal/output.ts';
import { KEEP_TITLE, USUAL_MODES } from '../../effects/terminal/terminal-extras.ts';
import type { Keyboard } from '../../effects/terminal/terminal.ts';
import { sleep, systemClock } from '../../effects/clock.ts';
import type { EngineView } from '../../engine/types.ts';
import { wordGuestGreeting } from '../../wording/guest.ts';
import type { StopRequests } from '../shutdown.ts';

/** Standard output: the screen is on it. */
const OUTPUT = 1;
/**
 * What is typed so long after a guest's end was meant for the guest, or is the terminal's answer to what that one asked, ms:
 * none of it is a key of ours.
 */
const SETTLE_MS = 150;

/** The screen, which gives the terminal to another program during `work`. */
type Suspendable = { readonly suspend: (work: () => Promise<void>) => Promise<void> };

export type LendingDeps = {
  readonly keyboard: Keyboard;
  /** The terminal itself, for what sets its modes. */
  readonly output: { readonly write: (sequence: string) => unknown };
  /** The screen is read aloud: it reads lines. */
  readonly spoken: boolean;
  readonly stop: Pick<StopRequests, 'during' | 'first'>;
  readonly view: () => Pick<EngineView, 'mode' | 'workspaces'>;
};

/** Lends the terminal to a shell or an editor, one at a time. */
export type Lending = {
  /** True while a guest has the terminal. */
  readonly isOn: () => boolean;
  readonly lend: (guest: Guest, screen: Suspendable) => Promise<Result<GuestEnd, GuestRefusal>>;
  /** We were stopped with our group and go on: a guest's terminal is passed through as before. */
  readonly continued: () => void;
  /** Hangs up on a guest, and lends nothing any more. */
  readonly end: () => void;
  /** Resolves when no guest has the terminal: at once, or soon after `end`. */
  readonly alone: () => Promise<void>;
};

export function createLending({ keyboard, output, spoken, stop, view }: LendingDeps): Lending {
  let visit: Visit | null = null;
  let lent = Promise.resolve();
  let isOver = false;
  const write = (sequence: string): void => {
    if (process.env['TERM'] !== 'dumb') output.write(sequence);
  };
  const end = (): void => {
    isOver = true;
    visit?.end();
  };
  void stop.first.then(end);
  const host = async (invitation: Invitation, greeting: string): Promise<Result<GuestEnd, GuestRefusal>> => {
    // A screen that is read aloud reads on by itself.
    keyboard.stream.pause();
    write(KEEP_TITLE);
    print(greeting);
    visit = startGuest(invitation, { input: keyboard.descriptor, output: OUTPUT });
    const { ended: leaving } = visit;
    const ended = await stop.during(() => leaving);
    visit = null;
    // What was changed for it, and what it left: the screen sets its own modes again.
    write(USUAL_MODES);
    if (isOver) return ended;
    // Keys that are read as lines are kept back by the terminal itself.
    keyboard.stream.setRawMode(!spoken);
    keyboard.stream.resume();
    if (!spoken) await sleep(systemClock, SETTLE_MS);
    keyboard.stream.setRawMode(false);
    return ended;
  };
  return {
    isOn: () => visit !== null,
    lend: async (guest, screen) => {
      const invited = await inviteGuest(guest, { env: process.env });
      if (!invited.ok) return invited;
      let ended: Result<GuestEnd, GuestRefusal> = { ok: false, reason: { code: 'no_terminal' } };
      await screen.suspend(async () => {
        if (isOver || visit !== null) return;
        const visiting = host(invited.value, wordGuestGreeting(guest, invited.value.owner, view()));
        lent = visiting.then(() => undefined);
        ended = await visiting;
      });
      return ended;
    },
    alone: () => lent,
    continued: () => {
      // Behind script(1) keys pass as they come; the shell that we were stopped for has set the terminal for itself.
      if (visit?.hasOwnTerminal === true) keyboard.stream.setRawMode(true);
    },
    end,
  };
}
