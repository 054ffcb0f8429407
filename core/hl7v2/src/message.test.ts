import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  acknowledge,
  encodeMessage,
  fhirDateTime,
  frameMllp,
  Hl7v2Error,
  MllpDecoder,
  MllpError,
  parseMessage,
} from './index.ts';

const ADMIT = [
  'MSH|^~\\&|HIS|BV27001|YBA|HUB|20261120080000||ADT^A01^ADT_A01|MSG001|P|2.5.1||||||UNICODE UTF-8',
  'PID|1||BN1^^^BV&1.2.3&ISO^MR~027163999001^^^VN^NI||Trịnh^Liên \\T\\ em||19630902|F||""',
  'OBX|1|TX|A||một\\.br\\hai',
  'OBX|2|NM|B||7.20',
].join('\r');

describe('reading a message', () => {
  const message = parseMessage(Buffer.from(ADMIT));

  test('tells the header, components, repetitions and subcomponents without escapes', () => {
    assert.equal(message.header.trigger, 'A01');
    assert.equal(message.header.controlId, 'MSG001');
    const pid = message.first('PID')!;
    assert.equal(pid.count(3), 2);
    assert.equal(pid.text(3, 1, 1, 2), '027163999001');
    assert.equal(pid.text(3, 4, 2), '1.2.3');
    assert.equal(pid.text(5, 2), 'Liên & em');
    assert.equal(message.all('OBX')[0]!.text(5), 'một\nhai');
    assert.equal(message.all('OBX')[1]!.sequence, 2);
    assert.equal(pid.text(99), '');
  });

  test('tells an order to delete from silence', () => {
    const pid = message.first('PID')!;
    assert.ok(pid.isNull(10));
    assert.equal(pid.text(10), '');
    assert.ok(!pid.isNull(9));
  });

  test('lists every field that says something', () => {
    const said = message.said().map(({ segment, sequence, field }) => `${segment}[${sequence}]-${field}`);
    assert.ok(said.includes('MSH[1]-18'));
    assert.ok(!said.includes('MSH[1]-1'));
    assert.deepEqual(
      said.filter((place) => place.startsWith('OBX[2]')),
      ['OBX[2]-1', 'OBX[2]-2', 'OBX[2]-3', 'OBX[2]-5'],
    );
  });

  test('takes other separators, line feeds and the character set that MSH-18 names', () => {
    const other = 'MSH#*~\\&#HIS#BV###20261120##ADT*A08#7#P#2.3#####VNM#WINDOWS-1258\nPID#1##X\n';
    const bytes = Buffer.concat([Buffer.from(`${other}NTE#1##`), Buffer.from([0xd0]), Buffer.from('\n')]);
    const read = parseMessage(bytes);
    assert.equal(read.header.trigger, 'A08');
    assert.equal(read.first('NTE')!.text(3), 'Đ');
  });

  test('names the segment and field that cannot be read', () => {
    const faults: [string | Buffer, string][] = [
      ['PID|1', 'MSH'],
      [`${ADMIT}\rhai dòng`, 'hai'],
      [Buffer.concat([Buffer.from(ADMIT), Buffer.from([0xff])]), 'MSH-18'],
      [Buffer.from(ADMIT.replace('UNICODE UTF-8', 'TCVN9999')), 'MSH-18'],
    ];
    for (const [bytes, place] of faults)
      assert.throws(
        () => parseMessage(bytes),
        (error) => error instanceof Hl7v2Error && error.message.startsWith(place),
        place,
      );
  });
});

test('writes what it reads again, whatever stands in it', () => {
  const text = 'a|b^c~d\\e&f\ng';
  const read = parseMessage(
    encodeMessage([
      ['MSH', 'A', 'B', '', '', '', '', ['ADT', 'A08'], '1', 'P', '2.5.1'],
      ['PID', '1', '', { repeat: [[text, '', '', 'x'], ['2']] }],
    ]),
  );
  assert.equal(read.first('PID')!.text(3), text);
  assert.equal(read.first('PID')!.text(3, 1, 1, 2), '2');
});

describe('acknowledging', () => {
  const { header } = parseMessage(ADMIT);
  const base = { controlId: 'K1', now: new Date('2026-11-20T01:00:00Z') };

  test('turns sender and receiver round and names the message', () => {
    const ack = parseMessage(acknowledge(header, { ...base, code: 'AA' }));
    assert.equal(ack.header.receivingFacility, 'BV27001');
    assert.equal(ack.header.structure, 'ACK');
    assert.equal(ack.first('MSA')!.text(1), 'AA');
    assert.equal(ack.first('MSA')!.text(2), 'MSG001');
  });

  test('names segment and field in ERR, as the version of the message has it', () => {
    const errors = [
      new Hl7v2Error('101', { segment: 'PID', sequence: 1, field: 3 }, { vi: 'Thiếu mã', en: 'No number' }),
    ];
    const now = parseMessage(acknowledge(header, { ...base, code: 'AE', errors })).first('ERR')!;
    assert.equal(now.raw(2), 'PID^1^3');
    assert.equal(now.text(3), '101');
    assert.equal(now.text(8), 'Thiếu mã');
    const old = parseMessage(acknowledge({ ...header, version: '2.3' }, { ...base, code: 'AE', errors }));
    assert.equal(old.first('ERR')!.raw(1), 'PID^1^3^101');
    assert.equal(old.first('MSA')!.text(3), 'No number');
  });
});

describe('MLLP', () => {
  test('cuts messages however the stream is cut', () => {
    const stream = Buffer.concat([frameMllp('một'), Buffer.from('\r\n'), frameMllp('hai')]);
    for (let size = 1; size <= stream.length; size++) {
      const decoder = new MllpDecoder();
      const found: string[] = [];
      for (let at = 0; at < stream.length; at += size)
        found.push(...decoder.push(stream.subarray(at, at + size)).map(String));
      assert.deepEqual(found, ['một', 'hai']);
      assert.ok(!decoder.unfinished);
    }
  });

  test('holds of a message that comes byte by byte no more than twice its bytes', () => {
    const decoder = new MllpDecoder();
    const [start, ...bytes] = frameMllp('x'.repeat(100_000)).subarray(0, -2);
    decoder.push(Buffer.of(start!));
    for (const byte of bytes) decoder.push(Buffer.of(byte));
    assert.ok(decoder.unfinished);
    assert.ok(decoder.heldBytes >= 100_000 && decoder.heldBytes <= 200_000, String(decoder.heldBytes));
    assert.equal(String(decoder.push(Buffer.of(0x1c))), 'x'.repeat(100_000));
    assert.equal(decoder.heldBytes, 0);
  });

  test('lets go of what is not framed, or too long', () => {
    assert.throws(() => new MllpDecoder().push(Buffer.from('GET / HTTP/1.1')), MllpError);
    assert.throws(() => new MllpDecoder(4).push(frameMllp('12345')), MllpError);
  });
});

test('times keep their precision and get the zone of Viet Nam', () => {
  assert.equal(fhirDateTime('2026'), '2026');
  assert.equal(fhirDateTime('20261120'), '2026-11-20');
  assert.equal(fhirDateTime('202611200805'), '2026-11-20T08:05:00+07:00');
  assert.equal(fhirDateTime('20261120080559.25+0000'), '2026-11-20T08:05:59.25+00:00');
  assert.equal(fhirDateTime('20260230'), undefined);
  assert.equal(fhirDateTime('hôm qua'), undefined);
});
