import { createHash, randomBytes } from 'node:crypto';
import { signInWithPassword } from '@yba/access/testing';
import { signInTokens } from '../../testing/sign-in.ts';
import { PASSWORD, VICTIM } from '../world.ts';
import { DOCTOR, OFFLINE, refused, tokenRequest, aCode, type SignInAttempt } from './attempt.ts';

/** What is tried with refresh tokens and codes of others. */
export const WITH_STOLEN_TOKENS: readonly SignInAttempt[] = [
  {
    attacker: 'stolen refresh token',
    goal: 'new access after it was used by its owner',
    async attack(world) {
      const first = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', OFFLINE);
      const refresh = (token: string, client = 'yba-clinic') =>
        tokenRequest(world, { grant_type: 'refresh_token', client_id: client, refresh_token: token });
      const second = await refresh(first.refresh_token);
      const stolen = await refresh(first.refresh_token);
      const after = await refresh(second.tokens.refresh_token!);
      return [
        ...(second.status === 200 ? [] : ['the owner could not refresh']),
        ...refused('replayed', stolen),
        ...refused('the whole family ends', after),
      ];
    },
  },
  {
    attacker: 'stolen refresh token',
    goal: 'use at another client, or for more than was granted',
    async attack(world) {
      const { refresh_token } = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', {
        scope: 'openid offline_access user/Patient.rs',
      });
      const others = await Promise.all(
        ['yba-book', 'yba-command', 'unknown', "x' or true --"].map((client_id) =>
          tokenRequest(world, { grant_type: 'refresh_token', client_id, refresh_token }),
        ),
      );
      const wider = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token,
        scope: 'openid user/*.cruds',
      });
      return [
        ...others.flatMap((other) => refused('another client', other)),
        ...refused('more than was granted', wider),
      ];
    },
  },
  {
    attacker: 'resigned nurse',
    goal: 'new access with yesterday’s refresh token, or the old password',
    async attack(world) {
      const again = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token: world.nurse.refresh_token,
      });
      const { refused: answer } = await signInWithPassword(world.url, {
        username: `nurse.${VICTIM.facility}`,
        password: PASSWORD,
      });
      return [
        ...refused('refresh', again),
        ...(answer && answer.status < 500 ? [] : ['the password was taken']),
      ];
    },
  },
  {
    attacker: 'thief of a code',
    goal: 'tokens for a code that was used, or without its verifier',
    async attack(world) {
      const { code, verifier, redirectUri, client } = await aCode(world);
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: client };
      const wrong = [
        { ...form, code_verifier: randomBytes(32).toString('base64url') },
        form,
        { ...form, code_verifier: createHash('sha256').update(verifier).digest('base64url') },
        { ...form, code_verifier: verifier, client_id: 'yba-book' },
        { ...form, code_verifier: verifier, redirect_uri: `${world.url}/clinic/` },
      ];
      const faults: string[] = [];
      for (const one of wrong) faults.push(...refused('wrong', await tokenRequest(world, one)));
      const right = await aCode(world);
      const good = {
        grant_type: 'authorization_code',
        code: right.code,
        redirect_uri: right.redirectUri,
        client_id: right.client,
        code_verifier: right.verifier,
      };
      const first = await tokenRequest(world, good);
      return [
        ...faults,
        ...(first.status === 200 ? [] : ['the owner got no token']),
        ...refused('the same code again', await tokenRequest(world, good)),
      ];
    },
  },
  {
    attacker: 'thief of a code',
    goal: 'to keep the tokens once the code was used twice',
    async attack(world) {
      const { code, redirectUri, client, verifier } = await aCode(world);
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: client,
        code_verifier: verifier,
      };
      const { tokens } = await tokenRequest(world, form);
      const opens = async () =>
        (
          await fetch(`${world.url}/fhir/Organization?_count=1`, {
            headers: { authorization: `Bearer ${tokens.access_token}` },
          })
        ).status;
      const before = await opens();
      const again = await tokenRequest(world, form);
      let after = 200;
      // every process hears of it within a moment
      for (let tries = 0; tries < 200 && after === 200; tries++) {
        if (tries > 0) await new Promise((go) => setTimeout(go, 50));
        after = await opens();
      }
      return [
        ...(before === 200 ? [] : ['the owner’s token opened nothing']),
        ...refused('the same code again', again),
        ...(after === 401 ? [] : [`the token of a code used twice still opens: ${after}`]),
      ];
    },
  },
];
