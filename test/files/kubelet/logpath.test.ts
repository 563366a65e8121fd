import { expect, test } from 'vitest';
import { containerLog, linkName, logName, podName, savedLog } from '../../../src/files/kubelet/logpath.ts';
import { compareNames } from '../../../src/files/tail/file-name.ts';

const UID = '0f6e4a52-1111-4222-8333-944444444444';
const STATIC_UID = '0123456789abcdef0123456789abcdef';
const ID = 'c'.repeat(64);

test('the name of a pod directory', () => {
  const f = (name: string, namespace: string, pod: string, uid: string): void =>
    expect(podName(name), name).toEqual({ namespace, pod, uid });
  f(`ns_pod_${UID}`, 'ns', 'pod', UID);
  f(`kube-system_kube-apiserver-n1_${STATIC_UID}`, 'kube-system', 'kube-apiserver-n1', STATIC_UID);
  f(`ns_my.pod.v1_${UID}`, 'ns', 'my.pod.v1', UID);
  f(UID, '', '', UID);
  f(STATIC_UID, '', '', STATIC_UID);
  f('n"s_p\no\'d_u', 'n"s', "p\no'd", 'u');
  for (const none of ['', 'pod', 'a_b', '_b_c', 'a__c', 'a_b_', '__', 'lost+found']) {
    expect(podName(none), none).toBeUndefined();
  }
});

test('the name of a log file', () => {
  const f = (name: string, restart: number, suffix: string, gz: boolean): void =>
    expect(logName(name), name).toEqual({ restart, suffix, gz });
  f('0.log', 0, '', false);
  f('1.log', 1, '', false);
  f('137.log', 137, '', false);
  f('1.log.20250219-233547', 1, '20250219-233547', false);
  f('1.log.20250219-233547.gz', 1, '20250219-233547', true);
  f('0.log.1', 0, '1', false);
  f('0.log.12.gz', 0, '12', true);
  f('0.log-20250219', 0, '20250219', false);
  f('0.log-20250219-1700000000.gz', 0, '20250219-1700000000', true);
  f('0.log.gz', 0, '', true);
  const none =
    '0.log.tmp 0.log.20250219-233547.tmp 0.log.bak 0.log~ 00.log .0.log.swp a.log 0.txt 0log 0.log.. 0.log. -1.log'.split(
      ' ',
    );
  for (const name of [...none, '', `${ID}.log`, '9999999999.log', '0.log\n', ' 0.log', '0.log.gz.gz']) {
    expect(logName(name), name).toBeUndefined();
  }
});

test('the name of a link', () => {
  expect(linkName(`web-1_shop_app-${ID}.log`)).toEqual({
    pod: 'web-1',
    namespace: 'shop',
    container: 'app',
    containerId: ID,
  });
  expect(linkName(`my.pod_shop_a-b-${ID}.log`)).toMatchObject({ pod: 'my.pod', container: 'a-b', containerId: ID });
  // Cut: part of the id, or all of it.
  expect(linkName(`p_n_app-${ID.slice(9)}.log`)).toMatchObject({ pod: 'p', containerId: undefined });
  expect(linkName('p_n_app.log')).toMatchObject({ namespace: 'n', containerId: undefined });
  for (const none of ['', 'a.log', 'a_b.log', 'a_b_c', `a_b_c-${ID}.txt`]) expect(linkName(none), none).toBeUndefined();
});

test('the order of names: time stamps ascend, numbers descend, the file being written is the last', () => {
  const f = (...names: string[]): void => {
    const parsed = names.map((name) => logName(name)!);
    const shuffled = [...parsed].reverse().sort(compareNames);
    expect(shuffled).toEqual(parsed);
  };
  f('0.log.20250101-000000.gz', '0.log.20250101-000010', '0.log.20250102-000000', '0.log');
  f('0.log.12.gz', '0.log.3.gz', '0.log.2', '0.log.1', '0.log');
  f('0.log.20250101-000000', '0.log.20250101-000000.gz');
  f('0.log-20250101', '0.log.1', '0.log');
});

test('a container log', () => {
  const log = containerLog('/p/ns_pod_u/c', { namespace: 'ns', pod: 'pod', uid: 'u' }, 'c', 2);
  expect(log).toEqual({
    key: 'u/c/2',
    namespace: 'ns',
    pod: 'pod',
    uid: 'u',
    container: 'c',
    restart: 2,
    path: '/p/ns_pod_u/c/2.log',
    containerId: undefined,
  });
  const entry = { key: 'u/c/2', fingerprint: 'f', position: { out: 0, err: 0, time: '' }, size: 1, head: '' };
  expect(savedLog({ ...entry, path: log.path })).toEqual(log);
  expect(savedLog(entry)).toMatchObject({ key: 'u/c/2', uid: 'u', container: 'c', restart: 2, namespace: '', pod: '' });
});
