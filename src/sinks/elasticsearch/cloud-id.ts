/**
 * The address in a Cloud ID, `<name>:<base64 of host[:port]$elasticsearch[:port]$kibana>`: what Elastic Cloud shows of a deployment.
 * https://www.elastic.co/docs/deploy-manage/deploy/elastic-cloud/find-cloud-id
 */
export function addressInCloudId(id: string): string | undefined {
  const encoded = /^(?:.*:)?([A-Za-z0-9+/]+={0,2})$/.exec(id)?.[1];
  const [host, elasticsearch] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split('$');
  const [domain, port] = host!.split(':');
  const [own, ownPort = port] = (elasticsearch ?? '').split(':');
  const address = `https://${own}.${domain}${ownPort === undefined ? '' : `:${ownPort}`}`;
  return own && domain && /^[\w.-]+$/.test(own + domain) && URL.canParse(address) ? address : undefined;
}
