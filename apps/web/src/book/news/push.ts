import { fhir } from '../../fhir/client.ts';
import type { Parameter, Parameters } from '../../fhir/types.ts';

/** A device whose owner is told of news there. `since` is an instant. */
export type Device = { id: string; endpoint: string; name: string; since: string };
export type PushState = { publicKey: string; devices: Device[] };

const SCOPE = '/book/';

/** Whether this browser can be told at all. */
export const canPush = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function stateOf({ parameter = [] }: Parameters): PushState {
  return {
    publicKey: parameter.find(({ name }) => name === 'publicKey')?.valueString ?? '',
    devices: parameter.flatMap(({ name, part = [] }) => {
      if (name !== 'device') return [];
      const one = (which: string) => part.find((each) => each.name === which);
      return [
        {
          id: one('id')?.valueString ?? '',
          endpoint: one('endpoint')?.valueUri ?? '',
          name: one('name')?.valueString ?? '',
          since: one('agreed')?.valueInstant ?? '',
        },
      ];
    }),
  };
}

/** The server's key and the devices that are told. Throws FhirError. */
export const readPush = async (signal?: AbortSignal): Promise<PushState> =>
  stateOf(await fhir<Parameters>('Patient/$push', { signal }));

/** The address by which this device is told now; undefined when it is not. */
export async function ownEndpoint(): Promise<string | undefined> {
  if (!canPush()) return undefined;
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await registration?.pushManager.getSubscription())?.endpoint;
}

/**
 * Asks the person for leave, then has this device told. Throws `blocked` when the browser or the person says no, FhirError
 * or what the browser says when it does not come about.
 */
export async function subscribe(publicKey: string, language: 'vi' | 'en'): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') throw new PushBlocked();
  await navigator.serviceWorker.register('/sw.js', { scope: SCOPE });
  const registration = await readyAt(SCOPE);
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  const parameter: Parameter[] = [
    { name: 'endpoint', valueUri: endpoint ?? '' },
    { name: 'p256dh', valueString: keys?.['p256dh'] ?? '' },
    { name: 'auth', valueString: keys?.['auth'] ?? '' },
    { name: 'language', valueCode: language },
    { name: 'device', valueString: deviceName() },
  ];
  return stateOf(
    await fhir<Parameters>('Patient/$push-subscribe', {
      method: 'POST',
      body: { resourceType: 'Parameters', parameter },
    }),
  );
}

/** The person, or their browser, lets this page show no notifications. */
export class PushBlocked extends Error {}

/** Ends it for a device, and in this browser when it is this one. Throws FhirError. */
export async function unsubscribe(device: Device): Promise<PushState> {
  const answer = await fhir<Parameters>('Patient/$push-unsubscribe', {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter: [{ name: 'id', valueString: device.id }] },
  });
  const registration = await navigator.serviceWorker?.getRegistration(SCOPE);
  const own = await registration?.pushManager.getSubscription();
  if (own?.endpoint === device.endpoint) await own.unsubscribe();
  return stateOf(answer);
}

/** The registration once its worker is active: only then it can be subscribed. */
async function readyAt(scope: string): Promise<ServiceWorkerRegistration> {
  const registration = (await navigator.serviceWorker.getRegistration(scope))!;
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return registration;
  await new Promise<void>((resolve) => {
    worker.addEventListener('statechange', () => worker.state === 'activated' && resolve());
  });
  return registration;
}

/** `Chrome · Android`: enough for its owner to know it again. */
function deviceName(): string {
  const { userAgent } = navigator;
  const browser = /Edg|Firefox|OPR|SamsungBrowser|Chrome|Safari/.exec(userAgent)?.[0] ?? '';
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(userAgent)?.[0] ?? '';
  return [browser.replace('Edg', 'Edge').replace('OPR', 'Opera'), system].filter(Boolean).join(' · ');
}
