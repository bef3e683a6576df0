// Prints 1,000 objects while attached, then says how many of them are alive.
const references = [];
process.stdin.setEncoding('utf8');
process.stdin.on('data', async (text) => {
  if (text.includes('print')) {
    for (let i = 0; i < 1000; i++) {
      const object = { number: i, filler: new Array(50).fill(i) };
      references.push(new WeakRef(object));
      console.log(object);
    }
    console.log('PRINTED');
  }
  if (text.includes('count')) {
    for (let i = 0; i < 5; i++) {
      await new Promise((done) => setTimeout(done, 50));
      globalThis.gc ? gc() : Bun.gc(true);
    }
    console.log(`ALIVE ${references.filter((reference) => reference.deref()).length}`);
  }
});
console.log('READY');
