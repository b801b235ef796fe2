// Which files a walk has met: a set of a million bigints would take a hundred megabytes.

/** Slots at first: a power of two. */
const FIRST_CAPACITY = 1024;

/** A set of inode numbers (64 bits). Some 16 bytes each. */
export class Inodes {
  /** A hash table with open addressing, the halves of a number beside each other; 0 is an empty slot. */
  #slots = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;
  #hasZero = false;

  /** Adds a number. Returns whether it was not there. */
  add(inode: bigint): boolean {
    if (inode === 0n) {
      const isNew = !this.#hasZero;
      this.#hasZero = true;
      return isNew;
    }
    if (4 * (this.#size + 1) > this.#slots.length) this.#grow();
    const isNew = this.#put(Number(inode & 0xffffffffn), Number(inode >> 32n) >>> 0);
    if (isNew) this.#size++;
    return isNew;
  }

  #put(low: number, high: number): boolean {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    const hash = Math.imul(low ^ Math.imul(high, 0x85ebca77), 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (; slots[2 * slot] !== 0 || slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      if (slots[2 * slot] === low && slots[2 * slot + 1] === high) return false;
    }
    slots[2 * slot] = low;
    slots[2 * slot + 1] = high;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0 || old[i + 1] !== 0) this.#put(old[i], old[i + 1]);
  }
}
