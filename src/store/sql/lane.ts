import { Client, type ClientConfig } from 'pg';
import type { Value } from './database.ts';
import { breaksConnection, isReadOnly, query } from './postgres-query.ts';

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

  /** For statements that may be sent again: if the connection breaks under one, it is tried on a new one. */
  async again<Row>(sql: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return await this.once(sql, values);
    } catch (error) {
      if (!breaksConnection(error)) throw error;
      return this.once(sql, values);
    }
  }

  /** A connection to a server that was read-only stays so: one that is made now may not be (security DU-3, DU-6). */
  async once<Row>(sql: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return await this.#send(sql, values);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
      return this.#send(sql, values);
    }
  }

  async #send<Row>(sql: string, values: readonly Value[]): Promise<Row[]> {
    this.#client ??= this.#connect();
    const connecting = this.#client;
    try {
      return await query<Row>(await connecting, sql, values);
    } catch (error) {
      if (breaksConnection(error)) this.#drop(connecting);
      throw error;
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
