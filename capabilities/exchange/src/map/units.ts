/** Units as Vietnamese laboratories write them, with their UCUM code. Source: https://ucum.org/ucum */
const ucum: Record<string, string> = Object.fromEntries(
  (
    'mmol/L=mmol/L µmol/L=umol/L umol/L=umol/L nmol/L=nmol/L pmol/L=pmol/L mol/L=mol/L g/L=g/L mg/L=mg/L µg/L=ug/L ' +
    'ug/L=ug/L g/dL=g/dL mg/dL=mg/dL µg/dL=ug/dL ng/mL=ng/mL pg/mL=pg/mL ng/dL=ng/dL µg/mL=ug/mL ng/L=ng/L mg/g=mg/g ' +
    'mg/mmol=mg/mmol G/L=10*9/L T/L=10*12/L 10^9/L=10*9/L 10^12/L=10*12/L 10*9/L=10*9/L 10*12/L=10*12/L K/µL=10*3/uL ' +
    'U/L=U/L IU/L=[IU]/L UI/L=[IU]/L IU/mL=[IU]/mL UI/mL=[IU]/mL mIU/L=m[IU]/L mIU/mL=m[IU]/mL µIU/mL=u[IU]/mL ' +
    'uIU/mL=u[IU]/mL mU/L=mU/L %=% fL=fL pg=pg s=s sec=s giây=s min=min phút=min mm/h=mm/h mmHg=mm[Hg] kPa=kPa kg=kg ' +
    'g=g cm=cm mm=mm mL=mL L=L mEq/L=meq/L mOsm/kg=mosm/kg mL/phút=mL/min mL/min=mL/min mL/phút/1.73m2=mL/min/{1.73_m2} ' +
    'mL/min/1.73m2=mL/min/{1.73_m2} °C=Cel copies/mL={copies}/mL bpm=/min l/phút=L/min L/phút=L/min'
  )
    .split(' ')
    .map((pair) => {
      const at = pair.indexOf('=', 1);
      return [spelling(pair.slice(0, at)), pair.slice(at + 1)];
    }),
);

/** The UCUM code of a unit as written, undefined when it is none we know. Case matters only where meaning does. */
export const ucumOf = (unit: string): string | undefined => {
  const key = spelling(unit);
  return Object.hasOwn(ucum, key) ? ucum[key] : undefined;
};

/** One spelling: both micro signs alike, no spaces, litre in either case, powers written with ^. */
function spelling(unit: string): string {
  return unit
    .normalize('NFC')
    .replace(/\s+/g, '')
    .replaceAll('μ', 'µ')
    .replace(/×|x(?=10)/g, '')
    .replace(/⁹/g, '^9')
    .replace(/¹²/g, '^12')
    .replace(/\/l$/, '/L')
    .replace(/\/(d|m|µ)l$/, '/$1L')
    .replace(/(^m)l(?=\/|$)/, '$1L');
}
