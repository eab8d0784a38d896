/**
 * A 128-bit digest of some texts as 32 hex digits: the same in every run and on every machine. Not cryptographic; the
 * core may not import node:crypto, and a signal id has to be stable, not secret.
 */
export function stableHash(...parts: readonly string[]): string {
  // A length prefix keeps ('ab','c') apart from ('a','bc').
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  return [0x9e_37_79_b9, 0x85_eb_ca_6b, 0xc2_b2_ae_35, 0x27_d4_eb_2f].map((seed) => lane(text, seed)).join('');
}

// One 32-bit lane: FNV-style mixing with a final avalanche (murmur3's finaliser).
function lane(text: string, seed: number): string {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93);
    hash = (hash << 13) | (hash >>> 19);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
