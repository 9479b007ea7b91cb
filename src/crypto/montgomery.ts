import { N, size, toBigInt, toBuffer } from './modp.ts';
import { type Code, f64, get, i32, i64, instantiate, loop, set, type, v128 } from './wasm.ts';

// Multiplication modulo N in WebAssembly, on pairs of doubles, in a quarter of the time of BigInt: 2 µs.
//
// A number is 66 limbs of 48 bits, the least first, each in a double; the last two are zero. A fused multiply-add rounds
// once, so that two of them give both halves of a product of limbs, exactly (after T. J. Dekker, 1971):
//
//   high = x·y + 2^100                       x·y to a multiple of 2^48, which is what a double of this size can hold
//   low  = x·y + (2^100 + 3·2^51 − high)     what is left of it, negative or not, and 3·2^51
//
// The last bits of either double are the half as an integer, below bits that are always the same. So the doubles are
// summed as if they were integers, and what is always the same is taken off the sum.
//
// The product is Montgomery's, a·b / 2^(48·66) mod N (P. L. Montgomery, 1985). N is −1 mod 2^64 (RFC 3526), so what must
// be added to clear the lowest limb t is just t·N: N+1, whose lowest limb is zero, is kept instead, and t falls away.

const bits = 48;
const limbs = 66;
const mask = (1n << 48n) - 1n;
const prime = toBuffer(N);

/** How many bytes one number takes. */
const stride = limbs * 8;

const ofHigh = 2 ** 100;
const ofLow = 2 ** 100 + 3 * 2 ** 51;
const bitsOf = (double: number) => new BigInt64Array(Float64Array.of(double).buffer)[0] ?? 0n;
const highBits = bitsOf(ofHigh);
const lowBits = bitsOf(3 * 2 ** 51);

// Pairs of limbs are read one limb before and after a number, too: what is there is zero.
const modulusAt = 16;
const lowAt = modulusAt + stride + 16;
const highAt = lowAt + stride;
const numbersAt = highAt + stride + 16;

const [to, a, b, end, beforeB, sum, carry] = [0, 1, 2, 3, 4, 5, 6];
const [low, high, limb, part, a0, a1, m0, m1, forHigh, forLow, lessLow, lessHigh] = [
  7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
];

const pair = (value: bigint): Code => [i64.const(value), v128.ofI64];

/** Adds a limb of one number, in both lanes, times two limbs of the other to `low` and `high`. */
const addProduct = (multiplier: Code, multiplicand: Code): Code => [
  [multiplicand, set(limb)],
  [multiplier, get(limb), get(forHigh), v128.multiplyAdd, set(part)],
  [get(high), get(part), v128.addIntegers, set(high)],
  [
    get(low),
    multiplier,
    get(limb),
    get(forLow),
    get(part),
    v128.subDoubles,
    v128.multiplyAdd,
    v128.addIntegers,
  ],
  set(low),
];

/** The sums of two columns, less the bits that will be added to them with the products. */
const take = (column: number, less: readonly [low: Code, high: Code]): Code => [
  [i32.const(0), v128.load(lowAt + 16 * column), less[0], v128.addIntegers, set(low)],
  [i32.const(0), v128.load(highAt + 16 * column), less[1], v128.addIntegers, set(high)],
];

/** The limb that `sum` leaves in its column. */
const ownPart: Code = [get(sum), i64.const(mask), i64.and, f64.ofI64];

/** What `sum` carries into the next column. */
const carried: Code = [get(sum), i64.const(BigInt(bits)), i64.shiftRight];

const ofB = (column: number): Code => [get(b), v128.load(16 * column)];
const ofModulus = (column: number): Code => [i32.const(0), v128.load(modulusAt + 16 * column)];
/** The same, one limb lower. */
const lowerOfB = (column: number): Code => [get(beforeB), v128.load(16 * column)];
const lowerOfModulus = (column: number): Code => [i32.const(0), v128.load(modulusAt - 8 + 16 * column)];

/** The two lowest columns: they say which multiples of N clear them, and leave only a carry. */
const lowest: Code = [
  take(0, [pair(-2n * lowBits), pair(-3n * highBits)]),
  [addProduct(get(a0), ofB(0)), addProduct(get(a1), lowerOfB(0))],
  [get(low), v128.lane(0), get(carry), i64.add, set(sum)],
  [ownPart, v128.ofF64, set(m0), addProduct(get(m0), ofModulus(0))],
  [
    get(low),
    v128.lane(1),
    i64.const(-lowBits),
    i64.add,
    get(high),
    v128.lane(0),
    i64.add,
    carried,
    i64.add,
    set(sum),
  ],
  [ownPart, v128.ofF64, set(m1)],
  [get(high), v128.lane(1), carried, i64.add, set(carry)],
];

/** Two columns more, which become the two below them. */
const column = (at: number): Code => [
  take(at, [get(lessLow), get(lessHigh)]),
  [addProduct(get(a0), ofB(at)), addProduct(get(a1), lowerOfB(at))],
  [addProduct(get(m0), ofModulus(at)), addProduct(get(m1), lowerOfModulus(at))],
  [i32.const(0), get(low), v128.store(lowAt + 16 * (at - 1))],
  [i32.const(0), get(high), v128.store(highAt + 16 * (at - 1))],
];

/** Two limbs of the product, from sums of which nothing is to be taken off. */
const finish = (at: number): Code => [
  take(at, [pair(0n), pair(0n)]),
  [get(low), v128.lane(0), get(carry), i64.add, set(sum)],
  [get(to), ownPart, f64.store(16 * at)],
  [get(low), v128.lane(1), get(high), v128.lane(0), i64.add, carried, i64.add, set(sum)],
  [get(to), ownPart, f64.store(16 * at + 8)],
  [get(high), v128.lane(1), carried, i64.add, set(carry)],
];

const columns = Array.from({ length: limbs / 2 }, (_, at) => at);

const multiplication = (): Code => [
  [get(b), i32.const(8), i32.sub, set(beforeB), get(a), i32.const(stride), i32.add, set(end)],
  [i64.const(bitsOf(ofHigh)), v128.ofI64, set(forHigh), i64.const(bitsOf(ofLow)), v128.ofI64, set(forLow)],
  [pair(-4n * lowBits), set(lessLow), pair(-4n * highBits), set(lessHigh)],
  columns.map((at) => [lowAt, highAt].map((sums) => [i32.const(0), pair(0n), v128.store(sums + 16 * at)])),
  loop([
    [get(a), v128.loadSplat(0), set(a0), get(a), v128.loadSplat(8), set(a1)],
    [lowest, columns.slice(1).map(column)],
    [get(a), i32.const(16), i32.add, set(a), get(a), get(end), i32.ne],
  ]),
  columns.map(finish),
];

/** Numbers modulo N, at places 0, 1, 2 … */
export interface Arithmetic {
  readonly put: (place: number, value: bigint) => void;
  /** Puts at `to` the product of what is at `a` and `b`, divided by `factor`. */
  readonly multiply: (to: number, a: number, b: number) => void;
  /** What is at a place, in `size` bytes. */
  readonly read: (place: number) => Buffer;
}

/** What a product is divided by: when one of two numbers was multiplied by it before, their plain product is left. */
export const factor = (1n << BigInt(bits * limbs)) % N;

/** Room for so many numbers, two at least. Undefined where there is no fused multiply-add. */
export function makeArithmetic(places: number): Arithmetic | undefined {
  const instance = instantiate({
    parameters: 3,
    locals: [
      [2, type.i32],
      [2, type.i64],
      [12, type.v128],
    ],
    memory: numbersAt + places * stride + 16,
    code: multiplication(),
  });
  if (instance === undefined) return undefined;
  const { run, memory } = instance;
  const doubles = new Float64Array(memory.buffer);
  const write = (address: number, value: bigint) => {
    let rest = value;
    for (let at = address / 8; at < address / 8 + limbs; at += 1) {
      doubles[at] = Number(rest & mask);
      rest >>= BigInt(bits);
    }
  };
  const addressOf = (place: number) => numbersAt + place * stride;
  write(modulusAt, N + 1n);
  const arithmetic: Arithmetic = {
    put: (place, value) => write(addressOf(place), value),
    multiply: (to, a, b) => run(addressOf(to), addressOf(a), addressOf(b)),
    read: (place) => {
      const first = addressOf(place) / 8;
      const bytes = Buffer.allocUnsafe(size);
      for (let at = 0; at < size / 6; at += 1)
        bytes.writeUIntBE(doubles[first + at] ?? 0, size - 6 * (at + 1), 6);
      // A product may be N and a little more, if hardly ever.
      return bytes.compare(prime) < 0 ? bytes : toBuffer(toBigInt(bytes) - N);
    },
  };
  return isExact(arithmetic) ? arithmetic : undefined;
}

/** Where a product is rounded before it is added to, what is left of it is not its lower half. */
function isExact({ put, multiply, read }: Arithmetic): boolean {
  const number = N / 3n;
  put(0, number);
  put(1, (number * factor) % N);
  multiply(0, 0, 1);
  return toBigInt(read(0)) === number ** 2n % N;
}
