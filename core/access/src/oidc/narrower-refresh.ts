import {
  Provider as OpenidProvider,
  type Grant,
  type KoaContext,
  type Provider,
  type Token,
} from 'oidc-provider';
import { covered } from './scopes.ts';

/**
 * Lets a refresh ask for less than was granted by scopes that were not granted word for word: of `user/*.rs` for
 * `user/Observation.r`. The library compares scopes as words. The refresh token keeps what it had.
 * Sources: https://www.rfc-editor.org/rfc/rfc6749#section-6, https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#request-4
 */
export function narrowOnRefresh(provider: Provider): void {
  const asked = () => {
    const { params } = (OpenidProvider.ctx as KoaContext | undefined)?.oidc ?? {};
    return params?.grant_type === 'refresh_token' ? (params.scope?.split(' ') ?? []) : [];
  };
  Object.defineProperty(provider.RefreshToken.prototype, 'scopes', {
    get(this: Token) {
      const own = this.scope?.split(' ') ?? [];
      return new Set([...own, ...covered(own, asked())]);
    },
  });
  const literally = provider.Grant.prototype.getResourceScopeFiltered;
  provider.Grant.prototype.getResourceScopeFiltered = function (this: Grant, resource, scopes) {
    const wanted = asked();
    if (wanted.length === 0) return literally.call(this, resource, scopes);
    const granted = this.getResourceScope(resource).split(' ');
    return covered(
      granted,
      [...scopes].filter((scope) => wanted.includes(scope)),
    ).join(' ');
  };
}
