/** So many calls, eight at a time. */
export async function many(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 8)
    await Promise.all(Array.from({ length: Math.min(8, count - done) }, call));
}
