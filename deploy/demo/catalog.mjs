// A healthy service: a bounded cache, buffers that come and go, closures that end.
import http from 'node:http';

class CatalogEntry {
  constructor(number) {
    this.number = number;
    this.title = `article ${number}`;
    this.pictures = Array.from({ length: 4 }, (_, size) => ({ size, path: `/p/${number}/${size}` }));
  }
}

const cache = new Map();
const cacheLimit = 400;
let requests = 0;

function entry(number) {
  const known = cache.get(number);
  if (known) return known;
  const made = new CatalogEntry(number);
  cache.set(number, made);
  if (cache.size > cacheLimit) cache.delete(cache.keys().next().value);
  return made;
}

const server = http.createServer((request, response) => {
  const article = entry(requests++ % 1000);
  const page = Array.from({ length: 40 }, (_, row) => `${article.title} ${row}`).join('\n');
  response.end(Buffer.from(page));
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
