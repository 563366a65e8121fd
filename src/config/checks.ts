/** What no single setting can tell: settings that need each other, files that must be there, directories to write to. */
import { SINKS } from '../sinks/index.ts';
import { checkPodsDir, checkStateDir } from './directories.ts';
import type { Complain } from '../util/given.ts';
import { unreadable, unusableCertificate, unusableSecret } from '../util/named-file.ts';
import type { SettingsLook } from '../util/setting.ts';
import type { Derived } from './derive.ts';
import { checkSecret, type SecretKey } from './secrets.ts';
import type { Key, Values } from './table.ts';

/** Complains about mistakes; warns of what works but is probably not meant. Settings in `wrong` are left alone. */
export function crossCheck(look: SettingsLook<Values>, derived: Derived): void {
  const { purpose, values, wrong, at, complain, warn } = look;
  if (!wrong.has('sink')) checkSink(look);
  if (purpose !== 'run' && purpose !== 'check') return;
  checkPorts(values, at, complain);
  if (derived.uses_kubernetes) checkKubernetes(values, wrong, at, complain);
  if (purpose === 'check') return; // check has a line of its own for each of these
  if (!wrong.has('state.dir')) checkStateDir(values['state.dir'], at('state.dir'), complain, warn);
  if (!wrong.has('logs.pods_dir')) checkPodsDir(values['logs.pods_dir'], at('logs.pods_dir'), complain, warn);
}

/** Complains about what is wrong with the settings of the sink that is used. */
export function checkSink(look: SettingsLook<Values>): void {
  const { secrets, check } = SINKS[look.values.sink];
  for (const key of Object.keys(secrets) as SecretKey[]) checkSecret(key, look);
  check(look);
}

function checkPorts(values: Values, at: (key: Key) => string, complain: Complain): void {
  const [listen, probes] = [values['http.listen'], values['http.probes']];
  if (!listen || !probes || probes.port === 0 || listen.port !== probes.port) return;
  complain(
    at('http.probes'),
    `http.probes has the port of http.listen, ${probes.port}; it needs its own, e.g. 0.0.0.0:9465, or off`,
  );
}

function checkKubernetes(
  values: Values,
  wrong: ReadonlySet<string>,
  at: (key: Key) => string,
  complain: Complain,
): void {
  if (!wrong.has('kubernetes.url') && values['kubernetes.url'] === '' && values['kubernetes.kubeconfig'] === '') {
    complain(
      at('kubernetes.enabled'),
      'kubernetes.url is required outside of a cluster, e.g. https://10.0.0.1:6443 (or a kubernetes.kubeconfig)',
    );
  }
  const kubeconfig = values['kubernetes.kubeconfig'];
  const mistake = kubeconfig ? unreadable(kubeconfig) : undefined;
  if (mistake !== undefined) complain(at('kubernetes.kubeconfig'), `kubernetes.kubeconfig ${kubeconfig} ${mistake}`);
  if (at('kubernetes.ca_file') !== '' && !kubeconfig)
    checkCertificate(values['kubernetes.ca_file'], at('kubernetes.ca_file'), complain);
  if (at('kubernetes.token_file') !== '' && !kubeconfig && values['kubernetes.token_file']) {
    const missing = unreadable(values['kubernetes.token_file']);
    if (missing !== undefined)
      complain(at('kubernetes.token_file'), `kubernetes.token_file ${values['kubernetes.token_file']} ${missing}`);
  }
  const token = values['kubernetes.token_file'];
  if (!wrong.has('kubernetes.token_file') && !kubeconfig && token && unreadable(token) === undefined) {
    const mistake = unusableSecret(token, 'token');
    if (mistake !== undefined)
      complain(
        at('kubernetes.token_file'),
        `kubernetes.token_file ${token} ${mistake}; it takes one bearer token on one line`,
      );
  }
}

function checkCertificate(file: string | undefined, at: string, complain: Complain): void {
  const mistake = file ? unusableCertificate(file) : undefined;
  if (mistake !== undefined) complain(at, `kubernetes.ca_file ${file} ${mistake}`);
}
