/**
 * Lists of settings are sets: what they name twice counts once (as the lists of app clients do; of the others it is
 * inferred).
 */
export const distinct = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];
