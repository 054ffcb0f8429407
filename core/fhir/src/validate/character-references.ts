/** Names of characters in HTML 4.0, and XML's own. Source: https://www.w3.org/TR/html401/sgml/entities.html */
const names: ReadonlySet<string> = new Set(
  (
    'Aacute aacute Acirc acirc acute AElig aelig Agrave agrave alefsym Alpha alpha amp and ang apos Aring aring asymp ' +
    'Atilde atilde Auml auml bdquo Beta beta brvbar bull cap Ccedil ccedil cedil cent Chi chi circ clubs cong copy crarr ' +
    'cup curren Dagger dagger dArr darr deg Delta delta diams divide Eacute eacute Ecirc ecirc Egrave egrave empty emsp ' +
    'ensp Epsilon epsilon equiv Eta eta ETH eth Euml euml euro exist fnof forall frac12 frac14 frac34 frasl Gamma gamma ge ' +
    'gt hArr harr hearts hellip Iacute iacute Icirc icirc iexcl Igrave igrave image infin int Iota iota iquest isin Iuml ' +
    'iuml Kappa kappa Lambda lambda lang laquo lArr larr lceil ldquo le lfloor lowast loz lrm lsaquo lsquo lt macr mdash ' +
    'micro middot minus Mu mu nabla nbsp ndash ne ni not notin nsub Ntilde ntilde Nu nu Oacute oacute Ocirc ocirc OElig ' +
    'oelig Ograve ograve oline Omega omega Omicron omicron oplus or ordf ordm Oslash oslash Otilde otilde otimes Ouml ouml ' +
    'para part permil perp Phi phi Pi pi piv plusmn pound Prime prime prod prop Psi psi quot radic rang raquo rArr rarr ' +
    'rceil rdquo real reg rfloor Rho rho rlm rsaquo rsquo sbquo Scaron scaron sdot sect shy Sigma sigma sigmaf sim spades ' +
    'sub sube sum sup sup1 sup2 sup3 supe szlig Tau tau there4 Theta theta thetasym thinsp THORN thorn tilde times trade ' +
    'Uacute uacute uArr uarr Ucirc ucirc Ugrave ugrave uml upsih Upsilon upsilon Uuml uuml weierp Xi xi Yacute yacute yen ' +
    'Yuml yuml Zeta zeta zwj zwnj'
  ).split(' '),
);

const reference = /&(?:#(?:x([0-9A-Fa-f]+)|([0-9]+))|([A-Za-z][A-Za-z0-9]*));/g;
const stray = /&(?!(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#x[0-9A-Fa-f]+);)/;

/** What is wrong with the `&` of a text in XHTML, undefined when nothing is. Source: https://www.w3.org/TR/xml/#sec-references */
export function referenceFault(text: string): string | undefined {
  if (!text.includes('&')) return undefined;
  if (stray.test(text)) return 'Write & in XHTML as &amp;.';
  for (const [whole, hex, digits, name] of text.matchAll(reference)) {
    const isCharacter =
      name === undefined
        ? isXmlCharacter(hex === undefined ? Number(digits) : parseInt(hex, 16))
        : names.has(name);
    if (!isCharacter)
      return `${whole.slice(0, 40)} is no character; write the character itself, or a name that HTML 4.0 has, e.g. &nbsp;.`;
  }
  return undefined;
}

/** Source: https://www.w3.org/TR/xml/#charsets */
const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);
