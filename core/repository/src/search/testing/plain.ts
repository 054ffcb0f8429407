import { canonicalQuantity, extractParameter, isSearchedByWords } from '@yba/fhir';
import type {
  QuantitySearch,
  Resource,
  SearchFilter,
  SearchParameter,
  SearchValue,
  TokenSearch,
} from '@yba/fhir';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

/**
 * What a filter means, written a second time from the specification and from nothing of the store: elements are found
 * by the reference implementation of FHIRPath, and compared here in the plainest way. Slow, and of no other use than to
 * be compared with. Source: https://hl7.org/fhir/R4/search.html
 */
export function plainlyMeets(filter: SearchFilter, resource: Resource): boolean {
  if (filter.kind === 'missing') return (found(filter.param, resource).length === 0) === filter.missing;
  if (filter.kind !== 'value') throw new Error(`${filter.kind} is not told by one resource`);
  const { param, modifier } = filter;
  const any = filter.values.some((value) =>
    found(param, resource).some((node) => isMet(param, modifier, value, node, resource)),
  );
  return modifier === 'not' || modifier === 'not-in' ? !any : any;
}

type Node = Record<string, any> | string | number | boolean; // oxlint-disable-line no-explicit-any -- JSON as it comes

const evaluators = new Map<string, (resource: unknown, env: object) => unknown[]>();

/** The elements a parameter speaks of, as JSON that means something to its type. */
function found(param: SearchParameter, resource: Resource): Node[] {
  const { expression } = param;
  if (expression === undefined) throw new Error(`${param.code} has no expression`);
  return branches(expression)
    .flatMap((branch) => (param.type === 'date' ? dates(branch, resource) : evaluate(branch, resource)))
    .filter((node) => means(param, node, resource));
}

/** True when the element says anything in terms of the parameter's type. */
function means(param: SearchParameter, node: Node, resource: Resource): boolean {
  if (param.type === 'composite')
    return param.components.every((_, at) => partsOf(param, node, at, resource).length > 0);
  if (param.type === 'date') return spans(node).length > 0;
  if (param.type === 'string') return strings(node).length > 0;
  if (param.type === 'token') return tokens(node).length > 0;
  if (param.type === 'quantity' || param.type === 'number') return quantities(node).length > 0;
  if (param.type === 'reference')
    return (
      typeof node === 'string' ||
      (typeof node === 'object' &&
        ['reference', 'identifier', 'url', 'resourceType'].some((key) => key in node))
    );
  if (param.type === 'special') return typeof node === 'object' && 'latitude' in node;
  return true;
}

/** Instants apart, which are written as dateTimes are and mean something else. */
const dates = (branch: string, resource: Resource): Node[] => [
  ...evaluate(`(${branch}).where(($this is instant).not())`, resource),
  ...evaluate(`(${branch}).where($this is instant)`, resource).map((instant) => ({ instant })),
];

/** The parts of a union, one by one: the library will not compare quantities with a comparator to make it a set. */
function branches(expression: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const character of expression) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (character === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

function evaluate(expression: string, focus: unknown): Node[] {
  let evaluator = evaluators.get(expression);
  if (!evaluator) {
    const runnable = expression
      .replaceAll(/([\w.]+)\.where\(resolve\(\) is (\w+)\)/g, "$1.where(pointsTo('$2'))")
      .replaceAll(/([\w.]+) as (\w+)/g, '$1.ofType($2)')
      .replaceAll('.as(', '.ofType(')
      .replaceAll('DateTime', 'dateTime')
      // a choice with a text among its types: a text that looks like a date is none
      .replace(/CarePlan\.activity\.detail\.scheduled(?=$|\))/, '$&.where(($this is string).not())');
    evaluator = fhirpath.compile(runnable, r4, { userInvocationTable: invocations } as never) as never;
    evaluators.set(expression, evaluator!);
  }
  const plain = JSON.parse(JSON.stringify(focus)) as Resource;
  root = plain;
  return (evaluator!(plain, { resource: plain }) as unknown[]).map(
    (node) => JSON.parse(JSON.stringify(node)) as Node,
  );
}

let root: Resource;
const invocations = {
  pointsTo: {
    fn: (inputs: { reference?: string; type?: string }[], type: string) =>
      inputs.map(({ reference = '', type: said }) => {
        if (reference.startsWith('#'))
          return ((root['contained'] ?? []) as Resource[]).some(
            (one) => `#${one.id}` === reference && one.resourceType === type,
          );
        const parts = reference.replace(/\/_history\/.*$/, '').split('/');
        return (parts.length > 1 ? parts.at(-2) : said) === type;
      }),
    arity: { 1: ['String'] },
  },
  hasExtension: {
    fn: (inputs: { extension?: { url: string }[] }[], url: string) =>
      inputs.map(({ extension = [] }) => extension.some((one) => one.url === url)),
    arity: { 1: ['String'] },
  },
};

function isMet(
  param: SearchParameter,
  modifier: string | undefined,
  value: SearchValue,
  node: Node,
  resource: Resource,
): boolean {
  switch (value.kind) {
    case 'token':
      return tokens(node).some((one) => tokenMet(param, modifier, value, one, resource));
    case 'string':
      return strings(node).some((text) => stringMet(param, modifier, value.text, text));
    case 'uri':
      return typeof node === 'string' && uriMet(modifier, value.uri, node);
    case 'date':
      return spans(node).some((span) => dateMet(value.prefix, value, span));
    case 'quantity':
      return quantities(node).some((one) => quantityMet(value, one));
    case 'reference':
      return referenceMet(param, value, node);
    case 'composite':
      return value.parts.every((part, at) => {
        const { type, code } = param.components[at]!;
        const inner = { ...param, type, code, url: '' };
        return partsOf(param, node, at, resource).some((one) => isMet(inner, undefined, part, one, resource));
      });
    default:
      return extractedNear(value, node);
  }
}

function partsOf(param: SearchParameter, node: Node, at: number, resource: Resource): Node[] {
  const { expression, type } = param.components[at]!;
  const focus = typeof node === 'object' && 'resourceType' in node ? resource : node;
  return relative(expression, focus, resource).filter((one) =>
    means({ ...param, type, components: [] }, one, resource),
  );
}

/** A component's path from the composite's element; `%resource` and choices are few enough to be named. */
function relative(expression: string, focus: unknown, resource: Resource): Node[] {
  return expression.split('|').flatMap((branch) => {
    const path = branch.trim().replace(/^\((.*)\)$/, '$1');
    const [steps, as] = /^(.*?)(?:\.as\((\w+)\)| as (\w+))?$/.exec(path)!.slice(1, 4) as [
      string,
      string | undefined,
    ];
    const type = as ?? / as (\w+)$/.exec(path)?.[1];
    let nodes: any[] = [focus]; // oxlint-disable-line no-explicit-any -- JSON as it comes
    const names = steps.replace(/ as \w+$/, '').split('.');
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1;
      nodes = nodes.flatMap((one) => {
        if (name === '%resource') return [JSON.parse(JSON.stringify(resource))];
        const keys = Object.keys(one as object).filter((key) =>
          last && type
            ? key === name + type[0]!.toUpperCase() + type.slice(1)
            : key === name || (last && key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))),
        );
        return keys.flatMap((key) => (one as Record<string, unknown>)[key]);
      });
    }
    return nodes as Node[];
  });
}

type Token = {
  system?: string;
  code?: string;
  text?: string;
  types?: { system?: string; code?: string }[];
  plain?: boolean;
};

function tokens(node: Node): Token[] {
  if (typeof node !== 'object') return typeof node === 'number' ? [] : [{ code: String(node), plain: true }];
  if ('coding' in node || ('text' in node && !('value' in node)))
    return [
      ...((node['coding'] ?? []) as Record<string, string>[]).flatMap((one) => tokens(one)),
      ...(node['text'] ? [{ text: node['text'] as string }] : []),
    ];
  if (
    'value' in node &&
    ('use' in node ||
      'rank' in node ||
      'system' in node ||
      'type' in node ||
      'assigner' in node ||
      Object.keys(node).every((key) => key === 'value'))
  )
    return [
      {
        ...(node['system'] ? { system: node['system'] as string } : {}),
        code: node['value'] as string,
        ...(node['type']?.text ? { text: node['type'].text as string } : {}),
        types: node['type']?.coding ?? [],
      },
    ];
  if (node['code'] === undefined && node['system'] === undefined && node['display'] === undefined) {
    const key = Object.keys(node).find((one) => one.startsWith('value'));
    if (node['url'] && key) return tokens(node[key] as Node);
    return [];
  }
  return [
    {
      ...(node['system'] ? { system: node['system'] as string } : {}),
      ...(node['code'] ? { code: node['code'] as string } : {}),
      ...(node['display'] ? { text: node['display'] as string } : {}),
    },
  ];
}

function tokenMet(
  param: SearchParameter,
  modifier: string | undefined,
  value: TokenSearch,
  token: Token,
  resource: Resource,
): boolean {
  if (modifier === 'text')
    return token.text !== undefined && ` ${simple(token.text)}`.includes(` ${simple(value.text ?? '')}`);
  if (modifier === 'of-type')
    return (
      token.code === value.value &&
      (token.types ?? []).some((one) => (one.system ?? '') === value.system && one.code === value.code)
    );
  if (value.covers)
    return (
      token.code !== undefined &&
      value.covers(systemOf(param, token, resource), token.code, token.plain === true)
    );
  const same = /^(email|phone|telecom|contact)$/.test(param.code)
    ? (text = '') => text.toLowerCase()
    : String;
  if (value.code !== undefined && same(value.code) !== same(token.code)) return false;
  if (value.system === undefined) return true;
  if (value.system === '') return token.system === undefined;
  return systemOf(param, token, resource) === value.system;
}

/** A code's system is that of its required binding, which only the definitions tell. */
function systemOf(param: SearchParameter, token: Token, resource: Resource): string | undefined {
  if (!token.plain) return token.system;
  // a component is told of with all of its composite
  const whole = param.components.length > 0 ? { ...param, type: 'composite' as const } : param;
  const told = extractParameter(whole, resource)
    .flatMap((one) => (one.kind === 'composite' ? one.parts.flat() : [one]))
    .find((one) => one.kind === 'token' && one.code === token.code);
  return told?.kind === 'token' ? told.system : undefined;
}

/** Lower case without marks: what is left when case and accents do not count. */
function simple(text: string): string {
  return [...text.toLowerCase().normalize('NFKD')]
    .filter((character) => !/\p{M}/u.test(character))
    .join('')
    .replace(/[đ\u00f0]/g, 'd')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

function strings(node: Node): string[] {
  if (typeof node === 'string') return node === '' ? [] : [node];
  if (typeof node !== 'object') return [];
  const {
    text,
    family,
    given = [],
    prefix = [],
    suffix = [],
    line = [],
    city,
    district,
    state,
    postalCode,
    country,
  } = node;
  const name = [family, ...(given as string[])].filter((part) => part);
  const parts = [text, ...name, ...prefix, ...suffix, ...line, city, district, state, postalCode, country];
  return [...parts, ...(text || name.length < 2 ? [] : [name.join(' ')])].filter(
    (part): part is string => typeof part === 'string' && part !== '',
  );
}

function stringMet(
  param: SearchParameter,
  modifier: string | undefined,
  wanted: string,
  text: string,
): boolean {
  if (modifier === 'exact') return wanted.normalize() === text.normalize();
  const words = isSearchedByWords(param);
  const form = (one: string) => (words ? simple(one).replace(/\b(qu|[hklmstv])y\b/g, '$1i') : simple(one));
  if (modifier === 'contains') return form(text).includes(form(wanted));
  if (form(text).startsWith(form(wanted))) return true;
  if (!words) return false;
  const split = (one: string) =>
    form(one)
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '');
  const free = split(text);
  const asked = split(wanted).sort((a, b) => b.length - a.length);
  return (
    asked.length > 0 &&
    asked.every((word) => {
      const at = free.findIndex((one) => one.startsWith(word));
      if (at >= 0) free.splice(at, 1);
      return at >= 0;
    })
  );
}

function uriMet(modifier: string | undefined, wanted: string, uri: string): boolean {
  if (modifier === 'below') return uri.startsWith(wanted);
  return wanted === uri || (modifier === 'above' && wanted.startsWith(uri.replace(/\/?$/, '/')));
}

type Span = { from: number; to: number };

/** The first and the last moment that a date can mean; a date without zone is of UTC+7. */
function span(text: unknown): Span | undefined {
  if (typeof text !== 'string' || !/^\d{4}/.test(text)) return undefined;
  const zone = (local: string) =>
    Date.parse(`${local}${/(Z|[+-]\d\d:\d\d)$/.test(local.slice(10)) ? '' : '+07:00'}`);
  const [, year, month, day, rest] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?(T.*)?$/.exec(text) ?? [];
  if (rest) {
    const fraction = /\.(\d+)/.exec(rest)?.[1];
    const from = zone(text.replace(/(\.\d{3})\d+/, '$1').replace(/T(\d\d:\d\d)(Z|[+-]|$)/, 'T$1:00$2'));
    const width = fraction
      ? Math.max(1, 1000 / 10 ** fraction.length)
      : /T\d\d:\d\d:\d\d/.test(rest)
        ? 1000
        : 60_000;
    return { from, to: from + width };
  }
  const from = zone(`${year}-${month ?? '01'}-${day ?? '01'}T00:00:00`);
  const next = new Date(from + 7 * 3_600_000);
  if (day) next.setUTCDate(next.getUTCDate() + 1);
  else if (month) next.setUTCMonth(next.getUTCMonth() + 1);
  else next.setUTCFullYear(next.getUTCFullYear() + 1);
  return { from, to: next.getTime() - 7 * 3_600_000 };
}

function spans(node: Node): Span[] {
  if (typeof node !== 'object') return [span(node)].filter((one) => one !== undefined);
  if ('instant' in node) return spans(node['instant'] as string).map(({ from }) => ({ from, to: from + 1 }));
  if ('event' in node || 'repeat' in node) {
    const all = [
      ...((node['event'] ?? []) as unknown[]).map(span),
      ...(node['repeat']?.boundsPeriod ? spans(node['repeat'].boundsPeriod as Node) : []),
    ].filter((one) => one !== undefined);
    return all.length === 0
      ? []
      : [{ from: Math.min(...all.map(({ from }) => from)), to: Math.max(...all.map(({ to }) => to)) }];
  }
  const [start, end] = [span(node['start']), span(node['end'])];
  return start || end ? [{ from: start?.from ?? -Infinity, to: end?.to ?? Infinity }] : [];
}

function dateMet(prefix: string, asked: Span, { from, to }: Span): boolean {
  const inside = asked.from <= from && to <= asked.to;
  if (prefix === 'eq') return inside;
  if (prefix === 'ne') return !inside;
  if (prefix === 'gt' || prefix === 'ge') return to > asked.to || (prefix === 'ge' && inside);
  if (prefix === 'lt' || prefix === 'le') return from < asked.from || (prefix === 'le' && inside);
  if (prefix === 'sa') return from >= asked.to;
  if (prefix === 'eb') return to <= asked.from;
  return from < asked.to && asked.from < to;
}

type Amount = { low: number; high: number; system?: string; code?: string; unit?: string };

function quantities(node: Node): Amount[] {
  if (typeof node === 'number') return [{ low: node, high: node }];
  if (typeof node !== 'object') return [];
  const unit = (of: Record<string, string> = {}) => ({
    ...(of['system'] ? { system: of['system'] } : {}),
    ...(of['code'] ? { code: of['code'] } : {}),
    ...(of['unit'] ? { unit: of['unit'] } : {}),
  });
  if ('currency' in node && 'value' in node)
    return [
      {
        low: node['value'] as number,
        high: node['value'] as number,
        system: 'urn:iso:std:iso:4217',
        code: node['currency'] as string,
      },
    ];
  if ('origin' in node) {
    const at = (limit: unknown, open: number) =>
      limit === undefined
        ? open
        : Number(node['origin'].value ?? 0) + Number(node['factor'] ?? 1) * Number(limit);
    return [
      {
        low: at(node['lowerLimit'], -Infinity),
        high: at(node['upperLimit'], Infinity),
        ...unit(node['origin'] as never),
      },
    ];
  }
  if ('low' in node || 'high' in node) {
    const [low, high] = [node['low']?.value as number | undefined, node['high']?.value as number | undefined];
    return low === undefined && high === undefined
      ? []
      : [{ low: low ?? -Infinity, high: high ?? Infinity, ...unit((node['low'] ?? node['high']) as never) }];
  }
  const value = node['value'] as number | undefined;
  if (typeof value !== 'number') return [];
  const sign = String(node['comparator'] ?? '');
  return [
    {
      low: sign.startsWith('<')
        ? -Infinity
        : sign === '>'
          ? value + (Math.abs(value) * 1e-11 || 1e-300)
          : value,
      high: sign.startsWith('>')
        ? Infinity
        : sign === '<'
          ? value - (Math.abs(value) * 1e-11 || 1e-300)
          : value,
      ...unit(node as never),
    },
  ];
}

function quantityMet(asked: QuantitySearch, amount: Amount): boolean {
  if (asked.system !== undefined && asked.system !== amount.system) return false;
  let { low, high } = amount;
  let bounds = { low: asked.low, high: asked.high, value: asked.value };
  if (
    asked.code !== undefined &&
    asked.code !== amount.code &&
    !(asked.system === undefined && asked.code === amount.unit)
  ) {
    if (amount.system !== 'http://unitsofmeasure.org' || amount.code === undefined) return false;
    const base = (value: number, code: string) => canonicalQuantity(value, code);
    if (base(1, asked.code)?.unit === undefined || base(1, asked.code)?.unit !== base(1, amount.code)?.unit)
      return false;
    const turned = (value: number, code: string, digits = 12) =>
      Number.isFinite(value) ? Number(base(value, code)!.value.toPrecision(digits)) : value;
    [low, high] = [turned(low, amount.code), turned(high, amount.code)];
    const value = turned(bounds.value, asked.code);
    bounds = {
      low: Math.min(value, turned(bounds.low, asked.code, 14)),
      high: Math.max(value + Math.abs(value) * Number.EPSILON, turned(bounds.high, asked.code, 14)),
      value,
    };
  }
  const inside = bounds.low <= low && high < bounds.high;
  const { value } = bounds;
  switch (asked.prefix) {
    case 'eq':
      return inside;
    case 'ne':
      return !inside;
    case 'gt':
      return high > value;
    case 'lt':
      return low < value;
    case 'ge':
      return high >= value;
    case 'le':
      return low <= value;
    case 'sa':
      return low > value;
    case 'eb':
      return high < value;
    case 'ap':
      return low <= bounds.high && bounds.low <= high;
  }
}

function referenceMet(
  param: SearchParameter,
  value: Extract<SearchValue, { kind: 'reference' }>,
  node: Node,
): boolean {
  const fields = (typeof node === 'object' ? node : {}) as Record<string, string | undefined>;
  const { reference, url: address, resourceType, id } = fields;
  const inline = resourceType === undefined ? undefined : `${resourceType}/${id}`;
  const literal = typeof node === 'string' ? node : (reference ?? address ?? inline);
  if (value.identifier) {
    const { system, value: code } = ((typeof node === 'object' ? node['identifier'] : undefined) ?? {}) as {
      system?: string;
      value?: string;
    };
    if (code === undefined || (value.identifier.code !== undefined && value.identifier.code !== code))
      return false;
    return value.identifier.system === undefined || (value.identifier.system || undefined) === system;
  }
  if (literal === undefined) return false;
  const isCanonical = typeof node === 'string';
  const [url = '', version] = isCanonical
    ? literal.split('#')[0]!.split('|')
    : [literal.replace(/\/_history\/.*$/, ''), /\/_history\/(.*)$/.exec(literal)?.[1]];
  if (value.version !== undefined && value.version !== version) return false;
  if (value.url !== undefined) return url === value.url;
  const types = value.type === undefined ? param.targets : [value.type];
  return types.some((type) => url === `${type}/${value.id}`);
}

function extractedNear(value: SearchValue, node: Node): boolean {
  if (value.kind !== 'near' || typeof node !== 'object') return false;
  const radians = Math.PI / 180;
  const [a, b] = [value.latitude * radians, Number(node['latitude']) * radians];
  const cosine =
    Math.sin(a) * Math.sin(b) +
    Math.cos(a) * Math.cos(b) * Math.cos((value.longitude - Number(node['longitude'])) * radians);
  return 6_371_008.8 * Math.acos(Math.min(1, cosine)) <= value.metres;
}
