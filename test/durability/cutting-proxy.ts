import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** Something between a client and its server that can lose an answer. */
export interface CuttingProxy {
  readonly port: number;
  /** The next answer after a request with these bytes is lost with its connection; so the work was done. */
  cutAfter(words: string): void;
  /** Whether what was asked for has come to pass. */
  readonly hasCut: () => boolean;
}

export async function cuttingProxy(
  t: TestContext,
  to: { host: string; port: number },
): Promise<CuttingProxy> {
  let wanted: string | undefined;
  let cuts = 0;
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(to);
    let armed = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (bytes) => {
      armed ||= wanted !== undefined && bytes.includes(wanted);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!armed) {
        client.write(bytes);
        return;
      }
      wanted = undefined;
      cuts += 1;
      client.resetAndDestroy();
      upstream.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of open) socket.destroy();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    cutAfter(words) {
      wanted = words;
      cuts = 0;
    },
    hasCut: () => cuts > 0,
  };
}
