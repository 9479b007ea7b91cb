import type { Route } from './router.ts';

/** Matches a path like `/{poolId}/.well-known/jwks.json`; each label is one segment, decoded. */
export function path(pattern: string): Route['match'] {
  const parts = pattern.split('/');
  return (given) => {
    const segments = given.split('/', parts.length + 1);
    if (segments.length !== parts.length) return undefined;
    const labels: string[] = [];
    for (const [at, part] of parts.entries()) {
      const segment = segments[at] ?? '';
      if (!part.startsWith('{')) {
        if (part !== segment) return undefined;
        continue;
      }
      const label = decoded(segment);
      if (label === undefined || label === '') return undefined;
      labels.push(label);
    }
    return labels;
  };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
