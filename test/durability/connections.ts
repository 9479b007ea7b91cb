import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { TestContext } from 'node:test';

/** The SQLite connections that this process uses from now on, with which a test can do what a disk does to them. */
export function connections(t: TestContext): ReadonlySet<DatabaseSync> {
  const found = new Set<DatabaseSync>();
  const prepare: (sql: string) => StatementSync = Reflect.get(DatabaseSync.prototype, 'prepare');
  t.mock.method(DatabaseSync.prototype, 'prepare', function (this: DatabaseSync, sql: string) {
    found.add(this);
    return prepare.call(this, sql);
  });
  return found;
}
