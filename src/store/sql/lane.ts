import { Client, type ClientConfig } from 'pg';
import type { Value } from './database.ts';
import { breaksConnection, isReadOnly, prepared, told } from './postgres-query.ts';

const mostTries = 3;

/**
 * One connection down which statements go without waiting for each other's answers. It is made when first needed, and
 * anew after it broke.
 */
export class Lane {
  readonly #config: ClientConfig;
  #client: Promise<Client> | undefined;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /**
   * The rows of a statement. `again`: it may be sent once more, if the connection breaks under it. One that a read-only
   * server refused may in any case: a connection to it stays so, one that is made now may not be (security DU-3, DU-6).
   */
  async run<Row>(sql: string, values: readonly Value[], again: boolean): Promise<Row[]> {
    let mayBreak = again;
    for (let tries = 1; ; tries += 1) {
      const connecting = (this.#client ??= this.#connect());
      try {
        const { rows } = await (await connecting).query(prepared(sql, values));
        return rows as Row[];
      } catch (error) {
        if (!breaksConnection(error)) throw told(error);
        this.#drop(connecting);
        const isRefused = isReadOnly(error);
        if (tries === mostTries || !(isRefused || mayBreak)) throw error;
        mayBreak &&= isRefused;
      }
    }
  }

  async close(): Promise<void> {
    const connecting = this.#client;
    this.#client = undefined;
    const client = await connecting?.catch(() => undefined);
    await client?.end();
  }

  #connect(): Promise<Client> {
    const client = new Client(this.#config);
    const connecting = client.connect().then(() => client);
    const drop = () => this.#drop(connecting);
    client.on('error', drop);
    client.once('end', drop);
    return connecting;
  }

  /** The next statement gets a new connection; those still on their way here get their answers or their errors. */
  #drop(connecting: Promise<Client>): void {
    if (this.#client !== connecting) return;
    this.#client = undefined;
    connecting.then(
      (client) => void client.end(),
      () => {},
    );
  }
}
