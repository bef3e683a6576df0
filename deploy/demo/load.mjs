// A bounded load: load.mjs RATE PORT… asks every port RATE times a second, until it is ended.
import http from 'node:http';

const [rate, ...ports] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

function ask(port) {
  const request = http.get({ host: '127.0.0.1', port, agent }, (response) => response.resume());
  // A service that is being snapshotted answers later, one that ended never: both are fine here.
  request.on('error', () => {});
}

setInterval(() => ports.forEach(ask), 1000 / rate);
process.on('SIGTERM', () => process.exit(0));
