import type { GitReason } from '../../../core/checkpointer-reasons.ts';
import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { homesOfPeople } from '../../../core/homes.ts';

/** Why this folder must not be snapshotted (and rolled back!) as a whole, with the way out; null where it may. */
export async function refusal(workspace: string): Promise<GitReason | null> {
  const path = await resolved(workspace);
  if (path === '/') return { code: 'root_folder' };
  for (const home of await homes()) if (path === (await resolved(home))) return { code: 'home_folder', workspace };
  return null;
}

async function homes(): Promise<readonly string[]> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const people = homesOfPeople(passwd);
  return [homedir(), process.env['HOME'] ?? '', ...people].filter((home) => home.startsWith('/') && home !== '/');
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
