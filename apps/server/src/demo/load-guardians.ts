import type { Access } from '@yba/access';
import { facilities, nameText, type Nation } from '@yba/demonstration';
import type { Repository } from '@yba/repository';
import { facilityCode } from '@yba/repository';
import { PERSON } from '@yba/vietnam';
import type { Sql } from '@yba/postgres';

/** The mother and the child of the stories, by their place in the nation. */
const MOTHER = 4;
const CHILD = 5;

/** An identity officer of the hospital that knows the child records its mother, who then finds its book beside her own. */
export async function loadGuardians(
  sql: Sql,
  access: Pick<Access, 'directives'>,
  store: Repository,
  nation: Nation,
): Promise<void> {
  const [mother, child] = [...firstOf(nation, CHILD + 1)].filter(({ index }) =>
    [MOTHER, CHILD].includes(index),
  );
  if (!mother?.personNumber || !child?.personNumber) return;
  const [found] = await sql<{ id: string; facility: number }[]>`
    select coalesce(l.client_id, l.patient::text) as id, l.facility
    from person_identifier i join patient_link l on l.person = i.person
    where i.system = ${PERSON} and i.value = ${child.personNumber} and i.active order by l.since limit 1`;
  if (!found) return;
  const guardian = access.directives(store).capability.operations!.find(({ code }) => code === 'guardian')!;
  const facility = facilityCode(found.facility);
  await guardian.handle({
    context: {
      caller: {
        role: 'identity-officer',
        client: 'yba-clinic',
        subject: 'client/demo',
        name: 'Y Bạ',
        facility,
        facilityName: facilities.find(({ code }) => code === facility)?.name ?? facility,
        scopes: ['user/*.cruds'],
      },
      requestId: 'demo-guardian',
    },
    id: found.id,
    query: new URLSearchParams(),
    headers: {},
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'number', valueString: mother.personNumber },
        { name: 'relation', valueString: 'mother' },
        { name: 'basis', valueString: `Giấy khai sinh của ${nameText(child)}` },
      ],
    },
  });
}

function* firstOf(nation: Nation, count: number) {
  for (const person of nation.persons()) {
    if (person.index >= count) return;
    yield person;
  }
}
