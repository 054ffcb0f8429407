import { forgetLostSecrets, openSecrets, readPlan, rotateSecretKey } from '@yba/postgres';
import { issuersWithKeys, rotateProviderKeys } from '@yba/access';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase } from './open-database.ts';
import { readLine, type Line } from './options.ts';
import { number, say } from './words.ts';

/** `yba admin keys`: `rotate` makes new keys beside running servers; `forget` gives up what a lost key sealed. */
export async function runKeys(args: string[]): Promise<number> {
  const line = readLine(args, { yes: 'switch' });
  const [what] = line.named;
  if (what === 'rotate') return rotate(line);
  if (what === 'forget') return forget(line);
  throw new ConfigError('What? yba admin keys rotate, or yba admin keys forget --yes');
}

async function rotate(line: Line): Promise<number> {
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const secrets = await openSecrets(owner, line.secretKeyFile);
    const signing = await rotateProviderKeys(owner, secrets);
    for (const issuer of await issuersWithKeys(owner))
      if (issuer !== 'yba')
        say(
          `New signing key of the imitation of VNeID: ${await rotateProviderKeys(owner, secrets, undefined, issuer)}`,
        );
    const { keyId, count } = await rotateSecretKey(owner, line.secretKeyFile);
    say(
      `New signing key: ${signing}`,
      '  it signs from now on; the one before verifies until its tokens have ended, and both stand in /oauth/jwks',
      `New key for the secrets in the database: ${keyId}, in ${line.secretKeyFile}`,
      `  ${number(count)} secrets sealed with it anew; running servers take it up by themselves`,
      '  make a new copy of the file, and put it on every other machine that serves this database',
      ...(readPlan(line.dataDir)
        ? ['  the backup holds the key before: take a new one now (yba admin backup)']
        : []),
    );
    return 0;
  });
}

async function forget(line: Line): Promise<number> {
  if (!line.on['yes'])
    throw new ConfigError(
      'What a lost key sealed is dropped for good: everybody signs in anew, second factors are enrolled anew. If you mean it: yba admin keys forget --yes',
    );
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const count = await forgetLostSecrets(owner, line.secretKeyFile);
    say(
      count === 0
        ? `Nothing was dropped: ${line.secretKeyFile} opens every secret.`
        : `Dropped ${number(count)} secrets that no key in ${line.secretKeyFile} opens. New ones are made as they are needed.`,
    );
    return 0;
  });
}
