import type { Guest, GuestEnd, GuestRefusal } from '../../core/guest.ts';
import type { Result } from '../../core/result.ts';
import { type Visit, inviteGuest, startGuest } from '../../effects/guest/guest.ts';
import { print } from '../../effects/terminal/output.ts';
import type { Keyboard } from '../../effects/terminal/terminal.ts';
import type { EngineView } from '../../engine/types.ts';
import { wordGuestGreeting } from '../../wording/guest.ts';
import type { StopRequests } from '../shutdown.ts';

/** Standard output: the screen is on it. */
const OUTPUT = 1;

/** The screen, which gives the terminal to another program during `work`. */
type Suspendable = { readonly suspend: (work: () => Promise<void>) => Promise<void> };

export type LendingDeps = {
  readonly keyboard: Keyboard;
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
  /** Hangs up on a guest. */
  readonly end: () => void;
};

export function createLending({ keyboard, stop, view }: LendingDeps): Lending {
  let visit: Visit | null = null;
  const end = (): void => visit?.end();
  void stop.first.then(end);
  return {
    isOn: () => visit !== null,
    lend: async (guest, screen) => {
      const invited = await inviteGuest(guest, { env: process.env });
      if (!invited.ok) return invited;
      let ended: Result<GuestEnd, GuestRefusal> = { ok: false, reason: { code: 'no_terminal' } };
      await screen.suspend(async () => {
        // A screen that is read aloud reads on by itself.
        keyboard.stream.pause();
        print(wordGuestGreeting(guest, invited.value.owner, view()));
        visit = startGuest(invited.value, { input: keyboard.descriptor, output: OUTPUT });
        const { ended: leaving } = visit;
        ended = await stop.during(() => leaving);
        visit = null;
        // What was changed for it, and what it left: the screen sets its own mode again.
        keyboard.stream.setRawMode(false);
        keyboard.stream.resume();
      });
      return ended;
    },
    continued: () => {
      // Behind script(1) keys pass as they come; the shell that we were stopped for has set the terminal for itself.
      if (visit?.hasOwnTerminal === true) keyboard.stream.setRawMode(true);
    },
    end,
  };
}
