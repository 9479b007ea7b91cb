/**
 * What came before (the first `size` bytes of `before`) and a piece more, in one buffer of `most` bytes at most: kept by
 * itself, a piece of one byte weighs hundreds, and a sender may send them all so. All of it must fit into `most`.
 */
export function joined(before: Buffer, size: number, piece: Buffer, most: number): Buffer {
  if (size === 0) return piece;
  const end = size + piece.length;
  const held = end <= before.length ? before : Buffer.allocUnsafe(Math.min(2 * end, most));
  if (held !== before) before.copy(held, 0, 0, size);
  piece.copy(held, size);
  return held;
}
