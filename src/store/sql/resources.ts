import type { Along, Most, Resource, ResourceKind, ResourceNames, ResourceStore } from '../resources.ts';
import type { Database, Db } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { lockPlace } from './place.ts';
import { forgetPool, replacePool } from './pools.ts';
import type { PoolCaches } from './pools.ts';
import { bodyOf, raised } from './record.ts';

export const resourceTexts = {
  find: 'select body from resources where pool_id = $1 and kind = $2 and id = $3',
  findByName: `select r.body from resource_names n
    join resources r on r.pool_id = n.pool_id and r.kind = n.kind and r.id = n.id
    where n.scope = $1 and n.kind = $2 and n.name = $3`,
  named: `select r.body from resource_names n
    join resources r on r.pool_id = n.pool_id and r.kind = n.kind and r.id = n.id
    where n.scope = $1 and n.kind = $2 order by n.name limit 100`,
  /** One at a time adds to a pool, so that none is one too many; a deletion of the pool waits, or is waited for. */
  lockPool: 'select id from pools where id = $1 for no key update',
  lockClient: 'select id from clients where pool_id = $1 and id = $2 for key share',
  count: 'select count(*) as number from resources where pool_id = $1 and kind = $2',
  countInPlace: `select count(*) as number from pools p join resources r on r.pool_id = p.id
    where p.region = $1 and p.account = $2 and r.kind = $3 and r.id = $4`,
  insert: `insert into resources (pool_id, kind, id, version, client_id, body) values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing returning id`,
  insertName: `insert into resource_names (scope, kind, name, pool_id, id) values ($1, $2, $3, $4, $5)
    on conflict do nothing returning id`,
  replace: `update resources set version = version + 1, body = $5
    where pool_id = $1 and kind = $2 and id = $3 and version = $4 returning id`,
  delete: 'delete from resources where pool_id = $1 and kind = $2 and id = $3 returning id',
  deleteNames: 'delete from resource_names where pool_id = $1 and kind = $2 and id = $3',
  list: 'select id, body from resources where pool_id = $1 and kind = $2 and id > $3 order by id limit $4',
  ofClient: 'delete from resources where pool_id = $1 and client_id = $2 returning kind, id',
};

/** The scope of names that are unique everywhere. No pool is called so. */
const everywhere = '*';

/** Not an account in a region. */
const isPool = (poolId: string) => !poolId.includes('/');

export function resourceStore(db: Database, caches: PoolCaches): ResourceStore {
  const written = ({ pool }: Along = {}) => pool && forgetPool(caches, pool.id);
  return {
    async find<K extends ResourceKind>(poolId: string, kind: K, id: string) {
      const [row] = await db.all<{ body: string }>(resourceTexts.find, poolId, kind, id);
      return row && bodyOf<Resource<K>>(row);
    },

    async findByName<K extends ResourceKind>(poolId: string | undefined, kind: K, name: string) {
      const scope = poolId ?? everywhere;
      const [row] = await db.all<{ body: string }>(resourceTexts.findByName, scope, kind, name);
      return row && bodyOf<Resource<K>>(row);
    },

    async named<K extends ResourceKind>(kind: K) {
      const rows = await db.all<{ body: string }>(resourceTexts.named, everywhere, kind);
      return rows.map(bodyOf<Resource<K>>);
    },

    async insert(resource, options) {
      const result = await db.tx(async (t) => {
        const { poolId, kind, id, version, clientId } = resource;
        if (isPool(poolId) && (await t.all(resourceTexts.lockPool, poolId)).length === 0) return 'gone';
        if (clientId !== undefined && (await t.all(resourceTexts.lockClient, poolId, clientId)).length === 0)
          return 'gone';
        const pool = options?.pool;
        if (pool !== undefined && !(await replacePool(t, pool))) return 'changed';
        const body = JSON.stringify(resource);
        const rows = await t.all(resourceTexts.insert, poolId, kind, id, version, clientId ?? null, body);
        const isNew = rows.length === 1;
        const isNamed = isNew && (await claim(t, resource, options));
        if (isNamed && !(await isTooMany(db, t, resource, options))) return 'inserted';
        t.undo();
        if (!isNew) return 'exists';
        return isNamed ? 'full' : 'name taken';
      });
      written(options);
      return result;
    },

    async replace(resource, names) {
      const result = await db.tx(async (t) => {
        const { poolId, kind, id } = resource;
        if (names?.pool !== undefined && !(await replacePool(t, names.pool))) return 'changed';
        const isReplaced = await replaceResource(t, resource);
        if (isReplaced && names === undefined) return 'replaced';
        if (isReplaced) await t.all(resourceTexts.deleteNames, poolId, kind, id);
        if (isReplaced && (await claim(t, resource, names))) return 'replaced';
        t.undo();
        return isReplaced ? 'name taken' : 'changed';
      });
      written(names);
      return result;
    },

    async delete(poolId, kind, id, along) {
      const deleted = await db.tx(async (t) => {
        if (along?.pool !== undefined && !(await replacePool(t, along.pool))) return false;
        const rows = await t.all(resourceTexts.delete, poolId, kind, id);
        if (rows.length === 1) await t.all(resourceTexts.deleteNames, poolId, kind, id);
        return rows.length === 1 || along?.pool !== undefined;
      });
      written(along);
      return deleted;
    },

    async list<K extends ResourceKind>(poolId: string, kind: K, page: Parameters<ResourceStore['list']>[2]) {
      const [after = ''] = startOf(page, ['']);
      const rows = await db.all<{ id: string; body: string }>(
        resourceTexts.list,
        poolId,
        kind,
        after,
        rowsFor(page),
      );
      return pageOf(rows, page, bodyOf<Resource<K>>, (row) => [row.id]);
    },
  };
}

/** False if somebody else wrote since it was read, or it is gone. */
export async function replaceResource(t: Db, resource: Resource<ResourceKind>): Promise<boolean> {
  const { poolId, kind, id, version } = resource;
  const rows = await t.all(resourceTexts.replace, poolId, kind, id, version, raised(resource));
  return rows.length === 1;
}

/** Whether the resource, which has just been added, is one too many. */
async function isTooMany(
  db: Database,
  t: Db,
  { poolId, kind, id }: Resource<ResourceKind>,
  { most = Infinity, mostInPlace }: Most = {},
): Promise<boolean> {
  const [inPool] = await t.all<{ number: number }>(resourceTexts.count, poolId, kind);
  if ((inPool?.number ?? 0) > most) return true;
  if (mostInPlace === undefined) return false;
  const { region, account } = mostInPlace;
  await lockPlace(db, t, mostInPlace);
  const [inPlace] = await t.all<{ number: number }>(resourceTexts.countInPlace, region, account, kind, id);
  return (inPlace?.number ?? 0) > mostInPlace.most;
}

/** False if one of the names is another's. In one order, so that two who claim the same wait for each other in turn. */
async function claim(
  t: Db,
  { poolId, kind, id }: Resource<ResourceKind>,
  names: ResourceNames | undefined,
): Promise<boolean> {
  const scope = names?.everywhere ? everywhere : poolId;
  for (const name of [...(names?.names ?? [])].sort()) {
    const rows = await t.all(resourceTexts.insertName, scope, kind, name, poolId, id);
    if (rows.length === 0) return false;
  }
  return true;
}

/** Removes what belongs to an app client, in the transaction that removes the client. */
export async function deleteOfClient(t: Db, poolId: string, clientId: string): Promise<void> {
  const rows = await t.all<{ kind: string; id: string }>(resourceTexts.ofClient, poolId, clientId);
  for (const { kind, id } of rows) await t.all(resourceTexts.deleteNames, poolId, kind, id);
}
