import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { conflict, invalid, notFound, outcomeError } from '@yba/fhir';
import { standing, whileStanding, type Capability, type Operation } from '@yba/http';
import { isFacilityCode } from '@yba/vietnam';
import type { RegistryOptions } from '../create-registry.ts';
import { ENDS } from '../facilities/facility-facts.ts';
import { storedFacility } from '../facilities/stored-facts.ts';
import { assertOfficer } from '../officer.ts';
import { given, instantPart, parametersAnswer, stringPart, wordsIn } from '../parameters.ts';
import { folderOf, type HandOver } from './write-hand-over.ts';

/**
 * `POST $hand-over` with facility and why: all records of a facility that left, as NDJSON files with a manifest of their
 * checksums, made in the background. Asked again while one is under way, it answers that one.
 */
export function handOverOperation({ sql }: RegistryOptions): Operation {
  return {
    code: 'hand-over',
    on: { system: true },
    methods: ['POST'],
    idempotencyKey: { instead: 'look with $hand-overs whether one was made' },
    handle: async ({ context, query, body }) => {
      assertOfficer(context);
      const asked = given(['facility', 'why'], { query, body });
      const [facility, why] = [asked.needed('facility').toUpperCase(), wordsIn(asked, 'why')];
      if (!isFacilityCode(facility))
        throw invalid('facility', 'A facility code has five characters, such as 27001');
      const [left] = await sql`select from onboarding where facility = ${facility} and state = 'terminated'`;
      const known = await storedFacility(sql, facility);
      const ended = known?.facts.successions.some(({ kind }) => ENDS.has(kind)) ?? false;
      if (!left && !ended)
        throw conflict({
          en: `${facility} is neither terminated nor merged, split or closed: nothing is handed over while it sends`,
          vi: `${facility} chưa ngừng, sáp nhập, chia tách hay đóng cửa: cơ sở còn gửi dữ liệu thì chưa bàn giao.`,
        });
      const [row] = await sql<{ id: string }[]>`
        insert into hand_over (facility, why, by, by_name) values (${facility}, ${why}, ${context.caller.subject}, ${context.caller.name})
        on conflict (facility) where state = 'running' do update set facility = excluded.facility returning id`;
      return { status: 202, ...parametersAnswer([{ name: 'id', valueString: row!.id }]) };
    },
  };
}

/** `GET $hand-overs?facility=`: those of a facility or of all, with their files, newest first. */
export function handOversOperation({ sql }: RegistryOptions): Operation {
  return {
    code: 'hand-overs',
    on: { system: true },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      assertOfficer(context);
      const facility = given(['facility'], { query }).text('facility')?.toUpperCase() ?? null;
      const rows = await sql<HandOver[]>`
        select * from hand_over where ${facility}::text is null or facility = ${facility} order by at desc limit 100`;
      return parametersAnswer(
        rows.map((row) => ({
          name: 'handOver',
          part: [
            { name: 'id', valueString: row.id },
            { name: 'facility', valueCode: row.facility },
            { name: 'state', valueCode: row.state },
            { name: 'why', valueString: row.why },
            { name: 'by', valueString: row.by_name },
            ...instantPart('at', row.at),
            ...instantPart('finished', row.finished),
            ...row.files.map((file) => ({
              name: 'file',
              part: [
                { name: 'name', valueString: file.name },
                { name: 'count', valueInteger: file.count },
                { name: 'bytes', valueString: String(file.bytes) },
                ...stringPart('sha256', file.sha256),
              ],
            })),
          ],
        })),
      );
    },
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `GET /hand-over/{id}/{file}`: a file of a finished hand-over; a broken download goes on with `Range: bytes=…-`. */
export function handOverRoutes({
  sql,
  authenticate,
  folder,
  log,
}: RegistryOptions): NonNullable<Capability['routes']> {
  return (app) => {
    app.get('/hand-over/:id/:file', async (request, reply) => {
      const context = { caller: await authenticate(request), requestId: request.id };
      const asked = {
        at: new Date(),
        requestId: request.id,
        caller: context.caller,
        action: 'export' as const,
        persons: [],
        target: 'Organization/$hand-over',
      };
      try {
        assertOfficer(context);
      } catch (error) {
        await log({ ...asked, outcome: 'denied' });
        throw error;
      }
      const { id, file } = request.params as { id: string; file: string };
      const [row] = UUID.test(id)
        ? await sql<HandOver[]>`select * from hand_over where id = ${id} and state = 'done'`
        : [];
      const known = row && (file === 'manifest.json' || row.files.some(({ name }) => name === file));
      if (!known) throw notFound(`File ${file.slice(0, 60)}`);
      const path = join(folderOf(folder, id), file);
      const { size } = await stat(path).catch(() => {
        throw outcomeError('not-found', {
          en: 'The file was removed from this server, or lies on another one',
          vi: 'Tệp đã được xóa khỏi máy chủ này, hoặc nằm ở máy chủ khác. Hãy hỏi đơn vị vận hành.',
        });
      });
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (from > size || (from === size && size > 0)) {
        void reply.header('content-range', `bytes */${size}`).code(416);
        return reply.send('');
      }
      await log({
        ...asked,
        reason: row.why,
        outcome: 'success',
        detail: { facility: row.facility, file },
      });
      void reply
        .header('cache-control', 'no-store')
        .header('accept-ranges', 'bytes')
        .header('content-length', size - from)
        .header('content-disposition', `attachment; filename="${row.facility}-${file}"`)
        .type(file.endsWith('.json') ? 'application/json' : 'application/fhir+ndjson');
      if (from > 0) void reply.code(206).header('content-range', `bytes ${from}-${size - 1}/${size}`);
      const content = createReadStream(path, { start: from });
      return reply.send(Readable.from(whileStanding(content, standing(authenticate)(request))));
    });
  };
}
