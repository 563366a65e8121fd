import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { apiCredentials } from '../../../src/kube/api/credentials.ts';
import { OperatorError } from '../../../src/util/errors.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podferry-kube-'));
});
afterEach(() => rm(dir, { recursive: true }));

const none = { kubeconfig: '', url: '', tokenFile: '', caFile: '' };

describe('in the cluster', () => {
  it('reads token and CA again for every request', async () => {
    const [tokenFile, caFile] = [join(dir, 'token'), join(dir, 'ca.crt')];
    const who = apiCredentials({ ...none, url: 'https://10.0.0.1:443/', tokenFile, caFile });
    expect(await who.read()).toEqual({ url: 'https://10.0.0.1', authorization: undefined, tls: { ca: undefined } });
    await writeFile(tokenFile, 'first\n');
    await writeFile(caFile, 'one');
    expect(await who.read()).toMatchObject({ authorization: 'Bearer first', tls: { ca: 'one' } });
    await writeFile(tokenFile, 'second\n');
    await writeFile(caFile, 'two');
    expect(await who.read()).toMatchObject({ authorization: 'Bearer second', tls: { ca: 'two' } });
  });

  it.each([[''], ['two lines\nof text'], ['tök']])('sends no token that no header can hold: %j', async (token) => {
    await writeFile(join(dir, 'token'), token);
    const who = apiCredentials({ ...none, url: 'http://127.0.0.1:1', tokenFile: join(dir, 'token') });
    expect((await who.read()).authorization).toBeUndefined();
  });

  it('keeps the path of an address, and nothing secret in it', () => {
    const who = apiCredentials({ ...none, url: 'https://user:secret@rancher.example/k8s/clusters/c-1/?x=1' });
    expect(who.url).toBe('https://rancher.example/k8s/clusters/c-1');
  });

  it.each([[''], ['10.0.0.1:443'], ['ftp://x']])('refuses the address %j', (url) => {
    expect(() => apiCredentials({ ...none, url })).toThrow(OperatorError);
    expect(() => apiCredentials({ ...none, url })).toThrow(/^kubernetes\.url: /);
  });
});

describe('from a kubeconfig', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  async function kubeconfig(user: object, cluster: object = {}, over: object = {}): Promise<string> {
    const path = join(dir, 'config');
    const config = {
      'current-context': 'here',
      contexts: [
        { name: 'there', context: { cluster: 'x', user: 'y' } },
        { name: 'here', context: { cluster: 'c', user: 'u' } },
      ],
      clusters: [{ name: 'c', cluster: { server: 'https://k.example:6443', ...cluster } }],
      users: [{ name: 'u', user }],
      ...over,
    };
    await writeFile(path, stringify(config));
    return path;
  }
  const read = async (...args: Parameters<typeof kubeconfig>): ReturnType<ReturnType<typeof apiCredentials>['read']> =>
    apiCredentials({ ...none, url: 'https://ignored', kubeconfig: await kubeconfig(...args) }).read();

  it('takes the current context: token and inline CA', async () => {
    const login = await read({ token: 'abc' }, { 'certificate-authority-data': base64('CA') });
    expect(login).toMatchObject({ url: 'https://k.example:6443', authorization: 'Bearer abc', tls: { ca: 'CA' } });
  });

  it('takes files, relative to itself; a token file counts before a token, and is read again', async () => {
    await writeFile(join(dir, 'ca.pem'), 'CA');
    await writeFile(join(dir, 'tok'), 'one');
    const path = await kubeconfig({ token: 'old', tokenFile: 'tok' }, { 'certificate-authority': 'ca.pem' });
    const who = apiCredentials({ ...none, kubeconfig: path });
    expect(await who.read()).toMatchObject({ authorization: 'Bearer one', tls: { ca: 'CA' } });
    await writeFile(join(dir, 'tok'), 'two');
    expect(await who.read()).toMatchObject({ authorization: 'Bearer two' });
  });

  it('takes a client certificate, inline or from files', async () => {
    const inline = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    expect((await read(inline)).tls).toMatchObject({ cert: 'CERT', key: 'KEY' });
    await writeFile(join(dir, 'c.pem'), 'C');
    await writeFile(join(dir, 'k.pem'), 'K');
    const files = { 'client-certificate': 'c.pem', 'client-key': 'k.pem' };
    expect((await read(files)).tls).toMatchObject({ cert: 'C', key: 'K' });
  });

  it('knows insecure-skip-tls-verify and tls-server-name', async () => {
    const { tls } = await read({}, { 'insecure-skip-tls-verify': true, 'tls-server-name': 'api' });
    expect(tls).toMatchObject({ rejectUnauthorized: false, servername: 'api' });
    expect((await read({})).tls.rejectUnauthorized).toBeUndefined();
  });

  it.each([
    ['an exec plugin', { exec: { command: 'aws' } }, {}, {}, /plugin "aws", which podferry does not run/],
    ['an auth provider', { 'auth-provider': { name: 'gcp' } }, {}, {}, /plugin "gcp", which podferry does not run/],
    ['a user name', { username: 'me', password: 'secret' }, {}, {}, /sets "username"/],
    ['a proxy', {}, { 'proxy-url': 'http://p' }, {}, /by a proxy/],
    ['no current context', {}, {}, { 'current-context': '' }, /has no current-context/],
    ['a context that is not there', {}, {}, { 'current-context': 'gone' }, /has no context "gone"/],
    ['a user that is not there', {}, {}, { users: [] }, /has no user "u"/],
    ['a cluster that is not there', {}, {}, { clusters: null }, /has no cluster "c"/],
    ['no server', {}, { server: '' }, {}, /server of the cluster "c"/],
    [
      'a CA file that is not there',
      {},
      { 'certificate-authority': 'nowhere' },
      {},
      /certificate-authority that cannot be read/,
    ],
    ['a certificate without a key', { 'client-certificate-data': 'Qw==' }, {}, {}, /certificate without its key/],
  ])('refuses %s in one sentence that names the setting', async (_, user, cluster, over, message) => {
    const path = await kubeconfig(user, cluster, over);
    const use = (): unknown => apiCredentials({ ...none, kubeconfig: path });
    expect(use).toThrow(OperatorError);
    expect(use).toThrow(message);
    expect(use).toThrow(/^kubernetes\.kubeconfig: /);
    expect(use).not.toThrow(/secret/);
  });

  it('refuses a file that is missing, or not YAML', async () => {
    expect(() => apiCredentials({ ...none, kubeconfig: join(dir, 'nowhere') })).toThrow(/cannot be read/);
    await writeFile(join(dir, 'bad'), 'a: [');
    expect(() => apiCredentials({ ...none, kubeconfig: join(dir, 'bad') })).toThrow(/is not YAML/);
    await writeFile(join(dir, 'bad'), 'just text');
    expect(() => apiCredentials({ ...none, kubeconfig: join(dir, 'bad') })).toThrow(/has no current-context/);
  });
});
