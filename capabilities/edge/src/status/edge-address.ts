import { readSettings } from '../folder/settings.ts';

/** Where the agent of a data folder answers, by its settings. */
export function edgeAddress(folder: string): string {
  const { http } = readSettings(folder);
  const host = http.host === '0.0.0.0' || http.host === '::' ? '127.0.0.1' : http.host;
  return `${http.tlsCert ? 'https' : 'http'}://${host}:${http.port}`;
}
