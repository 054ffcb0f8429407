import type { Finding } from './binding.ts';
import { referenceFault } from './character-references.ts';

// What a narrative may hold: the formatting part of HTML 4.0. Source: https://hl7.org/fhir/R4/narrative.html#xhtml
const elements = new Set(
  (
    'a abbr acronym address b big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ' +
    'ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var center font'
  ).split(' '),
);

const attributes = new Set(
  (
    'abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class clear color cols ' +
    'colspan compact coords dir face frame halign headers height href hreflang hspace id lang longdesc name noshade nowrap rel rev rowspan rules scope shape ' +
    'size span src start style summary tabindex title type usemap valign value vspace width xml:lang xml:base xml:space xmlns'
  ).split(' '),
);

const markup =
  /<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|</g;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const entity = /&(?:#(?:x([0-9A-Fa-f]+)|(\d+))|([A-Za-z]+));/g;
/** Schemes a link may have; anything relative is allowed too. */
const safeLink = /^(?:https?:|mailto:|tel:|urn:|ftp:|cid:|data:image\/|#|[^:]*$|[^:]*[/?#])/i;
const unsafeStyle = /expression\s*\(|javascript:|@import|behavior\s*:|-moz-binding/i;

const usualStart = '<div xmlns="http://www.w3.org/1999/xhtml"';
const inNamespace = /^<div[^>]*\sxmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/;

/**
 * Why a narrative's div is not the harmless XHTML that FHIR allows; undefined when it is. Refuses script,
 * event handlers, forms, frames, foreign links, document types and entities of its own: invariant txt-1.
 */
export function narrativeFault(div: string): string | undefined {
  const text = div.trim();
  if (!text.startsWith(usualStart)) {
    if (!/^<div[\s>/]/.test(text)) return 'A narrative is one XHTML <div> element.';
    if (!inNamespace.test(text)) return `The <div> must be of the XHTML namespace: write ${usualStart}>.`;
  }
  const open: string[] = [];
  const ampersands = text.includes('&');
  let end = 0;
  for (const match of text.matchAll(markup)) {
    const [whole, closing, name, list = '', empty] = match;
    const reference = ampersands ? referenceFault(text.slice(end, match.index)) : undefined;
    if (reference !== undefined) return reference;
    end = match.index + whole.length;
    if (whole.startsWith('<!--')) continue;
    if (name === undefined)
      return `The XHTML is not well-formed at '${text.slice(match.index, match.index + 20)}'. Document types, processing instructions and CDATA are not allowed; write < as &lt;.`;
    if (!elements.has(name))
      return `<${name}> is not allowed in a narrative, only basic formatting, links and images.`;
    if (closing) {
      if (open.pop() !== name) return `</${name}> closes what was not opened last.`;
    } else {
      const fault = list === '' ? undefined : listFault(name, list);
      if (fault) return fault;
      if (!empty) open.push(name);
    }
    if (open.length === 0 && end < text.length)
      return 'A narrative is one XHTML <div> element, with nothing after it.';
  }
  return open.length > 0 ? `<${open.at(-1)}> is not closed.` : undefined;
}

const imageOrText = /<img\s|>[ \t\r\n]*[^<\s]/;

/**
 * Invariant txt-2: a narrative says something, in text or by an image. One with nothing but white space is a warning
 * only: four official examples have such.
 */
export function blankFinding(value: unknown): Finding | undefined {
  const div = value as string;
  const shownPart = div.includes('<!--') ? div.replace(/<!--[\s\S]*?-->/g, '') : div;
  if (imageOrText.test(shownPart)) return undefined;
  const isEmpty = /^\s*<div[^>]*(?:\/>|><\/div>)\s*$/.test(div);
  return {
    severity: isEmpty ? 'error' : 'warning',
    code: 'invariant',
    why: 'txt-2: the narrative says nothing. Write what a reader should see, or leave text out.',
  };
}

/** Lists of attributes found harmless: few are ever used, and each many times. */
const harmless = new Set<string>();
const maxHarmless = 2000;

function listFault(element: string, list: string): string | undefined {
  if (list.length > 80) return attributesFault(element, list);
  const key = `${element}${list}`;
  if (harmless.has(key)) return undefined;
  const fault = attributesFault(element, list);
  if (fault === undefined) {
    if (harmless.size >= maxHarmless) harmless.clear();
    harmless.add(key);
  }
  return fault;
}

function attributesFault(element: string, list: string): string | undefined {
  for (const [, name = '', double, single] of list.matchAll(attribute)) {
    if (!attributes.has(name) && !name.startsWith('xmlns:'))
      return `The attribute ${name} of <${element}> is not allowed in a narrative.`;
    const value = decoded(double ?? single ?? '');
    if ((name === 'href' || name === 'src') && !safeLink.test(value))
      return `The link ${value.slice(0, 40)} of <${element}> is not allowed; use http, https, mailto, tel, urn or #.`;
    if (name === 'style' && unsafeStyle.test(value)) return `The style of <${element}> holds what could run.`;
  }
  return undefined;
}

/** As a browser would read it: entities resolved, white space and control characters gone. */
function decoded(value: string): string {
  const plain = value.replace(entity, (_, hex?: string, digits?: string, name?: string) => {
    if (name !== undefined) return { colon: ':', amp: '&', Tab: '', NewLine: '' }[name] ?? `&${name};`;
    return String.fromCodePoint(
      Math.min(hex === undefined ? Number(digits) : Number.parseInt(hex, 16), 0x10ffff),
    );
  });
  return plain.replace(/[\u0000-\u0020]+/g, '');
}
