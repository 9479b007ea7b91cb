import { historyLimits } from '../auth-events.ts';
import type { AuthEvent, AuthEventStore } from '../auth-events.ts';
import type { Db } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { bodyOf } from './record.ts';

/** Response, challenges and feedback are columns of their own: what the record holds of them is what it began with. */
const columns = 'body, response, challenges, feedback, id';

/** One part of the history, along the index that has it in the order of time. */
const newest = (condition: string, limit: string, name: string) =>
  `select ${columns} from (select ${columns} from auth_events where pool_id = $1 and user_id = $2 and ${condition}
    and expires_at > $3 order by id desc limit ${limit}) as ${name}`;

/** `outcome` of sign-ins: passed or failed; of all else: other. */
export const authEventTexts = {
  add: `with pool as (select id from pools where id = $1 for key share),
      u as (select id from users where pool_id = $1 and id = $2 for key share)
    insert into auth_events (pool_id, user_id, id, outcome, response, challenges, feedback, expires_at, body)
    select pool.id, $2, $3, $4, $5, $6, null, cast($7 as bigint), $8
    from pool left join u on true where u.id is not null or cast($9 as bigint) = 1
    on conflict (pool_id, user_id, id) do nothing`,
  conclude: `update auth_events set outcome = $4, response = $5, challenges = $6
    where pool_id = $1 and user_id = $2 and id = $3 and outcome <> 'passed' returning id`,
  tell: `update auth_events set feedback = $4
    where pool_id = $1 and user_id = $2 and id = $3 and expires_at > $5 returning id`,
  history: `${newest("outcome = 'passed'", '$4', 'passed')}
    union all ${newest("outcome = 'failed'", '$5', 'failed')}
    union all ${newest('feedback is not null', '$6', 'told')}`,
  list: `select ${columns} from auth_events where pool_id = $1 and user_id = $2 and id < $3 and expires_at > $4
    order by id desc limit $5`,
};

interface Row {
  readonly body: string;
  readonly response: AuthEvent['response'];
  readonly challenges: string;
  readonly feedback: string | null;
  readonly id: string;
}

export function authEventStore(db: Db): AuthEventStore {
  return {
    async add(event, whose) {
      const { poolId, userId, id, response, expiresAt } = event;
      await db.all(
        authEventTexts.add,
        poolId,
        userId,
        id,
        outcomeOf(event),
        response,
        JSON.stringify(event.challenges),
        expiresAt,
        JSON.stringify(event),
        whose === 'nobody' ? 1 : 0,
      );
    },

    async conclude({ poolId, userId, id }, { response, challenges }) {
      const outcome = outcomeOf({ type: 'SignIn', response });
      const told = JSON.stringify(challenges);
      const rows = await db.all(authEventTexts.conclude, poolId, userId, id, outcome, response, told);
      return rows.length === 1;
    },

    async tell({ poolId, userId, id }, feedback, now) {
      const rows = await db.all(authEventTexts.tell, poolId, userId, id, JSON.stringify(feedback), now);
      return rows.length === 1;
    },

    async history(poolId, userId, now) {
      const { passed, failed, told } = historyLimits;
      const rows = await db.all<Row>(authEventTexts.history, poolId, userId, now, passed, failed, told);
      return [...new Map(rows.map((row) => [row.id, eventOf(row)])).values()];
    },

    async list(poolId, userId, now, page) {
      const [before = ''] = startOf(page, [afterAll]);
      const rows = await db.all<Row>(authEventTexts.list, poolId, userId, before, now, rowsFor(page));
      return pageOf(rows, page, eventOf, (row) => [row.id]);
    },
  };
}

/** Behind every UUID. */
const afterAll = 'g';

const outcomeOf = ({ type, response }: Pick<AuthEvent, 'type' | 'response'>) => {
  if (type !== 'SignIn') return 'other';
  return response === 'Pass' ? 'passed' : 'failed';
};

function eventOf({ body, response, challenges, feedback }: Row): AuthEvent {
  return {
    ...bodyOf<AuthEvent>({ body }),
    response,
    challenges: JSON.parse(challenges) as AuthEvent['challenges'],
    ...(feedback === null ? {} : { feedback: JSON.parse(feedback) as AuthEvent['feedback'] }),
  };
}
