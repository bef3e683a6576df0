// A small service on node:http, the same source on Node, Bun and Deno: every order is kept, which is its leak.
import http from 'node:http';

class Line {
  constructor(article) {
    this.article = article;
  }
}

class Basket {
  constructor(number) {
    this.lines = [new Line(number), new Line(number + 1)];
  }
}

class Order {
  constructor(number) {
    this.number = number;
    this.basket = new Basket(number);
  }
}

class Session {
  constructor(address) {
    this.address = address;
  }
}

const orders = [];
const sessions = new Map();

const server = http.createServer((request, response) => {
  const session = new Session(request.url);
  if (request.url.startsWith('/order')) orders.push(new Order(orders.length));
  sessions.set(request.url, session);
  response.end(`${orders.length} orders\n`);
});
server.listen(0, '127.0.0.1', () => console.log(`READY ${server.address().port}`));
