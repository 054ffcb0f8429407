import { registerHooks } from 'node:module';

/** A passage of the driver's source, and what stands there instead. */
type Mend = readonly [passage: string, instead: string];

/**
 * What the driver (postgres 3.4.9) does wrong when the database goes away under a transaction, a reserved connection or a
 * COPY: it writes to a socket that is gone, outside of any promise, which ends the process; a timer left over keeps the
 * connection mute after it was made again; and what is left of the dead transaction is carried out on the new connection,
 * between the statements of another. Sources: porsager/postgres issues 1066, 1154, 1208, 1216; no release has it yet.
 */
const MENDED: Readonly<Record<string, readonly Mend[]>> = {
  '/postgres/src/connection.js': [
    [
      'const x = socket.write(chunk, fn)\n',
      `if (socket === null) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
    const x = socket.write(chunk, fn)
`,
    ],
    [
      '    socket.removeAllListeners()\n    socket = null\n',
      `    socket.removeAllListeners()
    chunk = nextWriteTimer = null
    if (!initial && (query || sent.length)) error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = results = errorResponse = null
    result = new Result()
    socket = null
    terminated = true
`,
    ],
    [
      "    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))\n",
      '',
    ],
    [
      '        socket.write(b().d().raw(chunk).end(), callback)\n',
      "        socket ? socket.write(b().d().raw(chunk).end(), callback) : callback(Errors.connection('CONNECTION_CLOSED', options))\n",
    ],
    [
      '        socket.write(b().f().str(error + b.N).end())\n',
      '        socket && socket.write(b().f().str(error + b.N).end())\n',
    ],
    ['        socket.write(b().c().end())\n', '        socket && socket.write(b().c().end())\n'],
    // nobody awaits it: a connection that breaks while it asks for the types of arrays would end the process
    ['        return fetchArrayTypes()\n', '        return void fetchArrayTypes().catch(() => {})\n'],
  ],
  '/postgres/src/index.js': [
    // a reservation that waits when a connection closes leaves the queue it is looked for in: it would wait for ever
    [
      '    queries.length && connect(c, queries.shift())\n',
      `    if (queries.length) {
      const next = queries.shift()
      next.reserve && queries.push(next)
      connect(c, next)
    }
`,
    ],
    // a refused reservation stays in the queue, and swallows the next connection that is free
    [
      '{ reserve: resolve, reject }',
      '{ reserve: resolve, reject: error => { queries.remove(query); reject(error) } }',
    ],
    [
      'c.reserved.release = true\n',
      'c.reserved.release = true\n    let lost\n    c.onclose = error => lost = error\n',
    ],
    [
      '      c.reserved = null\n      onopen(c)\n',
      '      if (lost) return\n      c.onclose = c.reserved = null\n      onopen(c)\n',
    ],
    [
      '    function handler(q) {\n      c.queue === full\n        ? queue.push(q)',
      '    function handler(q) {\n      if (lost) return q.reject(lost)\n      c.queue === full\n        ? queue.push(q)',
    ],
    ['    let savepoints = 0\n', '    let lost\n    let savepoints = 0\n'],
    ['connection.onclose = reject)', 'connection.onclose = error => reject(lost = error))'],
    [
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n',
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n        if (lost) return q.reject(lost)\n',
    ],
  ],
};

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = Object.keys(MENDED).find((end) => url.endsWith(end));
    if (!file || !loaded.source) return loaded;
    const { source } = loaded;
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
    return { ...loaded, source: mended(text, file) };
  },
});

function mended(source: string, file: string): string {
  return MENDED[file]!.reduce((text, [passage, instead]) => {
    if (!text.includes(passage))
      throw new Error(
        `The database driver is not the one that was mended (${file}); see core/postgres/src/driver.ts`,
      );
    return text.replaceAll(passage, () => instead);
  }, source);
}

/** The driver, mended. */
export const { default: driver } = await import('postgres');
hooks.deregister();
