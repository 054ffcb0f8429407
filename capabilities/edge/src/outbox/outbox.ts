import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { outcomeError } from '@yba/fhir';
import type { Seal } from '../folder/seal.ts';
import type { Answer, Kept, NewMessage, State } from './message.ts';
import { isFull, openDatabase } from './open-database.ts';
import { judgeRoom, type Room, type RoomLimits } from './room.ts';
import { prepareSchema } from './schema.ts';

export type OutboxOptions = RoomLimits & {
  /** The data folder of the edge. */
  folder: string;
  now?: () => number;
  /** Bodies lie sealed by it; in the clear without one. */
  seal?: Seal;
};

/** How many messages are in a state, and since when the oldest is, in ms. */
export type StateFigure = { count: number; oldestAt?: number };

/** What is told of a message that is kept: new, or here already with the same content. */
export type Keeping = { id: string; known: boolean };

const STATES: readonly State[] = ['waiting', 'received', 'filed', 'refused', 'set-aside'];

type Pending = {
  message: NewMessage;
  hash: string;
  body: Buffer;
  done(keeping: Keeping): void;
  failed(error: unknown): void;
};

type Row = {
  seq: number;
  id: string;
  patient: string;
  event: Kept['event'];
  source: Kept['source'];
  origin: string;
  size: number;
  state: State;
  kept_at: number;
  received_at: number | null;
  settled_at: number | null;
  attempts: number;
  answer: string | null;
};

const COLUMNS =
  'seq, id, patient, event, source, origin, size, state, kept_at, received_at, settled_at, attempts, answer';

/**
 * The messages of a hospital on its own disk. What `keep` has answered for is there after a kill, a torn write or a power
 * cut; it goes only when the hub has settled it and the days to keep it are over. Messages that come in the same moment are
 * committed together. One process at a time.
 */
export class Outbox {
  readonly #database: DatabaseSync;
  readonly #options: OutboxOptions;
  readonly #now: () => number;
  readonly #statements = new Map<string, StatementSync>();
  #pending: Pending[] = [];
  #listeners: (() => void)[] = [];
  #failedWrite = false;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#database = openDatabase(join(options.folder, 'outbox.db'));
    prepareSchema(this.#database);
  }

  /**
   * Keeps a message; resolves when it is on the disk. The same id with the same content is known already; with other content
   * it throws `duplicate`. Throws `throttled` when there is no room, or the edge ends: nothing was kept, and what was is safe.
   */
  keep(message: NewMessage): Promise<Keeping> {
    if (this.#isClosed) return Promise.reject(ending());
    if (this.room().level === 'full') return Promise.reject(noRoom());
    const hash = createHash('sha256').update(message.text).digest('hex');
    const body = this.#sealed(gzipSync(message.text), `body ${message.id}`);
    return new Promise((done, failed) => {
      this.#pending.push({ message, hash, body, done, failed });
      if (this.#pending.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    const batch = this.#pending;
    if (batch.length === 0) return; // what was closed meanwhile took them along
    this.#pending = [];
    const answers: (() => void)[] = [];
    try {
      this.#database.exec('begin immediate');
      for (const each of batch) answers.push(this.#insert(each));
      this.#database.exec('commit');
    } catch (error) {
      this.#rollback();
      this.#failedWrite = true;
      const told = isFull(error) ? noRoom() : error;
      for (const { failed } of batch) failed(told);
      return;
    }
    this.#failedWrite = false;
    for (const answer of answers) answer();
    this.#tell();
  }

  #insert({ message, hash, body, done, failed }: Pending): () => void {
    const { id, patient, event, source, origin } = message;
    const { changes } = this.#run(
      `insert into message (id, patient, event, source, origin, hash, size, body, state, kept_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?) on conflict (id) do nothing`,
      id,
      patient,
      event,
      source,
      origin,
      hash,
      body.length,
      body,
      this.#now(),
    );
    if (changes === 1) {
      return () => done({ id, known: false });
    }
    const { hash: before } = this.#statement('select hash from message where id = ?').get(id) as {
      hash: string;
    };
    if (before === hash) return () => done({ id, known: true });
    return () =>
      failed(
        outcomeError(
          'duplicate',
          `Mã bản tin ${id} đã dùng cho nội dung khác. Gửi nội dung mới với mã mới. The message id ${id} was used for other content; send this under a new one`,
          'Bundle.identifier',
        ),
      );
  }

  /** Up to `count` messages behind a place, in order, that have their body: for the twin. */
  passedSince(
    seq: number,
    count: number,
  ): (Pick<Kept, 'seq' | 'id' | 'patient' | 'event' | 'keptAt'> & { text: string })[] {
    const rows = this.#statement(
      `select seq, id, patient, event, kept_at as keptAt, body from message
       where seq > ? and source <> 'twin' and body is not null order by seq limit ?`,
    ).all(seq, count) as (Pick<Kept, 'seq' | 'id' | 'patient' | 'event' | 'keptAt'> & { body: Uint8Array })[];
    return rows.map(({ body, ...rest }) => ({
      ...rest,
      text: gunzipSync(this.#opened(body, `body ${rest.id}`)).toString('utf8'),
    }));
  }

  #sealed(bytes: Buffer, place: string): Buffer {
    return this.#options.seal ? this.#options.seal.seal(bytes, place) : bytes;
  }

  #opened(bytes: Uint8Array, place: string): Buffer {
    const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // a body of a release before, or of an outbox without a seal
    const isPlain = !this.#options.seal || (plain[0] === 0x1f && plain[1] === 0x8b);
    return isPlain ? plain : this.#options.seal!.open(plain, place);
  }

  /** Up to `count` messages to send now, oldest first: of each patient the first, and none of `busy` patients. */
  toSend(count: number, busy: ReadonlySet<string>): Kept[] {
    const found: Kept[] = [];
    const seen = new Set(busy);
    const rows = this.#statement(
      `select ${COLUMNS} from message where state = 'waiting' order by seq limit 500`,
    ).iterate() as IterableIterator<Row>;
    for (const row of rows) {
      if (row.patient !== '' && seen.has(row.patient)) continue;
      seen.add(row.patient);
      found.push(keptOf(row));
      if (found.length === count) break;
    }
    return found;
  }

  /** The body of a message as it is sent: gzip of the JSON. Undefined once it is let go. */
  body(id: string): Buffer | undefined {
    const row = this.#statement('select body from message where id = ?').get(id) as
      { body: Uint8Array | null } | undefined;
    return row?.body ? this.#opened(row.body, `body ${id}`) : undefined;
  }

  /** The message Bundle as JSON text. */
  text(id: string): string | undefined {
    const body = this.body(id);
    return body && gunzipSync(body).toString('utf8');
  }

  /** The hub has it durably. */
  received(id: string): void {
    this.#change(
      `update message set state = 'received', received_at = ?, attempts = attempts + 1 where id = ? and state = 'waiting'`,
      this.#now(),
      id,
    );
  }

  /** An attempt that did not reach the hub, or that it put off. */
  attempted(id: string): void {
    this.#run('update message set attempts = attempts + 1 where id = ?', id);
  }

  /** What the hub did with it. The body of a filed message goes after `keepBodiesMs`, see sweep. */
  settled(id: string, state: 'filed' | 'refused', answer: Answer): void {
    this.#change(
      `update message set state = ?, settled_at = ?, answer = ? where id = ? and state in ('waiting', 'received')`,
      state,
      this.#now(),
      JSON.stringify(answer),
      id,
    );
  }

  /** The hub does not know what it had received (it was restored from a backup): it is sent again. */
  lost(id: string): void {
    this.#change(
      `update message set state = 'waiting', received_at = null where id = ? and state = 'received'`,
      id,
    );
  }

  /** Messages the hub has received and not settled, the one asked about longest ago first; marks them as asked. */
  toAsk(count: number): string[] {
    const rows = this.#statement(
      `update message set asked_at = ? where seq in
         (select seq from message where state = 'received' order by asked_at, seq limit ?) returning id`,
    ).all(this.#now(), count) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /**
   * Sends a refused message again as it is, under a new id that `relabel` writes into it, because the hub remembers the old
   * one. Answers the new id. Throws `not-found` when it is not there refused.
   */
  async sendAgain(id: string, relabel: (text: string, id: string) => string): Promise<string> {
    const kept = this.find(id);
    const text = kept?.state === 'refused' || kept?.state === 'set-aside' ? this.text(id) : undefined;
    if (!kept || text === undefined)
      throw outcomeError(
        'not-found',
        'Không có bản tin bị từ chối nào mang mã này. No refused message has this id',
      );
    const again = nextId(id);
    const { patient, event, source, origin } = kept;
    await this.keep({ id: again, patient, event, source, origin, text: relabel(text, again) });
    this.setAside(id);
    return again;
  }

  /** A person has read why it was refused and needs it no more here. */
  setAside(id: string): void {
    this.#change(`update message set state = 'set-aside' where id = ? and state = 'refused'`, id);
  }

  find(id: string): Kept | undefined {
    const row = this.#statement(`select ${COLUMNS} from message where id = ?`).get(id) as Row | undefined;
    return row && keptOf(row);
  }

  /** The newest messages of a state, or of all. */
  list(state: State | undefined, count: number, before = Number.MAX_SAFE_INTEGER): Kept[] {
    const rows = this.#statement(
      state
        ? `select ${COLUMNS} from message where state = ? and seq < ? order by seq desc limit ?`
        : `select ${COLUMNS} from message where seq < ? order by seq desc limit ?`,
    ).all(...(state ? [state] : []), before, count) as Row[];
    return rows.map(keptOf);
  }

  figures(): Record<State, StateFigure> {
    const rows = this.#statement(
      `select state, count(*) as count, min(seq) as seq from message indexed by message_state group by state`,
    ).all() as { state: State; count: number; seq: number }[];
    const oldest = this.#statement('select kept_at from message where seq = ?');
    const figures = Object.fromEntries(STATES.map((state) => [state, { count: 0 } as StateFigure]));
    for (const { state, count, seq } of rows)
      figures[state] = { count, oldestAt: (oldest.get(seq) as { kept_at: number }).kept_at };
    return figures as Record<State, StateFigure>;
  }

  room(): Room {
    const number = (name: string) =>
      Object.values(this.#statement(`pragma ${name}`).get() as Record<string, number>)[0]!;
    const used = (number('page_count') - number('freelist_count')) * number('page_size');
    const room = judgeRoom(this.#options.folder, used, this.#options);
    return this.#failedWrite && room.level === 'enough' ? { ...room, level: 'low' } : room;
  }

  /** A fact that outlives the process: `lastContact`. */
  fact(name: string): string | undefined {
    return (
      this.#statement('select value from fact where name = ?').get(name) as { value: string } | undefined
    )?.value;
  }

  setFact(name: string, value: string): void {
    this.#run(
      'insert into fact values (?, ?) on conflict (name) do update set value = excluded.value',
      name,
      value,
    );
  }

  /** Lets go of bodies and then of what was settled longer ago than this, in ms. Refused messages stay until a person acts. */
  sweep({ keepBodiesMs, keepMs }: { keepBodiesMs: number; keepMs: number }): void {
    const now = this.#now();
    this.#run(
      `update message set body = null where settled_at < ? and body is not null and state in ('filed', 'set-aside')`,
      now - keepBodiesMs,
    );
    this.#run(`delete from message where settled_at < ? and state in ('filed', 'set-aside')`, now - keepMs);
    this.#database.exec('pragma incremental_vacuum(1000)');
  }

  /** Called when a message came or changed its state. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.push(listener);
    return () => void (this.#listeners = this.#listeners.filter((each) => each !== listener));
  }

  /** What was to be kept is on the disk before; what comes later is refused. */
  close(): void {
    this.#commit();
    this.#isClosed = true;
    this.#database.close();
  }

  #change(text: string, ...values: (string | number)[]): void {
    if (this.#run(text, ...values).changes) this.#tell();
  }

  #run(text: string, ...values: SQLInputValue[]): { changes: number } {
    return { changes: Number(this.#statement(text).run(...values).changes) };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#database.prepare(text)));
    return statement;
  }

  #rollback(): void {
    // SQLite has ended the transaction itself after some errors of the disk
    if (this.#database.isTransaction) this.#database.exec('rollback');
  }
}

function keptOf(row: Row): Kept {
  const { kept_at, received_at, settled_at, size, answer, ...rest } = row;
  return {
    ...rest,
    sizeBytes: size,
    keptAt: kept_at,
    ...(received_at === null ? {} : { receivedAt: received_at }),
    ...(settled_at === null ? {} : { settledAt: settled_at }),
    ...(answer === null ? {} : { answer: JSON.parse(answer) as Answer }),
  };
}

/** `7` → `7.2` → `7.3`: the second and third sending of a message; at most 64 characters, as the hub wants them. */
function nextId(id: string): string {
  const [, base, times] = /^(.*)\.(\d+)$/.exec(id) ?? [undefined, id, '1'];
  return `${base}.${Number(times) + 1}`;
}

const ending = () =>
  outcomeError(
    'throttled',
    'Trạm biên đang dừng: bản tin chưa được nhận, hãy gửi lại. The edge is ending: this was not taken, send it again',
  );

const noRoom = () =>
  outcomeError(
    'throttled',
    'Hộp gửi của trạm biên đã đầy: không nhận thêm cho tới khi có chỗ. Những gì đã nhận vẫn còn nguyên. Giải phóng đĩa hoặc nối lại mạng tới trung tâm. The outbox of the edge is full: nothing more is taken until there is room; what was taken is safe. Free the disk, or restore the network to the hub',
  );
