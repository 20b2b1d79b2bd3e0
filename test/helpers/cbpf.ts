// An interpreter of classic BPF, as far as seccomp(2) permits it. kernel/seccomp.c, net/core/filter.c

/** What a filter sees of a call: struct seccomp_data. */
export interface Call {
  number: number;
  architecture: number;
  args: readonly bigint[];
}

function dataOf({number, architecture, args}: Call): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  for (let index = 0; index < 6; index++) data.setBigUint64(16 + 8 * index, args[index] ?? 0n, true);
  return data;
}

/** Runs a program, and returns its value. It throws where the kernel would refuse the program. */
export function interpret(program: Uint8Array, call: Call): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = dataOf(call);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const constant = code.getUint32(8 * at + 4, true);
    const skip = (condition: boolean): number => code.getUint8(8 * at + (condition ? 2 : 3));
    switch (code.getUint16(8 * at, true)) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        if (constant % 4 !== 0) throw new Error(`unaligned load at ${at}`);
        accumulator = data.getUint32(constant, true);
        break;
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & constant) >>> 0;
        break;
      case 0x05: // BPF_JMP | BPF_JA
        at += constant;
        break;
      case 0x15: // BPF_JMP | BPF_JEQ | BPF_K
        at += skip(accumulator === constant);
        break;
      case 0x25: // BPF_JMP | BPF_JGT | BPF_K
        at += skip(accumulator > constant);
        break;
      case 0x35: // BPF_JMP | BPF_JGE | BPF_K
        at += skip(accumulator >= constant);
        break;
      case 0x06: // BPF_RET | BPF_K
        return constant;
      default:
        throw new Error(`unknown instruction at ${at}`);
    }
  }
  throw new Error('the program has no end');
}
