/**
 * Certificates for tests, made on the spot: a CA and what it signs, so that no key lies in the repository and none expires.
 * Just enough DER (X.690) and X.509 v3 (RFC 5280) for TLS with P-256.
 */
import { Buffer } from 'node:buffer';
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

export interface Authority extends Certificate {
  /** A certificate for these DNS names and IPv4 addresses (or none: of a client), signed by this CA. */
  issue(commonName: string, hosts?: string[]): Certificate;
}

export function authority(commonName: string): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const make = (subject: string, publicKey: KeyObject, extensions: Buffer[]): string =>
    certificate(subject, commonName, publicKey, pair.privateKey, extensions);
  const isCa = extension('2.5.29.19', sequence(tagged(0x01, Buffer.from([0xff]))), true);
  return {
    cert: make(commonName, pair.publicKey, [isCa]),
    key: pem(pair.privateKey),
    issue(subject, hosts = []) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = hosts.map((host) => {
        const ip = /^\d+\.\d+\.\d+\.\d+$/.test(host);
        return ip ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host));
      });
      const extensions = names.length > 0 ? [extension('2.5.29.17', sequence(...names))] : [];
      return { cert: make(subject, own.publicKey, extensions), key: pem(own.privateKey) };
    },
  };
}

function certificate(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  key: KeyObject,
  extensions: Buffer[],
): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const day = 86_400_000;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name(issuer),
    sequence(time(Date.now() - day), time(Date.now() + 365 * day)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tagged(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign('sha256', body, key);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function name(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  return tagged(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, tagged(0x04, value));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), value]);
}
