import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a port that a test can cut without either end being told. */
export type TcpProxy = {
  readonly port: number;
  /** Nothing goes through any more, in neither direction; connections stay open, and no new one is answered. */
  readonly cut: () => void;
  /** Everything that was cut is gone; new connections go through. */
  readonly heal: () => void;
};

/** Opens a way to a port of 127.0.0.1. */
export async function tcpProxy(to: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (data) => void (isCut || target.write(data)));
    target.on('data', (data) => void (isCut || client.write(data)));
  });
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    drop();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => {
      isCut = true;
    },
    heal: () => {
      isCut = false;
      drop();
    },
  };
}
