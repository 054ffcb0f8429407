import { operationOutcome, outcomeError } from '@yba/fhir';
import { relabel } from '../intake/message-bundle.ts';
import type { Kept, State } from '../outbox/message.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { asset } from './assets.ts';
import { prometheusText, type Figures } from './figures.ts';
import type { LocalAnswer, LocalRequest, LocalRoute } from './local-server.ts';
import { listPage, type PageData, statusPage } from './page.ts';
import type { Language } from './words.ts';

export type StatusOptions = {
  outbox: Outbox;
  figures(): Figures;
  ways(): PageData['ways'];
  twin(): PageData['twin'];
  tryNow(): void;
  renewKey(): Promise<void>;
  now(): number;
};

const PAGE = 50;

/** The status page, its lists and acts, the figures as JSON and for Prometheus. */
export function statusRoutes(options: StatusOptions): LocalRoute[] {
  const { outbox, figures, now } = options;
  return [
    {
      method: 'GET',
      path: /^\/$/,
      handle: (request) =>
        page(request, (language) =>
          statusPage(language, {
            figures: figures(),
            refused: outbox.list('refused', 20),
            recent: outbox.list(undefined, 12),
            ways: options.ways(),
            twin: options.twin(),
            now: now(),
          }),
        ),
    },
    {
      method: 'GET',
      path: /^\/messages$/,
      handle: (request) => {
        const state = request.query.get('state');
        const before = Number(request.query.get('before') ?? Number.MAX_SAFE_INTEGER);
        if (state !== null && !(state in figures().states))
          throw outcomeError('invalid', `“${state}” is not a state`, 'state');
        const found = outbox.list(
          (state ?? undefined) as State | undefined,
          PAGE,
          Number.isSafeInteger(before) ? before : Number.MAX_SAFE_INTEGER,
        );
        const { facility } = figures();
        return page(request, (language) =>
          listPage(
            language,
            facility ? `${facility.name} · ${facility.code}` : '',
            (state ?? undefined) as State | undefined,
            found,
            PAGE,
          ),
        );
      },
    },
    {
      method: 'POST',
      path: /^\/messages\/([A-Za-z0-9.-]{1,64})\/again$/,
      form: true,
      async handle(_request, id) {
        await outbox.sendAgain(id!, relabel);
        return seeOther('/');
      },
    },
    {
      method: 'POST',
      path: /^\/messages\/([A-Za-z0-9.-]{1,64})\/set-aside$/,
      form: true,
      handle(_request, id) {
        outbox.setAside(id!);
        return seeOther('/');
      },
    },
    {
      method: 'POST',
      path: /^\/try$/,
      form: true,
      handle() {
        options.tryNow();
        return seeOther('/');
      },
    },
    {
      method: 'POST',
      path: /^\/renew-key$/,
      form: true,
      async handle() {
        await options.renewKey();
        return json(200, {});
      },
    },
    { method: 'GET', path: /^\/status\.json$/, handle: () => json(200, figures()) },
    {
      method: 'GET',
      path: /^\/metrics$/,
      handle: () => ({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: prometheusText(figures(), now()),
      }),
    },
    {
      method: 'GET',
      path: /^\/fhir\/\$message-status$/,
      handle(request) {
        const kept = outbox.find(request.query.get('identifier') ?? '');
        if (!kept)
          throw outcomeError(
            'not-found',
            'No message has this identifier here; it may have been filed long ago',
          );
        return json(200, statusBundle(kept), 'application/fhir+json; charset=utf-8');
      },
    },
    {
      method: 'GET',
      path: /^\/assets\/(.+)$/,
      handle(_request, name) {
        const found = asset(name!);
        if (!found) throw outcomeError('not-found', 'Nothing is served at this address.');
        return { status: 200, ...found, headers: { 'cache-control': 'max-age=3600' } };
      },
    },
  ];
}

const STATE = 'https://yba.vn/fhir/StructureDefinition/message-state';

/** What became of one message, told as the hub tells it. Source: docs/exchange.md */
function statusBundle({ id, event, state, answer }: Kept): object {
  const outcome = answer?.issues?.length ? `urn:uuid:${id}` : undefined;
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      {
        resource: {
          resourceType: 'MessageHeader',
          extension: [{ url: STATE, valueCode: state }],
          eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code: event },
          source: { endpoint: 'urn:yba:edge' },
          response: {
            identifier: id,
            code: state === 'filed' ? 'ok' : state === 'refused' ? 'fatal-error' : 'transient-error',
            ...(outcome ? { details: { reference: outcome } } : {}),
          },
          ...(answer?.links?.length ? { focus: answer.links.map((reference) => ({ reference })) } : {}),
        },
      },
      ...(outcome ? [{ fullUrl: outcome, resource: operationOutcome(answer!.issues!) }] : []),
    ],
  };
}

export const json = (
  status: number,
  body: object,
  type = 'application/json; charset=utf-8',
): LocalAnswer => ({
  status,
  type,
  body: JSON.stringify(body),
});

export const seeOther = (location: string, headers: Record<string, string> = {}): LocalAnswer => ({
  status: 303,
  headers: { location, ...headers },
});

/** A page in the language that was chosen: by the switch, remembered in a cookie; Vietnamese unless. */
export function page(request: LocalRequest, body: (language: Language) => string): LocalAnswer {
  const chosen = request.query.get('lang');
  const kept = /(?:^|;\s*)lang=(vi|en)/.exec(request.headers.cookie ?? '')?.[1];
  const language: Language = (chosen === 'en' || chosen === 'vi' ? chosen : kept) === 'en' ? 'en' : 'vi';
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: body(language),
    ...(chosen
      ? { headers: { 'set-cookie': `lang=${language}; Path=/; SameSite=Strict; Max-Age=31536000` } }
      : {}),
  };
}
