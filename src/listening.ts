/** Whether an address to listen on is free. `podferry check` may run in the pod of an agent, which then holds the address. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import { hostPort, type Address } from './util/address.ts';

/** Listens for a moment. `line` says what was found, with the address. */
export async function canListen(address: Address): Promise<{ ok: boolean; line: string }> {
  const where = hostPort(address);
  const code = await listenError(address);
  if (code === undefined) return { ok: true, line: `${where} is free` };
  if (code === 'EADDRINUSE' && (await isPodferry(address))) return { ok: true, line: `${where}, podferry runs there` };
  return { ok: false, line: `${where} cannot be used (${code}); choose another port, or off` };
}

/** The code of the error; undefined if listening works. */
function listenError({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Whether an agent answers there: its page of contents begins with its name. */
function isPodferry({ host, port }: Address): Promise<boolean> {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise((resolve) => {
    const request = get({ host: target, port, path: '/', timeout: 2000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => void (body.length < 4096 && (body += text)));
      response.on('end', () => resolve(body.startsWith('podferry\n')));
      response.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
