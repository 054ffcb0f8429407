import assert from 'node:assert/strict';
import { FACILITY } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './fhir-client.ts';
import type { TestPlatform } from './platform.ts';

/** A facility by its code and name. */
export type Place = { facility: string; facilityName: string };

/** Registers each facility, by software of its own; answers the clients of that software by facility code. */
export async function joinFacilities(
  server: TestPlatform,
  places: readonly Place[],
): Promise<Map<string, FhirClient>> {
  const systems = new Map<string, FhirClient>();
  for (const { facility, facilityName } of places) {
    const system = fhirClient(server.url, await server.facilityToken(facility, facilityName));
    systems.set(facility, system);
    const made = await system.send('POST', '/Organization', {
      resourceType: 'Organization',
      identifier: [{ system: FACILITY, value: facility }],
      active: true,
      name: facilityName,
    });
    assert.equal(made.status, 201, made.text);
  }
  return systems;
}
