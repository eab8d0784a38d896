const REMEDY = 'give each host its own name (--nats-name)';

/** Words that another engine has the name of a host: who was refused it; null where both publish. */
export function wordTwin(refused: { readonly pid: number; readonly user: string } | null): string {
  return refused === null
    ? `two engines publish under this name, and actions there are refused; ${REMEDY}`
    : `another engine of this name, pid ${refused.pid} of ${refused.user}, is not shown; ${REMEDY}`;
}

/** Words the same for the log of the engine that keeps the name. */
export function wordRefused(host: string, { pid, user }: { readonly pid: number; readonly user: string }): string {
  return `another engine is named ${host}, pid ${pid} of ${user}: it is not shown; ${REMEDY}`;
}

/** Words the same for the log of the one that is refused. */
export function wordYielded(host: string): string {
  return `another engine is named ${host}: this one acts alone, and is not shown until that one ends; ${REMEDY}`;
}
