import { readFileSync } from 'node:fs';
import { HelperError } from './reason.ts';

/** CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER. */
const FILE_CAPABILITIES = 0b1111n;

/** The facts that decide whose rights a helper works with. */
export type Situation = {
  readonly platform: NodeJS.Platform;
  readonly euid: number;
  /** `CapEff` of this process; 0 where there is no such thing. */
  readonly capabilities: bigint;
};

export function situation(): Situation {
  const { platform } = process;
  return {
    platform,
    euid: process.geteuid?.() ?? 0,
    capabilities: platform === 'linux' ? effectiveCapabilities() : 0n,
  };
}

/**
 * The user whose rights a helper must take for a folder of `owner`; null where it keeps ours. Throws `HelperError` where
 * our rights reach further than the owner's and cannot be given up.
 */
export function rightsFor(owner: number, { platform, euid, capabilities }: Situation): number | null {
  if (owner === euid) return null;
  if (euid === 0) {
    if (platform === 'linux') return owner;
    throw new HelperError({ code: 'rights_not_dropped', uid: owner, detail: `not possible on ${platform}` });
  }
  if ((capabilities & FILE_CAPABILITIES) !== 0n) throw new HelperError({ code: 'has_capabilities', uid: owner });
  return null;
}

/** Unreadable counts as all of them. */
function effectiveCapabilities(): bigint {
  try {
    const field = /^CapEff:\s*([0-9a-f]+)$/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return field === undefined ? FILE_CAPABILITIES : BigInt(`0x${field}`);
  } catch {
    return FILE_CAPABILITIES;
  }
}
