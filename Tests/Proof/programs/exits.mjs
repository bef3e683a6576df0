// Ends in one of the graceful ways when told to, and says when it began to end.
// argv: natural | exit | sigterm
const way = process.argv[2];
const timer = setInterval(() => {}, 1000);
const said = () => console.log(`ENDING ${Date.now()}`);
if (way === 'sigterm') process.on('SIGTERM', () => { said(); process.exit(0); });
process.stdin.on('data', () => {
  said();
  if (way === 'exit') process.exit(0);
  clearInterval(timer);
  process.stdin.destroy();
});
console.log('READY');
