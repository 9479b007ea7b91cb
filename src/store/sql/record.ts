/** The record in a row: what was stored, as it was stored. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's statement names the table
export const bodyOf = <T>(row: { readonly body: string }): T => JSON.parse(row.body) as T;

/** What `replace` writes: the record with its version raised by one. */
export const raised = (record: { readonly version: number }): string =>
  JSON.stringify({ ...record, version: record.version + 1 });
