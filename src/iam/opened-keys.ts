import type { Context } from '../context.ts';
import { isAccessKeyId } from './access-keys.ts';
import type { AccessKey } from './access-keys.ts';
import type { Policy } from './policy.ts';
import { parsePolicy } from './policy.ts';

/** An access key with its secret opened and its policy read. */
export interface OpenedKey {
  readonly record: AccessKey;
  readonly secret: string;
  readonly policy: Policy;
  /** Whether the policy asks for the tags of resources, or for those that a request sets. */
  readonly asksForTags: boolean;
}

const mostKeys = 1000;

/**
 * The access keys in use, opened once. A key is opened anew when its secret or its policy changes, and forgotten when it
 * is gone or no longer active; both show within a second (AccessKeyStore.recent).
 */
export class OpenedKeys {
  readonly #parts: Pick<Context, 'store' | 'vault'>;
  readonly #opened = new Map<string, OpenedKey>();

  constructor(parts: Pick<Context, 'store' | 'vault'>) {
    this.#parts = parts;
  }

  /** Undefined for a key that does not exist, is not active, or whose secret does not open. */
  async find(id: string): Promise<OpenedKey | undefined> {
    if (!isAccessKeyId(id)) return undefined;
    const record = await this.#parts.store.accessKeys.recent(id);
    const known = this.#opened.get(id);
    if (record?.active !== true) {
      this.#opened.delete(id);
      return undefined;
    }
    const same = known?.record.sealedSecret === record.sealedSecret && known.record.policy === record.policy;
    return same ? known : this.#open(record);
  }

  #open(record: AccessKey): OpenedKey | undefined {
    const secret = this.#parts.vault.open('access-key', [record.id], record.sealedSecret)?.toString();
    this.#opened.delete(record.id);
    if (secret === undefined) return undefined;
    const asksForTags = /aws:(?:Resource|Request)Tag/i.test(record.policy);
    const opened = { record, secret, policy: parsePolicy(record.policy), asksForTags };
    const [oldest] = this.#opened.keys();
    if (this.#opened.size >= mostKeys && oldest !== undefined) this.#opened.delete(oldest);
    this.#opened.set(record.id, opened);
    return opened;
  }
}
