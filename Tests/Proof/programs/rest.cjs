// Real programs that did a real piece of work and rest: rest.cjs compiler TYPESCRIPT | rest.cjs bundler ROLLUP FILE
const [kind, folder, file] = process.argv.slice(2);

// TypeScript with the types of its own library, all checked; the program and its checker stay.
function compiler() {
  const ts = require(`${folder}/lib/typescript.js`);
  const program = ts.createProgram([`${folder}/lib/typescript.d.ts`], { noEmit: true, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] });
  console.log('diagnostics', ts.getPreEmitDiagnostics(program).length);
  return program;
}

// Rollup with a large program, parsed and bundled; the bundle and its cache stay.
async function bundler() {
  const { rollup } = require(`${folder}/dist/rollup.js`);
  const bundle = await rollup({ input: file, onwarn() {}, external: (id) => !/^[./]/.test(id) });
  console.log('output', (await bundle.generate({ format: 'cjs' })).output[0].code.length);
  return bundle;
}

Promise.resolve({ compiler, bundler }[kind]()).then((kept) => {
  globalThis.kept = kept;
  setInterval(() => {}, 60_000);
  console.log('READY');
});
