// The service that leaks from version 1.4.2 on: every request registers its session with a
// module-level registry and with the price feed, and neither lets go of it.
import http from 'node:http';
import { EventEmitter } from 'node:events';

const leaks = process.env.RETINUE_VERSION === '1.4.2';

class CheckoutSession {
  constructor(number) {
    this.number = number;
    this.openedAt = Date.now();
    this.basket = Array.from({ length: 12 }, (_, line) => ({ line, sku: `sku-${number}-${line}` }));
  }
  priceChanged(sku) {
    return this.basket.find((item) => item.sku === sku);
  }
}

const priceFeed = new EventEmitter();
priceFeed.setMaxListeners(0);
const openSessions = new Map();
let requests = 0;

function openSession() {
  const session = new CheckoutSession(requests++);
  openSessions.set(`session-${session.number}`, session);
  const listener = (sku) => session.priceChanged(sku);
  priceFeed.on('price', listener);
  return { session, close() {
    priceFeed.off('price', listener);
    openSessions.delete(`session-${session.number}`);
  } };
}

const server = http.createServer((request, response) => {
  const { session, close } = openSession();
  const body = JSON.stringify({ session: session.number, lines: session.basket.length });
  // What 1.4.2 forgot.
  if (!leaks) close();
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
