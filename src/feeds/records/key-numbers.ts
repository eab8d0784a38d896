/** A map from the numbers of keys (see `idNumber`) to small numbers, in two flat arrays: a fifth of what a `Map` of them takes. */
import { randomInt } from 'node:crypto';

const FIRST_SLOTS = 1_024;
/** Part of the slots that may be taken. */
const MAX_LOAD = 0.75;
/** Neither is the number of a key: those are whole and not negative, and 0 stands for itself under another one. */
const EMPTY = 0;
const DELETED = -1;
const ZERO = -2;
const SEED = randomInt(0x7f_ff_ff_ff);

/** Maps numbers of keys to numbers below 2^32. */
export class KeyNumbers {
  #keys = new Float64Array(FIRST_SLOTS);
  #values = new Uint32Array(FIRST_SLOTS);
  /** Slots that are not empty. */
  #taken = 0;
  #size = 0;

  /** The number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Returns the value of a key; undefined if there is none. */
  get(key: number): number | undefined {
    const slot = this.#find(stored(key));
    return slot === -1 ? undefined : this.#values[slot];
  }

  /** Sets the value of a key. */
  set(key: number, value: number): void {
    const wanted = stored(key);
    const known = this.#find(wanted);
    if (known !== -1) return void (this.#values[known] = value);
    if (this.#taken >= this.#keys.length * MAX_LOAD) this.#grow();
    this.#insert(wanted, value);
  }

  /** Removes a key, if it is there. */
  delete(key: number): void {
    const slot = this.#find(stored(key));
    if (slot === -1) return;
    this.#keys[slot] = DELETED;
    this.#size -= 1;
  }

  // Returns the slot of a key, -1 for none.
  #find(wanted: number): number {
    const keys = this.#keys;
    for (let slot = this.#slotOf(wanted); keys[slot] !== EMPTY; slot = (slot + 1) % keys.length) {
      if (keys[slot] === wanted) return slot;
    }
    return -1;
  }

  #insert(wanted: number, value: number): void {
    const keys = this.#keys;
    let slot = this.#slotOf(wanted);
    while (keys[slot] !== EMPTY) slot = (slot + 1) % keys.length;
    keys[slot] = wanted;
    this.#values[slot] = value;
    this.#taken += 1;
    this.#size += 1;
  }

  // With a seed: ids come from outside, and may be made so that their numbers fall into one place.
  #slotOf(wanted: number): number {
    const high = Math.floor(wanted / 0x1_00_00_00_00);
    const mixed = Math.imul(wanted ^ SEED, 0x9e_37_79_b1) ^ Math.imul(high ^ SEED, 0x85_eb_ca_6b);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % this.#keys.length;
  }

  // What was deleted goes with it.
  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    const slots = this.#size * 2 > keys.length * MAX_LOAD ? keys.length * 2 : keys.length;
    this.#keys = new Float64Array(slots);
    this.#values = new Uint32Array(slots);
    [this.#taken, this.#size] = [0, 0];
    for (const [slot, key] of keys.entries()) {
      if (key !== EMPTY && key !== DELETED) this.#insert(key, values[slot] ?? 0);
    }
  }
}

function stored(key: number): number {
  return key === EMPTY ? ZERO : key;
}
