/**
 * What OpenSSL and Node say of a connection that fails, in words an operator can act on. Known by the text, since not every library
 * hands the code on. https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long|EPROTO.*(?:http request|unknown protocol)/i,
    'it does not speak TLS there: an address that begins with http:// may be meant',
  ],
  [/Parse Error|HPE_/, 'it does not speak HTTP there: an address that begins with https:// may be meant'],
  [
    /self[- ]signed certificate|unable to verify the first certificate|unable to get (?:local )?issuer certificate/i,
    'nobody who is trusted here signed its certificate',
  ],
  [/certificate has expired/i, 'its certificate has expired'],
  [/certificate is not yet valid/i, 'its certificate is not valid yet, or the clock of this node is wrong'],
  [/does not match certificate's altnames/i, 'its certificate is one for other names than the address'],
  [
    /certificate required|alert bad certificate|alert unknown ca|handshake failure/i,
    'it wants another client certificate',
  ],
  [/key values mismatch/i, 'the client certificate and its key do not belong together'],
];

/** The message in plain words, and behind them as it was, without addresses in memory; a message that is plain stays as it is. */
export function plainly(message: string): string {
  const words = WORDS.find(([pattern]) => pattern.test(message))?.[1];
  return words === undefined ? message : `${words} (${shortened(message)})`;
}

/** `write EPROTO 40C7B2:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…:355:` → `wrong version number` */
function shortened(message: string): string {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}
