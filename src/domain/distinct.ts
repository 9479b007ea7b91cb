/**
 * Lists of settings are sets: what they name twice counts once (as the lists of app clients do; of the others it is
 * inferred).
 */
export function distinct<T>(list: readonly T[]): readonly T[];
export function distinct<T>(list: readonly T[] | undefined): readonly T[] | undefined;
export function distinct<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list && [...new Set(list)];
}
