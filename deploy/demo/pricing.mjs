// Runs on Bun. With RETINUE_DEMO_LEAK=1 every quote is kept in an audit trail that nobody reads.
import http from 'node:http';

const leaks = process.env.RETINUE_DEMO_LEAK === '1';

class PriceQuote {
  constructor(number) {
    this.number = number;
    this.amount = number % 977;
    this.steps = Array.from({ length: 6 }, (_, step) => ({ step, rate: step / 7 }));
  }
}

const auditTrail = [];
let requests = 0;

const server = http.createServer((request, response) => {
  const quote = new PriceQuote(requests++);
  if (leaks) auditTrail.push(quote);
  response.end(String(quote.amount));
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
globalThis.auditTrail = auditTrail;
