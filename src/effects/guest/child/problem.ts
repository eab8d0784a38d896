import type { GuestProblem } from '../../../core/guest.ts';

/** The guest is not let in; the message names the account, the shell or the file that is meant. */
export class GuestError extends Error {
  readonly code: GuestProblem;

  constructor(code: GuestProblem, detail: string) {
    super(detail);
    this.name = 'GuestError';
    this.code = code;
  }
}
