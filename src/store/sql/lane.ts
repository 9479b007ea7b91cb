import { Client, type ClientConfig } from 'pg';
import type { Value } from './database.ts';
import { breaksConnection, isReadOnly, told } from './postgres-errors.ts';
import { rowsOf } from './statement.ts';

const mostTries = 3;

/** How many milliseconds may pass without an answer while one is awaited. */
const longestSilence = 5;

/**
 * One connection down which statements go without waiting for each other's answers. It is made when first needed, and
 * anew after it broke.
 */
export class Lane {
  readonly #config: ClientConfig;
  #client: Promise<Client> | undefined;
  #isGathering = false;
  #underWay = 0;
  #lastHeard = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /**
   * How many a statement that is given to it now waits for. Infinity where an answer has been awaited for long: a slow one
   * holds up all that come after it.
   */
  get queue(): number {
    const isSilent = this.#underWay > 0 && performance.now() - this.#lastHeard > longestSilence;
    return isSilent ? Infinity : this.#underWay;
  }

  /**
   * The rows of a statement. `again`: it may be sent once more, if the connection breaks under it. One that a read-only
   * server refused may in any case: a connection to it stays so, one that is made now may not be (security DU-3, DU-6).
   */
  async run<Row>(sql: string, values: readonly Value[], again: boolean): Promise<Row[]> {
    let mayBreak = again;
    for (let tries = 1; ; tries += 1) {
      const connecting = (this.#client ??= this.#connect());
      this.#enter();
      try {
        const client = await connecting;
        this.#gather(client);
        return await rowsOf<Row>(client, sql, values);
      } catch (error) {
        if (!breaksConnection(error)) throw told(error);
        this.#drop(connecting);
        const isRefused = isReadOnly(error);
        if (tries === mostTries || !(isRefused || mayBreak)) throw error;
        mayBreak &&= isRefused;
      } finally {
        this.#leave();
      }
    }
  }

  async close(): Promise<void> {
    const connecting = this.#client;
    this.#client = undefined;
    const client = await connecting?.catch(() => undefined);
    await client?.end();
  }

  #enter(): void {
    if (this.#underWay === 0) this.#lastHeard = performance.now();
    this.#underWay += 1;
  }

  #leave(): void {
    this.#underWay -= 1;
    this.#lastHeard = performance.now();
  }

  /** Statements of one turn of the event loop leave together: one write for all of them, which wakes the server once. */
  #gather({ connection: { stream } }: Client): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
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
