import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validate } from '../index.ts';
import { aPatient } from '../testing.ts';

const faultOf = (div: string) => validate(aPatient({ text: { status: 'generated', div } }))[0];
const inDiv = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;

test('accepts basic formatting, links and images', () => {
  for (const content of [
    'Nguyễn Thị Lan &amp; con',
    '<p class="a" style="color: red">một<br/>hai</p><!-- c --><hr />',
    '<table border="1"><tr><td colspan=\'2\'>x</td></tr></table>',
    '<a href="https://yba.vn/x?a=1&amp;b=2">x</a><a href="Patient/1">y</a><a href="#z" name="z">z</a>',
    '<img src="data:image/png;base64,AAAA" alt="a > b"/><img src="urn:uuid:0b1d"/>',
    'a &lt; b &#160; &nbsp; &#xA0; &frac12; &apos; &rarr; &#x1F600;',
  ])
    assert.equal(faultOf(inDiv(content))?.diagnostics, undefined, content);
});

const refused: [string, RegExp][] = [
  ['just text', /one XHTML <div>/],
  ['<p>x</p>', /one XHTML <div>/],
  [inDiv('x') + 'y', /nothing after it/],
  [inDiv('x') + inDiv('y'), /nothing after it/],
  ['<div xmlns="http://www.w3.org/1999/xhtml">x', /<div> is not closed/],
  ['<div>x</div>', /of the XHTML namespace/],
  ['<div xmlns="http://www.w3.org/1999/xhtmlx">x</div>', /of the XHTML namespace/],
  [inDiv(''), /txt-2: the narrative says nothing/],
  [inDiv('<b>x</i>'), /<\/i> closes what was not opened/],
  [inDiv('<b>x'), /<\/div> closes what was not opened/],
  [inDiv('<script>alert(1)</script>'), /<script> is not allowed/],
  [inDiv('<SCRIPT>x</SCRIPT>'), /<SCRIPT> is not allowed/],
  [inDiv('<svg><g/></svg>'), /<svg> is not allowed/],
  [inDiv('<iframe src="x"/>'), /<iframe> is not allowed/],
  [inDiv('<form/>'), /<form> is not allowed/],
  [inDiv('<p onclick="x()">x</p>'), /attribute onclick/],
  [inDiv('<p OnClick="x()">x</p>'), /attribute OnClick/],
  [inDiv('<p title=x>x</p>'), /not well-formed/],
  [inDiv('<a href="javascript:alert(1)">x</a>'), /link javascript:alert\(1\)/],
  [inDiv('<a href="&#106;ava&#x0a;script:alert(1)">x</a>'), /link javascript:/],
  [inDiv('<a href=" java\tscript&colon;x">x</a>'), /link javascript:/],
  [inDiv('<img src="data:text/html;base64,AAAA"/>'), /link data:text/],
  [inDiv('<p style="width: expression(alert(1))">x</p>'), /could run/],
  ['<!DOCTYPE div [<!ENTITY x SYSTEM "file:///etc/passwd">]><div>&x;</div>', /one XHTML <div>/],
  [inDiv('<!ENTITY x "y">'), /not well-formed/],
  [inDiv('<?php x ?>'), /not well-formed/],
  [inDiv('<![CDATA[x]]>'), /not well-formed/],
  [inDiv('a < b'), /write < as &lt;/],
  [inDiv('a & b'), /as &amp;/],
  [inDiv('a &foo; b'), /&foo; is no character/],
  [inDiv('a &NBSP; b'), /&NBSP; is no character/],
  [inDiv('a &#0; b'), /&#0; is no character/],
  [inDiv('a &#xD800; b'), /&#xD800; is no character/],
  [inDiv('a &#x110000; b'), /is no character/],
];

for (const [div, says] of refused) {
  test(`refuses ${div.replace(/ xmlns="[^"]*"/, '')}`, () => {
    const fault = faultOf(div);
    assert.deepEqual([fault?.severity, fault?.expression], ['error', ['Patient.text.div']]);
    assert.match(fault?.diagnostics ?? '', says);
  });
}
