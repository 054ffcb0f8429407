import { registerHooks } from 'node:module';

/** A passage of the driver's source, and what stands there instead. */
type Mend = readonly [passage: string, instead: string];

/**
 * Statements a connection keeps prepared; beyond them the oldest is closed. Each with its plan over all partitions is up to
 * 0.7 MB of the database's memory, and who varies his searches makes new ones without end.
 */
const KEPT_MOST = 150;

/**
 * What the driver (postgres 3.4.9) does wrong when the database goes away under a transaction, a reserved connection or a
 * COPY: it writes to a socket that is gone, outside of any promise, which ends the process; a timer left over keeps the
 * connection mute after it was made again; and what is left of the dead transaction is carried out on the new connection,
 * between the statements of another. Sources: porsager/postgres issues 1066, 1154, 1208, 1216; no release has it yet.
 * And it never closes a statement it prepared, nor a session that has become of no use.
 */
const MENDED: Readonly<Record<string, readonly Mend[]>> = {
  '/postgres/src/connection.js': [
    // what a statement sends is in memory already, and is answered before the next piece of work: holding back those behind a
    // large one until the line is clear costs each of them a round trip
    [
      `    const x = socket.write(chunk, fn)
    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    return x
`,
      `    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    const gathered = chunk
    chunk = nextWriteTimer = null
    if (socket === null) return error(Errors.connection('CONNECTION_CLOSED', options, socket)), false
    socket.write(gathered, fn)
    return true
`,
    ],
    // whose connection a transaction has is told however much is under way there
    [
      `      return write(toBuffer(q))
`,
      `      const ready = write(toBuffer(q))
      if (q.options.onexecute && ready) return void q.options.onexecute(connection)
      return ready
`,
    ],
    [
      `        && sent.length < max_pipeline
        && (!q.options.onexecute || q.options.onexecute(connection))
`,
      '        && sent.length < max_pipeline\n',
    ],
    // a COPY whose rows are there already goes out like any statement, in one piece with what stands before and behind it
    [
      '    return q.options.simple\n',
      `    if (q.options.rows) {
      const head = Buffer.allocUnsafe(5)
      head[0] = 100 // CopyData
      head.writeInt32BE(q.options.rows.length + 4, 1)
      return Buffer.concat([b().Q().str(q.statement.string + b.N).end(), head, q.options.rows, b().c().end()])
    }
    return q.options.simple
`,
    ],
    [
      '  function CopyInResponse() {\n',
      '  function CopyInResponse() {\n    if (query.options.rows) return\n',
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
      '    return Buffer.concat([\n      Parse(q.statement.string, q.parameters, q.statement.types, q.statement.name),\n',
      `    const names = q.prepare ? Object.keys(statements) : []
    const oldest = names.length < ${KEPT_MOST} ? [] : [statements[names[0]].name]
    if (oldest.length) delete statements[names[0]], closing++
    return Buffer.concat([
      ...oldest.map(name => b().C().str('S').str(name + b.N).end()),
      Parse(q.statement.string, q.parameters, q.statement.types, q.statement.name),
`,
    ],
    ['    , statementCount = 1\n', '    , statementCount = 1\n    , closing = 0\n'],
    ['      statementCount = 1\n', '      statementCount = 1\n      closing = 0\n'],
    [
      '  function CloseComplete() {\n',
      '  function CloseComplete() {\n    if (closing) return void closing--\n',
    ],
    // a session keeps the default it began with: one that began while the database was set read-only would be so for its life
    [
      '      errorResponse = Errors.postgres(parseError(x))\n',
      `      errorResponse = Errors.postgres(parseError(x))
      if (errorResponse.code === '25006') connection.reserved?.release ? connection.stale = true : end()
`,
    ],
    // nobody awaits it: a connection that breaks while it asks for the types of arrays would end the process
    ['        return fetchArrayTypes()\n', '        return void fetchArrayTypes().catch(() => {})\n'],
  ],
  '/postgres/src/query.js': [
    // a function written where it becomes a property is made among what is old, and is thought alive, with all that it knows,
    // until everything is looked through: each transaction's work outlived it (docs/decisions/0143-nothing-is-made-old.md)
    [
      `    this.resolve = x => (this.active = false, resolve(x))
    this.reject = x => (this.active = false, reject(x))

`,
      `    const resolved = x => (this.active = false, resolve(x))
    const rejected = x => (this.active = false, reject(x))
    this.resolve = resolved
    this.reject = rejected

`,
    ],
    // where a statement stands in the code is kept for ever, and until it is written out also what called it the first time:
    // the work of that transaction, with all that it wrote
    [
      '  originCache.set(xs, new Error())\n',
      '  const origin = new Error()\n  void origin.stack\n  originCache.set(xs, origin)\n',
    ],
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
    // a connection that listens asks for all its channels again each time it breaks, those included that still wait to be
    // asked for: while a database is away they pile up, and keep a process that ends from ending
    [
      '    options.onclose && options.onclose(c.id)\n',
      `    while (options.onclose && queries.length) queries.shift().reject(e)
    options.onclose && options.onclose(c.id)
`,
    ],
    // a refused reservation stays in the queue, and swallows the next connection that is free
    [
      '{ reserve: resolve, reject }',
      '{ reserve: resolve, reject: error => { queries.remove(query); reject(error) } }',
    ],
    // what waits behind a statement of a reserved connection that breaks is answered by nobody else; functions are made before
    // they become properties, as in query.js
    [
      `    c.reserved = () => queue.length
      ? c.execute(queue.shift())
      : move(c, reserved)
    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
      c.reserved = null
      onopen(c)
    }
`,
      `    let lost
    const next = () => queue.length
      ? c.execute(queue.shift())
      : move(c, reserved)
    next.release = true
    c.reserved = next
    const breaks = error => {
      lost = error
      while (queue.length) queue.shift().reject(error)
    }
    c.onclose = breaks
    const release = () => {
      if (lost) return
      c.onclose = c.reserved = null
      if (c.stale) return c.stale = false, void c.end()
      onopen(c)
    }
    const sql = Sql(handler)
    sql.release = release
`,
    ],
    [
      `      c.reserved = () => queries.length
        ? c.execute(queries.shift())
        : move(c, reserved)
`,
      `      const next = () => queries.length
        ? c.execute(queries.shift())
        : move(c, reserved)
      c.reserved = next
`,
    ],
    [
      '      acc[name] = (x) => new Parameter(x, type.to)\n',
      '      const parameter = (x) => new Parameter(x, type.to)\n      acc[name] = parameter\n',
    ],
    [
      '      sql.prepare = x => prepare = x.replace(/[^a-z0-9$-_. ]/gi)\n',
      '      const prepared = x => prepare = x.replace(/[^a-z0-9$-_. ]/gi)\n      sql.prepare = prepared\n',
    ],
    [
      '    function handler(q) {\n      c.queue === full\n        ? queue.push(q)',
      '    function handler(q) {\n      if (lost) return q.reject(lost)\n      c.queue === full\n        ? queue.push(q)',
    ],
    ['    let savepoints = 0\n', '    let lost\n    let told\n    let begun\n    let savepoints = 0\n'],
    // what a transaction asks first goes out together with its BEGIN
    [
      "      await sql.unsafe('begin ' + options.replace(/[^a-z ]/ig, ''), [], { onexecute }).execute()\n",
      `      await new Promise((resolve, reject) => {
        begun = resolve
        sql.unsafe('begin ' + options.replace(/[^a-z ]/ig, ''), [], { onexecute }).execute().catch(reject)
      })
      move(connection, reserved)
`,
    ],
    ['      connection = c\n', '      connection = c\n      begun()\n'],
    // who keeps a connection would keep with it what its last transaction answered: megabytes, where charts are written
    [
      `        new Promise((_, reject) => connection.onclose = reject)
      ])
    } catch (error) {
      throw error
    }
`,
      `        new Promise((_, reject) => {
          told = error => reject(lost = error)
          connection.onclose = told
        })
      ])
    } finally {
      if (told && connection.onclose === told) connection.onclose = null
    }
`,
    ],
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
