import type { TestContext } from 'node:test';
import { openVault } from '../src/crypto/data-key-vault.ts';
import type { Loss, Message } from '../src/messages/messages.ts';
import { createOutbox } from '../src/messages/outbox.ts';
import type { Outbox } from '../src/messages/outbox.ts';
import type { Times } from '../src/messages/times.ts';
import type { Transports } from '../src/messages/transport.ts';
import { openStore } from '../src/store/sql/store.ts';
import type { Store } from '../src/store/store.ts';
import { madePool } from './store/records.ts';

const masterKey = Buffer.alloc(32, 'the master key of all outboxes');

export interface TestOutbox {
  readonly outbox: Outbox;
  readonly losses: readonly Loss[];
  readonly faults: readonly unknown[];
  readonly store: Store;
  /** A mail to somebody in a pool that is there. */
  readonly message: Message;
}

export interface TestOutboxOptions {
  /** In memory if not given. */
  readonly store?: Store;
  readonly times?: Partial<Times>;
  readonly now?: () => number;
  /** Throws while the key of the pool cannot be used. */
  readonly checkKey?: () => void;
}

/** An outbox with short waits. It ends with the test. */
export async function testOutbox(
  t: TestContext,
  transports: Transports,
  { store: given, times, now = Date.now, checkKey = () => undefined }: TestOutboxOptions = {},
): Promise<TestOutbox> {
  const store = given ?? (await openStore({ url: 'memory' }));
  const vault = await openVault(store.dataKeys, masterKey, now);
  const { id: poolId } = await madePool(store);
  const losses: Loss[] = [];
  const faults: unknown[] = [];
  const outbox = createOutbox({
    store: store.messages,
    vaultOf: async () => {
      checkKey();
      return vault;
    },
    transports,
    now,
    onLoss: (loss) => void losses.push(loss),
    onFault: (fault) => void faults.push(fault),
    times: { waits: [1, 1], soon: [1, 1], interval: 20, ...times },
  });
  t.after(async () => {
    await outbox.close(0);
    vault.close();
    if (given === undefined) await store.close();
  });
  const message: Message = {
    poolId,
    medium: 'EMAIL',
    to: 'ada@example.com',
    subject: 'Your code',
    body: 'The code is <b>123456</b>',
    code: '123456',
    at: now(),
  };
  return { outbox, losses, faults, store, message };
}

/** Waits until it holds. */
export async function until(holds: () => boolean | Promise<boolean>, patience = 5000): Promise<void> {
  for (const end = Date.now() + patience; !(await holds());) {
    if (Date.now() > end) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
