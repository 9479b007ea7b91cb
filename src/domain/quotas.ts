/** How many there may be, and what that may be raised to (developer guide, "Quotas"). */
const bounds = {
  /** Of an account in a region. */
  'user-pools': { usual: 1000, most: 10_000 },
  /** Of a pool. */
  'app-clients': { usual: 1000, most: 10_000 },
  'identity-providers': { usual: 300, most: 1000 },
  'resource-servers': { usual: 25, most: 300 },
  /** Of an account in a region. What it may be raised to is our own figure. */
  'custom-domains': { usual: 4, most: 1000 },
} as const;

export type Quotas = Readonly<Record<keyof typeof bounds, number>>;

const names = Object.keys(bounds) as (keyof Quotas)[];

export const usualQuotas = Object.fromEntries(names.map((name) => [name, bounds[name].usual])) as Quotas;

/**
 * Reads `name=number`, one in each line, or a JSON object of the same; what is not named is as usual. Throws a plain Error
 * that says what it must be.
 */
export function quotasOf(text: string): Quotas {
  const pairs = text.startsWith('{')
    ? Object.entries(parsed(text))
    : text.split('\n').map((line) => line.split('=', 2).map((part) => part.trim()));
  const raised = pairs.map(([name = '', value = '']) => {
    const known = names.find((it) => it === name);
    if (known === undefined) throw new Error(`must be name=number; the names are ${names.join(', ')}`);
    const { usual, most } = bounds[known];
    const number = /^\d{1,6}$/.test(String(value)) ? Number(value) : Number.NaN;
    if (!(number >= usual && number <= most))
      throw new Error(`must give ${known} a whole number from ${usual} to ${most}`);
    return [known, number] as const;
  });
  return { ...usualQuotas, ...Object.fromEntries(raised) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error('must be name=number, a line for each, or a JSON object');
  }
}
