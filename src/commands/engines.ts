/** The engines of this machine, as the dashboard and the commands that act find them. */
import type { Result } from '../core/result.ts';
import type { Ms } from '../core/units.ts';
import { VERSION } from '../core/version.ts';
import { systemClock } from '../effects/clock.ts';
import { terminalName, userName } from '../effects/person.ts';
import { commandLineOf } from '../effects/process/processes.ts';
import { attach, type AttachProblem, type RemoteEngine } from '../remote/client.ts';
import { findEngines, findRootsEngines, type LocalEngine } from '../remote/find.ts';
import { connectToEngine, newRequestId } from '../remote/local.ts';

/** An engine that was found, and the console that is attached to it. */
export type Found = { readonly at: LocalEngine; readonly engine: RemoteEngine };

/** An engine that was found, and why no console can be attached to it. */
export type Refused = { readonly pid: number; readonly why: AttachProblem };

/**
 * Connects to the engines that this user may steer; to root's, where there are none and root lets this user's group look.
 * `pid`: to that one alone. `answerMs`: the time that an answer may take, ms.
 */
export async function connectToEngines(
  pid: number | null,
  answerMs?: Ms,
): Promise<{ readonly found: readonly Found[]; readonly refused: readonly Refused[] }> {
  const own = findEngines().filter((one) => one.pid !== process.pid && (pid === null || one.pid === pid));
  const candidates = own.length > 0 ? own : findRootsEngines().views.filter((one) => pid === null || one.pid === pid);
  const tried = await Promise.all(candidates.map((at) => connect(at, answerMs)));
  return {
    found: tried.flatMap((one) => (one.ok ? [one.value] : [])),
    refused: tried.flatMap((one) => (one.ok ? [] : [one.reason])),
  };
}

/**
 * Names root's engine, for a user who may not steer it, with the line that does; null where there is none. `wanted`: its
 * pid, where one is meant.
 */
export function rootsEngineLine(wanted: string | null): string | null {
  const pid = findRootsEngines().pids.find((one) => Number.isNaN(Number(wanted ?? 'any')) || one === Number(wanted));
  return pid === undefined ? null : `root's engine with pid ${pid} runs here: sudo sightline --attach=${pid} steers it`;
}

/** Paths that a shell takes as they are. */
const PLAIN_PATH = /^\/[\w./@+-]+$/u;

// The line that starts the program from which the engine was started, as far as that can be read.
function sameVersion(pid: number): string {
  const [node = '', program = ''] = commandLineOf(pid);
  const isKnown = PLAIN_PATH.test(node) && PLAIN_PATH.test(program);
  return isKnown ? `run ${node} ${program} --attach=${pid}` : 'start the console with the same one';
}

/** Words why a console cannot be attached, with what to do about it. */
export function wordProblem({ why, pid }: Refused): string {
  switch (why) {
    case 'wire_version':
      return `it is another version of sightline; ${sameVersion(pid)}, or sightline --no-attach`;
    case 'too_many_consoles':
      return 'it has as many consoles as it takes';
    case 'no_answer':
    case 'too_slow':
      return 'it does not answer';
    case 'bad_frame':
    case 'too_many_requests':
    case 'not_understood':
      return 'what it sends is not understood';
    case 'closed':
    case 'engine_ended':
      return 'it is ending';
  }
}

/** Connects to an engine as a console. */
export async function connect(at: LocalEngine, answerMs?: Ms): Promise<Result<Found, Refused>> {
  const channel = await connectToEngine(at);
  if (!channel.ok) return { ok: false, reason: { pid: at.pid, why: 'closed' } };
  const who = { user: userName(), tty: terminalName() };
  const attached = await attach(channel.value, {
    clock: systemClock,
    version: VERSION,
    who,
    newId: newRequestId,
    ...(answerMs !== undefined && { answerMs }),
  });
  if (!attached.ok) return { ok: false, reason: { pid: at.pid, why: attached.reason } };
  return { ok: true, value: { at, engine: attached.value } };
}
