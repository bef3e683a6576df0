// Closure variables that DevTools' own worker calls unread: scopes.mjs BENCH WORKER FILE
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [bench, worker, file] = process.argv.slice(2);
const { loadWorkerModule, loadSnapshot } = await import(pathToFileURL(path.resolve(bench, 'dt-load.mjs')).href);
const module = await loadWorkerModule(worker);
console.warn = () => {};
const { snapshot } = await loadSnapshot(module, worker, file, { oneThread: true });
const scopes = snapshot.analyzeContexts().scopes.map((scope) => ({
  script: scope.scriptName, function: scope.scopeName ?? '', start: scope.scopeStart, end: scope.scopeEnd,
  variableCount: scope.contextFieldCount,
  contexts: scope.contexts.map((context) => ({
    id: context.contextNodeId, retainedSize: context.retainedSize, unreadSize: context.deadFieldsRetainedSizeSum,
    variables: context.deadFields.map(({ name, valueNodeId, valueName, selfSize, retainedSize }) =>
      ({ name, valueID: valueNodeId, valueName, selfSize, retainedSize })),
  })),
}));
process.stdout.write(JSON.stringify(scopes) + '\n', () => process.exit(0));
