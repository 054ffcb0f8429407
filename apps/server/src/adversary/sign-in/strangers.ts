import { signInWithPassword } from '@yba/access/testing';
import { signInTokens } from '../../testing/sign-in.ts';
import { PASSWORD, VICTIM } from '../world.ts';
import { DOCTOR, OFFLINE, tokenRequest, type SignInAttempt } from './attempt.ts';

/** What is tried by whoever has nothing. */
export const BY_STRANGERS: readonly SignInAttempt[] = [
  {
    attacker: 'unauthenticated',
    goal: 'to register a client, or end the sessions of others',
    async attack(world) {
      const faults: string[] = [];
      for (const path of [
        '/oauth/reg',
        '/oauth/register',
        '/reg',
        '/oauth/request',
        '/oauth/introspect',
        '/oauth/device/auth',
      ]) {
        const answer = await fetch(`${world.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ redirect_uris: ['https://evil.example/cb'] }),
        });
        await answer.arrayBuffer();
        if (answer.status < 400 || answer.status >= 500) faults.push(`${path}: ${answer.status}`);
      }
      const { refresh_token } = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', OFFLINE);
      const revoke = (client_id: string) =>
        fetch(`${world.url}/oauth/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ token: refresh_token, client_id }),
        });
      await (await revoke('yba-book')).arrayBuffer();
      const still = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token,
      });
      return [...faults, ...(still.status === 200 ? [] : ["another client ended the doctor's session"])];
    },
  },
  {
    attacker: 'guesser of passwords',
    goal: 'to try until it fits',
    async attack(world) {
      const username = 'guessed.01901';
      await world.server.platform.access.createAccount({
        username,
        password: PASSWORD,
        role: 'doctor',
        name: 'Guessed',
        ...VICTIM,
      });
      for (let n = 0; n < 10; n++)
        await signInWithPassword(world.url, { username, password: `sai mat khau ${n}` });
      const right = await signInWithPassword(world.url, { username, password: PASSWORD });
      return right.code ? ['the right password was taken after ten wrong ones'] : [];
    },
  },
];
