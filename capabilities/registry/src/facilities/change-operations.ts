import { conflict, type Context, invalid, notFound, outcomeError, parseJson, type Resource } from '@yba/fhir';
import { writtenDay } from '@yba/vietnam/calendar';
import type { Operation } from '@yba/http';
import { isFacilityCode } from '@yba/vietnam';
import { commune } from '@yba/vietnam/data';
import type { RegistryOptions } from '../create-registry.ts';
import { facilityEntry, keepEntries } from '../find/keep-entries.ts';
import { assertOfficer } from '../officer.ts';
import { given, type Given, localDay, parametersAnswer, wordsIn } from '../parameters.ts';
import { changed, changedBack, type FacilityChange } from './change-facility.ts';
import { ENDS, facilityFacts } from './facility-facts.ts';
import { resolveFacility } from './resolve-facility.ts';
import { storedFacility, storedFacts, storedPredecessors } from './stored-facts.ts';

const KINDS = ['merged', 'renamed', 'moved', 'closed', 'split'];
const CODES = ['code', 'kind', 'on', 'successor', 'name', 'line', 'commune', 'decision', 'why'];

type Change = FacilityChange & { facility: string; why: string };

/**
 * `POST Organization/$change-facility`: a facility is merged, renamed, moved, closed or split from a day on, by the
 * ministry's officer, with the decision and why. What held before keeps its days; records keep their code.
 */
export function changeOperation(options: RegistryOptions): Operation {
  const { sql, now = () => new Date() } = options;
  return {
    code: 'change-facility',
    on: { type: 'Organization' },
    methods: ['POST'],
    handle: async ({ context, query, body }) => {
      assertOfficer(context);
      const change = changeIn(given(CODES, { query, body }), localDay(now()));
      await checkSuccessors(options, change);
      const found = await storedFacility(sql, change.facility);
      if (!found) throw notFound(`Facility ${change.facility}`);
      await write(options, found.resource, (stored) => {
        refuseRepeated(stored, change);
        return changed(stored, change);
      });
      const { facility, why, ...detail } = change;
      const [row] = await sql<{ id: string }[]>`
        insert into directory_change (facility, kind, on_day, detail, why, by, by_name)
        values (${facility}, ${change.kind}, ${change.on}, ${sql.json(detail as never)}, ${why},
          ${context.caller.subject}, ${context.caller.name}) returning id::text`;
      await logged(options, context, 'change-facility', found.resource, why);
      return parametersAnswer([
        { name: 'change', valueString: row!.id },
        { name: 'facility', valueCode: facility },
      ]);
    },
  };
}

/** Throws `conflict` where the facility, as it is stored when it is changed, has ended or was changed so already. */
function refuseRepeated(stored: Resource, change: Change): void {
  const successions = facilityFacts(stored)?.successions ?? [];
  if (successions.some(({ kind }) => ENDS.has(kind)))
    throw conflict({
      en: `${change.facility} has ended already; take that back first`,
      vi: `${change.facility} đã kết thúc hoạt động; hãy rút lại việc đó trước.`,
    });
  if (successions.some(({ kind, on }) => kind === change.kind && on === change.on))
    throw conflict({
      en: `${change.facility} was ${change.kind} on ${change.on} already`,
      vi: `Thay đổi này của ${change.facility} vào ngày ${writtenDay(change.on)} đã được ghi. Hãy tải lại trang.`,
    });
}

/** `POST Organization/$undo-facility-change`: takes a change back, with why; both stay in the list. */
export function undoChangeOperation(options: RegistryOptions): Operation {
  const { sql } = options;
  return {
    code: 'undo-facility-change',
    on: { type: 'Organization' },
    methods: ['POST'],
    handle: async ({ context, query, body }) => {
      assertOfficer(context);
      const asked = given(['change', 'why'], { query, body });
      const id = asked.needed('change');
      const why = wordsIn(asked, 'why');
      const [row] = /^\d{1,18}$/.test(id)
        ? await sql<{ facility: string; detail: FacilityChange; undone: boolean; undoes: string | null }[]>`
            select facility, detail, undoes::text, exists (select from directory_change u where u.undoes = c.id) as undone
            from directory_change c where id = ${id}`
        : [];
      if (!row) throw notFound(`Change ${id.slice(0, 20)}`);
      if (row.undone || row.undoes) throw conflict('This was taken back already');
      const found = await storedFacility(sql, row.facility);
      if (!found) throw notFound(`Facility ${row.facility}`);
      const { kind, on } = row.detail;
      // claimed first: of two who take it back at once, one is told
      const claimed = await sql`
        insert into directory_change (facility, kind, on_day, detail, why, by, by_name, undoes)
        values (${row.facility}, ${kind}, ${on}, ${sql.json(row.detail as never)}, ${why}, ${context.caller.subject},
          ${context.caller.name}, ${id}) on conflict (undoes) do nothing returning id`;
      if (claimed.length === 0) throw conflict('This was taken back already');
      try {
        await write(options, found.resource, (stored) => changedBack(stored, row.detail));
      } catch (error) {
        await sql`delete from directory_change where undoes = ${id}`;
        throw error;
      }
      await logged(options, context, 'undo-facility-change', found.resource, why);
      return parametersAnswer([{ name: 'facility', valueCode: row.facility }]);
    },
  };
}

function changeIn(asked: Given, today: string): Change {
  const facility = asked.needed('code').toUpperCase();
  const kind = asked.needed('kind') as FacilityChange['kind'];
  if (!KINDS.includes(kind)) throw invalid('kind', `kind is one of ${KINDS.join(', ')}`);
  const on = asked.day('on');
  if (!on)
    throw outcomeError(
      'required',
      { en: 'Say on: the first day it holds', vi: 'Hãy chọn ngày thay đổi có hiệu lực.' },
      'on',
    );
  if (on > today)
    throw invalid('on', {
      en: 'Record a change on its day or after, not before it',
      vi: 'Hãy ghi thay đổi vào đúng ngày đó hoặc sau, không ghi trước.',
    });
  const successors = (asked.text('successor') ?? '').split(/[\s,;]+/).filter((code) => code !== '');
  for (const code of successors)
    if (!isFacilityCode(code) || code === facility)
      throw invalid('successor', {
        en: `${code.slice(0, 20)} is not the code of another facility`,
        vi: `${code.slice(0, 20)} không phải mã của một cơ sở khác. Hãy xem lại mã.`,
      });
  if (kind === 'merged' && successors.length !== 1)
    throw invalid('successor', {
      en: 'Merged into one facility: say its code',
      vi: 'Sáp nhập vào một cơ sở: hãy ghi mã cơ sở đó.',
    });
  if (kind === 'split' && successors.length < 2)
    throw invalid('successor', {
      en: 'Split into two facilities or more: say their codes, with commas',
      vi: 'Chia tách thành hai cơ sở trở lên: hãy ghi các mã, cách nhau bằng dấu phẩy.',
    });
  if (kind === 'renamed' && !asked.text('name'))
    throw outcomeError('required', { en: 'Say the new name', vi: 'Hãy ghi tên mới.' }, 'name');
  const place = asked.text('commune');
  if (kind === 'moved' && !commune(place ?? ''))
    throw invalid('commune', {
      en: 'Say the commune of today by its five digits, such as 09190',
      vi: 'Hãy ghi mã xã hiện nay, năm chữ số, ví dụ 09190.',
    });
  const [name, line, decision] = [asked.text('name'), asked.text('line'), asked.text('decision')];
  return {
    facility,
    kind,
    on,
    why: wordsIn(asked, 'why'),
    ...(successors.length > 0 && ENDS.has(kind) ? { successors } : {}),
    ...(name && kind === 'renamed' ? { name: name.slice(0, 255) } : {}),
    ...(line && kind === 'moved' ? { line: line.slice(0, 255) } : {}),
    ...(place && kind === 'moved' ? { commune: place } : {}),
    ...(decision ? { decision: decision.slice(0, 255) } : {}),
  };
}

/** Those it goes over to are there, and do not come back to it. */
async function checkSuccessors(
  { sql }: RegistryOptions,
  { facility, on, successors = [] }: Change,
): Promise<void> {
  const ports = { factsOf: storedFacts(sql), predecessorsOf: storedPredecessors(sql) };
  for (const code of successors) {
    const end = await resolveFacility(code, { on: '2000-01-01', to: '9999-12-31' }, ports);
    if (end.extent === 'unknown')
      throw invalid('successor', {
        en: `The directory has no facility ${code}`,
        vi: `Danh bạ không có cơ sở ${code}. Hãy xem lại mã.`,
      });
    if (end.codes.length === 0 || end.by.some((step) => step.successor === facility))
      throw invalid('successor', {
        en: `${code} is no more on ${on}, or goes over to ${facility} itself`,
        vi: `${code} không còn hoạt động vào ngày ${writtenDay(on)}, hoặc chính nó chuyển về ${facility}. Hãy chọn cơ sở khác.`,
      });
  }
}

const TRIES = 5;

/** Changes the stored Organization as the platform; again when another writer was faster. */
async function write(
  { sql, repository, asPlatform }: RegistryOptions,
  reference: string,
  change: (stored: Resource) => Resource,
): Promise<void> {
  const context = asPlatform('directory');
  const id = reference.slice('Organization/'.length);
  for (let tried = 1; ; tried++) {
    const { text, version } = await repository.read(context, 'Organization', id);
    try {
      const written = await repository.update(context, change(parseJson(text)), { ifMatch: [version] });
      const entry = facilityEntry(parseJson(written.text));
      // whoever asks next sees it: the subscriber follows a moment later and finds the same
      await sql.begin((tx) => keepEntries(tx, [reference], entry ? [entry] : []));
      return;
    } catch (error) {
      if (tried >= TRIES || (error as { code?: string }).code !== 'lock-error') throw error;
    }
  }
}

async function logged(
  { log, now = () => new Date() }: RegistryOptions,
  context: Context,
  operation: string,
  target: string,
  reason: string,
): Promise<void> {
  await log({
    at: now(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'operation',
    persons: [],
    target: `${target}/$${operation}`,
    reason,
    outcome: 'success',
  });
}
