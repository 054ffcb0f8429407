import { Readable } from 'node:stream';
import { contextOf, testRepository } from '@yba/repository/testing';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { createExchange } from './src/index.ts';
const store = await testRepository();
const ex = createExchange({ repository: store.repository, owner: store.pools.owner });
const op = ex.capability.operations![0]!;
for (let r = 0; r < 4; r++) {
  const n = 150;
  const env = Buffer.from(anEnvelope(Array.from({ length: n }, (_, i) => aDossier({ seed: r * 1000 + i }))));
  const t = performance.now(),
    c = process.cpuUsage();
  const a = await op.handle({
    context: contextOf('01013'),
    query: new URLSearchParams(),
    headers: {},
    stream: Readable.from([env]),
  });
  const u = process.cpuUsage(c);
  console.log(
    ((n / (performance.now() - t)) * 1000).toFixed(0),
    'dossiers/s; node cpu ms each',
    ((u.user + u.system) / 1000 / n).toFixed(2),
  );
}
const t = performance.now();
await op.handle({
  context: contextOf('01013'),
  query: new URLSearchParams(),
  headers: {},
  stream: Readable.from([
    Buffer.from(anEnvelope(Array.from({ length: 150 }, (_, i) => aDossier({ seed: 3000 + i })))),
  ]),
});
console.log('dup', ((150 / (performance.now() - t)) * 1000).toFixed(0));
await store.close();
