// Assembles a program of classic BPF. bpf(4) of FreeBSD, Documentation/networking/filter.rst of the kernel

/** A place in a program, counted from its end. Instructions are added from the last to the first, so that a jump knows its targets. */
export type Label = number;

/** The kernel's limit: BPF_MAXINSNS of linux/bpf_common.h. */
export const instructionsMax = 4096;

// linux/bpf_common.h: the class, the size or operation, and the mode or source.
const LD_W_ABS = 0x20;
const JMP_JA = 0x05;
const ALU_AND_K = 0x54;
const RET_K = 0x06;

/** The conditional jumps, which compare the accumulator with a constant. */
export const jumps = {equal: 0x15, greater: 0x25, atLeast: 0x35} as const;

// A conditional jump skips at most 255 instructions. One less, because one may be added for the other target.
const reach = 254;

export class Assembler {
  // Each is [code, jt, jf, k].
  readonly #reversed: (readonly [number, number, number, number])[] = [];
  readonly #ends = new Map<number, Label>();

  get #last(): Label {
    return this.#reversed.length - 1;
  }

  #add(code: number, k: number, ifTrue = 0, ifFalse = 0): Label {
    this.#reversed.push([code, ifTrue, ifFalse, k]);
    return this.#last;
  }

  /** Ends the program with a value. */
  end(value: number): Label {
    const known = this.#ends.get(value);
    if (known !== undefined && this.#distance(known) < reach) return known;
    const label = this.#add(RET_K, value);
    this.#ends.set(value, label);
    return label;
  }

  /** Compares the accumulator. */
  jump(code: number, constant: number, ifTrue: Label, ifFalse: Label): Label {
    if (ifTrue === ifFalse) return ifTrue;
    const yes = this.#near(ifTrue);
    const no = this.#near(ifFalse);
    return this.#add(code, constant, this.#distance(yes), this.#distance(no));
  }

  /** Loads a 32-bit number of struct seccomp_data into the accumulator, and continues. */
  load(offset: number, next: Label): Label {
    this.#fallInto(next);
    return this.#add(LD_W_ABS, offset);
  }

  /** Masks the accumulator, and continues. */
  mask(bits: number, next: Label): Label {
    this.#fallInto(next);
    return this.#add(ALU_AND_K, bits);
  }

  /** The number of instructions between the next one and its target. */
  #distance(target: Label): number {
    return this.#reversed.length - target - 1;
  }

  /** Makes the next instruction continue with a label. */
  #fallInto(label: Label): void {
    if (label !== this.#last) this.#add(JMP_JA, this.#distance(label));
  }

  /** Returns a place from which the label is reached, and that a conditional jump reaches. */
  #near(label: Label): Label {
    if (this.#distance(label) < reach) return label;
    const [code, , , k] = this.#reversed[label]!;
    return code === RET_K ? this.end(k) : this.#add(JMP_JA, this.#distance(label));
  }

  get length(): number {
    return this.#reversed.length;
  }

  /** Returns the program as an array of struct sock_filter. */
  toBuffer(): Buffer {
    const program = Buffer.alloc(8 * this.length);
    this.#reversed.toReversed().forEach(([code, ifTrue, ifFalse, k], index) => {
      program.writeUInt16LE(code, 8 * index);
      program[8 * index + 2] = ifTrue;
      program[8 * index + 3] = ifFalse;
      program.writeUInt32LE(k >>> 0, 8 * index + 4);
    });
    return program;
  }
}
