export { allergens } from './catalogue/allergens.ts';
export { diagnoses, type Diagnosis } from './catalogue/diagnoses.ts';
export { drugs, type Drug } from './catalogue/drugs.ts';
export { tests, type Test } from './catalogue/tests.ts';
export { facilities, type Facility } from './facilities.ts';
export { nation, type Nation, type Visit } from './nation.ts';
export { nameText, type Person } from './people/person.ts';
export { type Member, staff } from './people/staff.ts';
export { storyPersons } from './stories/stories.ts';
