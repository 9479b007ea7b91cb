import type { Device, DeviceStore } from '../devices.ts';
import type { Database, Db } from './database.ts';
import { familyTexts } from './families.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { bodyOf } from './record.ts';
import { userTexts } from './user-texts.ts';

/** What sign-ins and status move are columns of their own: what the record holds of it is what it was at first. */
const columns = `body, status, modified_at as "modifiedAt", authenticated_at as "authenticatedAt", ip,
    created_at as "createdAt", id`;

export const deviceTexts = {
  find: `select ${columns} from devices where pool_id = $1 and user_id = $2 and id = $3`,
  insert: `insert into devices (pool_id, user_id, id, created_at, status, modified_at, authenticated_at, ip, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning id`,
  evict: `delete from devices where pool_id = $1 and user_id = $2 and id in (
      select id from devices where pool_id = $1 and user_id = $2 and id <> $3
      order by authenticated_at desc, id desc limit 1000000 offset $4)
    returning id`,
  touch: `update devices set ip = $5,
      authenticated_at = case when authenticated_at > $4 then authenticated_at else $4 end
    where pool_id = $1 and user_id = $2 and id = $3 returning id`,
  setStatus: `update devices set status = $4, modified_at = $5
    where pool_id = $1 and user_id = $2 and id = $3 returning id`,
  forget: 'delete from devices where pool_id = $1 and user_id = $2 and id = $3 returning id',
  ofUser: `select ${columns} from devices
    where pool_id = $1 and user_id = $2 and (created_at, id) > ($3, $4) order by created_at, id limit $5`,
};

type Moving = Pick<Device, 'status' | 'modifiedAt' | 'authenticatedAt' | 'ip'>;
type Row = Moving & { readonly body: string; readonly createdAt: number; readonly id: string };

const deviceOf = ({ body, status, modifiedAt, authenticatedAt, ip }: Row): Device => ({
  ...bodyOf<Device>({ body }),
  status,
  modifiedAt,
  authenticatedAt,
  ip,
});

export function deviceStore(db: Database): DeviceStore {
  return {
    async find(poolId, userId, key) {
      const [row] = await db.all<Row>(deviceTexts.find, poolId, userId, key);
      return row && deviceOf(row);
    },

    insert: (device, { most, now, keptUntil }) =>
      db.tx(async (t) => {
        const { poolId, userId, key } = device;
        // One at a time adds to a user, so that none is one too many; a deletion of the user waits, or is waited for.
        if ((await t.all(userTexts.lock, poolId, userId)).length === 0) return 'gone';
        if (!(await insert(t, device))) return 'exists';
        // Asked afterwards: the insertion may have waited until the device was forgotten.
        if ((await t.all(familyTexts.find, poolId, key)).length > 0) {
          t.undo();
          return 'forgotten';
        }
        const evicted = await t.all<{ id: string }>(deviceTexts.evict, poolId, userId, key, most - 1);
        for (const { id } of evicted.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
          await t.all(familyTexts.revoke, poolId, id, now, keptUntil);
        return 'inserted';
      }),

    async touch({ poolId, userId, key }, { authenticatedAt, ip }) {
      const rows = await db.all(deviceTexts.touch, poolId, userId, key, authenticatedAt, ip);
      return rows.length === 1;
    },

    async setStatus({ poolId, userId, key }, { status, modifiedAt }) {
      const rows = await db.all(deviceTexts.setStatus, poolId, userId, key, status, modifiedAt);
      return rows.length === 1;
    },

    forget: ({ poolId, userId, key }, { now, keptUntil }) =>
      db.tx(async (t) => {
        const rows = await t.all(deviceTexts.forget, poolId, userId, key);
        if (rows.length === 0) return false;
        await t.all(familyTexts.revoke, poolId, key, now, keptUntil);
        return true;
      }),

    async ofUser(poolId, userId, page) {
      const [createdAt = -1, id = ''] = startOf(page, [-1, '']);
      const rows = await db.all<Row>(deviceTexts.ofUser, poolId, userId, createdAt, id, rowsFor(page));
      return pageOf(rows, page, deviceOf, (row) => [row.createdAt, row.id]);
    },
  };
}

async function insert(t: Db, device: Device): Promise<boolean> {
  const { poolId, userId, key, createdAt, status, modifiedAt, authenticatedAt, ip } = device;
  const rows = await t.all(
    deviceTexts.insert,
    poolId,
    userId,
    key,
    createdAt,
    status,
    modifiedAt,
    authenticatedAt,
    ip,
    JSON.stringify(device),
  );
  return rows.length === 1;
}
