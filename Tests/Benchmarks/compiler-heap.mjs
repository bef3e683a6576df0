// The heap of a real compiler that has checked a program: Debian's TypeScript and the declarations of its own server.
//   node compiler-heap.mjs FOLDER_OF_TYPESCRIPT OUT
import { createRequire } from 'node:module';
import { writeHeapSnapshot } from 'node:v8';

const [folder, out] = process.argv.slice(2);
const typescript = createRequire(import.meta.url)(folder);
const options = { target: typescript.ScriptTarget.ESNext, types: [], strict: true, noEmit: true };
const program = typescript.createProgram([`${folder}/lib/tsserverlibrary.d.ts`], options);
program.getSemanticDiagnostics();
globalThis.program = program;
writeHeapSnapshot(out);
