import type { Piece, PieceStore } from '../pieces.ts';
import type { Database, Db } from './database.ts';

export const pieceTexts = {
  put: `with pool as (select id from pools where id = $1 for key share)
    insert into pieces (pool_id, owner, number, expires_at, body)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), $5 from pool where true
    on conflict (pool_id, owner, number) do update set expires_at = excluded.expires_at, body = excluded.body
    returning number`,
  find: 'select body from pieces where pool_id = $1 and owner = $2 and number = $3',
  delete: 'delete from pieces where pool_id = $1 and owner = $2 returning number',
};

export async function putPiece(t: Db, { poolId, owner, number, expiresAt, body }: Piece): Promise<boolean> {
  return (await t.all(pieceTexts.put, poolId, owner, number, expiresAt, body)).length === 1;
}

export function pieceStore(db: Database): PieceStore {
  return {
    put: (piece) => putPiece(db, piece),

    async find(poolId, owner, number) {
      const [row] = await db.all<{ body: string }>(pieceTexts.find, poolId, owner, number);
      return row?.body;
    },

    async delete(poolId, owner) {
      await db.all(pieceTexts.delete, poolId, owner);
    },
  };
}
