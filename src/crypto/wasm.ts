/**
 * WebAssembly as its bytes (WebAssembly 3.0, chapter 5), as far as this program needs it: one function and its memory. An
 * instruction stands behind the code that puts its operands on the stack.
 */
export type Code = readonly (number | Code)[];

/** LEB128, as all integers of a module are written. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: bigint): Code {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  return rest === (low & 0x40 ? -1n : 0n) ? [low] : [low | 0x80, ...signed(rest)];
}

const magic = [0x00, 0x61, 0x73, 0x6d];
const version = [1, 0, 0, 0];

const vector = (operation: number): Code => [0xfd, unsigned(operation)];

/** How memory is addressed: at eight bytes' alignment, `offset` bytes after the address on the stack. */
const at = (offset: number): Code => [3, unsigned(offset)];

export const type = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number): Code => [0x21, unsigned(local)];

export const i32 = {
  const: (value: number): Code => [0x41, signed(BigInt(value))],
  add: [0x6a],
  sub: [0x6b],
  ne: [0x47],
} as const;

export const i64 = {
  const: (value: bigint): Code => [0x42, signed(BigInt.asIntN(64, value))],
  add: [0x7c],
  and: [0x83],
  shiftRight: [0x87],
} as const;

export const f64 = { ofI64: [0xb9], store: (offset: number): Code => [0x39, at(offset)] } as const;

/** Two doubles, or two integers of 64 bits. */
export const v128 = {
  load: (offset: number): Code => [vector(0), at(offset)],
  loadSplat: (offset: number): Code => [vector(10), at(offset)],
  store: (offset: number): Code => [vector(11), at(offset)],
  ofI64: vector(18),
  ofF64: vector(20),
  lane: (lane: 0 | 1): Code => [vector(29), lane],
  addIntegers: vector(206),
  subDoubles: vector(241),
  /** a·b + c, rounded once where the processor has such an instruction. */
  multiplyAdd: vector(263),
} as const;

/** Runs the code again as long as it leaves something other than zero. */
export const loop = (code: Code): Code => [0x03, 0x40, code, 0x0d, 0, 0x0b];

/** What is used of JavaScript's interface to it, which neither Node's types nor those of the language have. */
declare global {
  var WebAssembly:
    | {
        readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
        readonly Instance: new (module: object) => { readonly exports: unknown };
      }
    | undefined;
}

export interface Instance {
  readonly run: (...parameters: readonly number[]) => void;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/**
 * A function and `memory` bytes of its own. It takes `parameters` integers of 32 bits; locals follow them in the order of
 * `locals`, so many of each type. Undefined where Node runs without WebAssembly, lacks one of the instructions, or has no
 * room for the memory.
 */
export function instantiate(parts: {
  readonly parameters: number;
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly memory: number;
  readonly code: Code;
}): Instance | undefined {
  const { parameters, locals, memory, code } = parts;
  const declared = locals.map(([count, type]) => [unsigned(count), type]);
  const body = bytesOf([unsigned(locals.length), declared, code, 0x0b]);
  const name = (text: string): Code => [text.length, [...Buffer.from(text)]];
  const sections: readonly (readonly [id: number, content: Code])[] = [
    [1, [1, 0x60, parameters, Array.from({ length: parameters }, () => type.i32), 0]],
    [3, [1, 0]],
    [5, [1, 0, unsigned(Math.ceil(memory / 65_536))]],
    [7, [2, name('run'), 0, 0, name('memory'), 2, 0]],
    [10, [1, unsigned(body.length), body]],
  ];
  const written = sections.map(([id, content]): Code => {
    const bytes = bytesOf(content);
    return [id, unsigned(bytes.length), bytes];
  });
  const bytes = Uint8Array.from(bytesOf([magic, version, written]));
  const { WebAssembly } = globalThis;
  if (WebAssembly === undefined) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Instance;
  } catch {
    return undefined;
  }
}

function bytesOf(code: Code, bytes: number[] = []): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else bytesOf(part, bytes);
  }
  return bytes;
}
