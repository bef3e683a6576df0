// Holds an array of 10^6 objects and drops it when told to.
let held = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
process.stdin.on('data', () => { held = null; console.log('DROPPED'); });
setInterval(() => {}, 1000);
console.log(`READY ${held.length}`);
