// Run by npm after an install in the repository: compiles the sources of the servers once, so that the first start is as
// fast as the later ones (bin/cognate.js keeps what it compiles beside the packages). Nothing depends on it; a Node that
// cannot read the sources leaves it out.
import * as nodeModule from 'node:module';
import { join } from 'node:path';

if (Number.parseInt(process.versions.node, 10) >= 24) {
  nodeModule.enableCompileCache(join(import.meta.dirname, 'node_modules', '.cache', 'cognate'));
  for (const command of ['main', 'dev', 'token']) await import(`./src/cli/${command}.ts`);
  const { readAll } = await import('./src/operations/cognito-idp/index.ts');
  await readAll();
  nodeModule.flushCompileCache();
  process.exit();
}
