/**
 * The fields that documents can do without (`documents.drop_fields`): no search of README.md, no panel of the dashboard, no order of
 * lines and no command of podferry needs them. One list for the setting and for what writes documents.
 */
export const OPTIONAL_FIELDS = [
  'kubernetes.pod.uid',
  'kubernetes.pod.ip',
  'kubernetes.node.name',
  'kubernetes.replicaset.name',
  'container.id',
  'container.name',
  'container.image.name',
  'container.image.hash.all',
  'container.runtime',
  'service.version',
  'ecs.version',
  'agent.type',
  'agent.version',
] as const;

export type OptionalField = (typeof OPTIONAL_FIELDS)[number];
