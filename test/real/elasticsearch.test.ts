import { ELASTICSEARCH, JARS } from './elasticsearch.ts';
import { jarsDir } from './java.ts';
import { refusing } from './refusing.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';
import { installStackTemplates, removeStackTemplates } from './stack-templates.ts';

refusing(started(ELASTICSEARCH), 'flattened');
shipping(started(ELASTICSEARCH));
searching(started(ELASTICSEARCH), async (server) => {
  await installStackTemplates(server, jarsDir(JARS));
  return () => removeStackTemplates(server);
});
