/** Formats pauses of agents: why one is refused, what was done, and what is stopped. */

import type { Done } from '../core/done.ts';
import type { Paused, PauseEnd, PauseRefusal, Untouched } from '../core/pauses.ts';
import { wordFileCause } from './files.ts';
import { wordBy, type Wordings } from './table.ts';
import { counted, shortClock } from './units.ts';

/** Why an agent is not stopped, or not continued. */
export const PAUSE_REFUSALS: Wordings<PauseRefusal> = {
  pause_off: () => 'pausing is off; turn it on with pause.enabled in the configuration file',
  pause_observing: () => 'in mode observe nothing acts; raise the mode first',
  pause_unsupported: ({ platform }) => `process groups cannot be inspected on ${platform}`,
  pause_unseen: () => 'not all processes of this machine can be seen',
  pause_no_process: () => 'no source names a process of it',
  pause_gone: ({ pid }) => `process ${pid} is gone`,
  pause_other_process: ({ pid, name }) =>
    `process ${pid} (${name}) is not the one that made the call: it started later, or is another program`,
  pause_other_namespace: ({ pid }) => `pid ${pid} is of another container`,
  pause_foreign: ({ pid, uid }) =>
    uid === null
      ? `process ${pid} has the rights of several users`
      : `process ${pid} belongs to another user (uid ${uid})`,
  pause_claimed: ({ pid, uid }) => `process ${pid} was named by a source of another user (uid ${uid})`,
  pause_not_leader: ({ pid, leader }) => `process ${pid} does not lead its process group; process ${leader} does`,
  pause_group_has: ({ pid, what, member }) => `${UNTOUCHED[what](`${member.name} (pid ${member.pid})`)} group ${pid}`,
  pause_stopped_already: ({ pid }) => `process group ${pid} is stopped already, not by sightline`,
  pause_paused: ({ pid }) => `process ${pid} is paused already`,
  pause_not_recorded: ({ reason }) =>
    `the pause cannot be recorded in the state folder (${wordFileCause(reason)}), so nothing was stopped`,
  pause_changed: ({ why }) => `continued at once, because its process group changed: ${wordPauseRefusal(why)}`,
  pause_not_signalled: ({ pid, errno }) => `process group ${pid} cannot be stopped: system error ${errno}`,
  pause_too_many: ({ max }) => `${max} process groups are paused; resume one first`,
  not_paused: () => 'nothing of it is paused',
};

const UNTOUCHED: Readonly<Record<Untouched, (who: string) => string>> = {
  sightline: () => 'sightline itself is in its process',
  ancestor: (who) => `${who}, which runs sightline, is in its process`,
  session_leader: (who) => `${who}, which leads the session of a terminal, is in its process`,
  shell: (who) => `the shell ${who} is in its process`,
  system: (who) => `${who}, which runs sessions of users, is in its process`,
  foreign: (who) => `${who} of another user is in its process`,
};

/** Formats why an agent is not stopped, or not continued. */
export function wordPauseRefusal(refusal: PauseRefusal): string {
  return wordBy(PAUSE_REFUSALS, refusal);
}

const ENDS: Readonly<Record<PauseEnd, string>> = {
  operator: 'resumed',
  answered: 'its budget was answered',
  timeout: 'its time was over',
  stopping: 'sightline ends',
  observing: 'mode observe',
  outside: 'continued from outside of sightline',
  gone: 'its processes are gone',
  restart: 'the engine that paused it is gone',
};

/** Formats why a pause is over. */
export function wordPauseEnd(why: PauseEnd): string {
  return ENDS[why];
}

type PausedDone = Extract<Done, { readonly code: 'paused' }>;

/** Formats a pause that was made. */
export function wordPausedDone(done: PausedDone): string {
  const { pids, processes, others, foreground, resumesAt, cause, note, refused } = done;
  return [
    `pid ${pids.join(', ')}, ${counted(processes, 'process', 'processes')}${cause === 'budget' ? ', over its budget' : ''}`,
    ...(note === null ? [] : [note]),
    `goes on by itself at ${shortClock(resumesAt)}`,
    ...(others === 0 ? [] : [`${counted(others, 'process', 'processes')} in other groups not paused`]),
    ...(foreground ? ['its shell has the terminal: fg there after the pause'] : []),
    ...refused.map((reason) => `not paused: ${wordPauseRefusal(reason)}`),
  ].join('; ');
}

/** Formats what is stopped: `pid 51877, 2 processes, since 14:03 by ops, until 14:33`. */
export function wordPaused(paused: Omit<Paused, 'isOurs'>): string {
  const { pid, processes, at, resumesAt, by, cause } = paused;
  const who = cause === 'budget' ? ', over its budget' : by === null ? '' : ` by ${by}`;
  const count = counted(processes, 'process', 'processes');
  return `pid ${pid}, ${count}, since ${shortClock(at)}${who}, until ${shortClock(resumesAt)}`;
}
