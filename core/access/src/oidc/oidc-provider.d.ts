/** The part of oidc-provider 9 that this platform uses; the package ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** Storage of one model's artifacts. Source: oidc-provider 9, lib/adapters/memory_adapter.js */
  export interface Adapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void>;
    find(id: string): Promise<Record<string, unknown> | undefined>;
    findByUid(uid: string): Promise<Record<string, unknown> | undefined>;
    findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    clientId: string;
    clientName?: string;
    clientSecret?: string;
    redirectUris: string[];
    grantTypeAllowed(type: string): boolean;
    [extra: string]: unknown;
  }

  export interface Session {
    uid: string;
    accountId?: string;
    authorizations?: Record<string, { grantId?: string; sid?: string }>;
    state?: { postLogoutRedirectUri?: string; state?: string; [key: string]: unknown };
    destroyed?: boolean;
    destroy(): Promise<void>;
    grantIdFor(clientId: string): string | undefined;
  }

  export interface Interaction {
    uid: string;
    exp: number;
    returnTo: string;
    prompt: { name: string; reasons: string[]; details: Record<string, unknown> };
    params: Record<string, string | undefined>;
    session?: { uid?: string; accountId?: string };
    save(ttlSeconds: number): Promise<unknown>;
  }

  export interface Grant {
    accountId: string;
    addOIDCScope(scope: string): void;
    rejectOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    rejectResourceScope(resource: string, scope: string): void;
    getResourceScope(resource: string): string;
    getResourceScopeFiltered(resource: string, scopes: Iterable<string>): string;
    save(ttlSeconds?: number): Promise<string>;
  }

  /** A token about to be issued. */
  export interface Token {
    kind: string;
    accountId?: string;
    /** The uid of the OpenID session it was issued in. */
    sessionUid?: string;
    clientId?: string;
    client?: Client;
    scope?: string;
    extra?: Record<string, unknown>;
  }

  export interface OidcContext {
    route: string;
    params: Record<string, string | undefined>;
    client: Client;
    session: Session;
    result?: LoginResult;
    entities: Record<
      string,
      | { scope?: string; accountId?: string; extra?: Record<string, unknown>; payload?: { sub?: string } }
      | undefined
    >;
    requestParamScopes: Set<string>;
    provider: Provider;
  }

  export interface KoaContext {
    oidc: OidcContext;
    req: IncomingMessage;
    res: ServerResponse;
    method: string;
    path: string;
    status: number;
    type: string;
    body: unknown;
    cookies: { set(name: string, value: string | null, options?: object): void };
    set(name: string, value: string): void;
    redirect(url: string): void;
  }

  export interface Account {
    accountId: string;
    claims(use: string, scope: string): Record<string, unknown> | Promise<Record<string, unknown>>;
  }

  export type LoginResult = {
    login?: { accountId: string; amr?: string[]; acr?: string; remember?: boolean };
    /** `agreed`: the scopes that a citizen has said yes to for an app; ours. */
    consent?: { grantId?: string; agreed?: readonly string[] };
    /** Whom an app is opened for, as picked; ours. */
    launch?: { patient: string; row: string; encounter?: string };
    /** Id of the sign-in session that begins; ours. */
    signInSession?: string;
    error?: string;
    error_description?: string;
  };

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    issuer: string;
    proxy: boolean;
    Client: {
      prototype: { compareClientSecret(actual: string): boolean | Promise<boolean> };
      find(id: string): Promise<Client | undefined>;
    };
    Grant: {
      new (properties: { accountId: string; clientId: string }): Grant;
      readonly prototype: Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    RefreshToken: { readonly prototype: Token; find(value: string): Promise<Token | undefined> };
    /** Of the request that is being answered. */
    static readonly ctx: KoaContext | undefined;
    Session: { findByUid(uid: string): Promise<Session | undefined> };
    Interaction: { find(uid: string): Promise<Interaction | undefined> };
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionResult(
      request: IncomingMessage,
      response: ServerResponse,
      result: LoginResult,
    ): Promise<string>;
    cookieName(type: 'session' | 'interaction' | 'resume'): string;
    use(middleware: (context: KoaContext, next: () => Promise<void>) => Promise<void>): this;
    on(event: 'server_error', listener: (context: KoaContext, error: Error) => void): this;
    on(event: 'grant.error', listener: (context: KoaContext, error: Error) => void): this;
    on(event: 'end_session.success', listener: (context: KoaContext) => void): this;
    on(event: 'grant.revoked', listener: (context: KoaContext, grantId: string) => void): this;
  }

  export class Check {
    constructor(
      reason: string,
      description: string,
      error: string,
      check: (context: KoaContext) => boolean | Promise<boolean>,
    );
    static readonly REQUEST_PROMPT: true;
    static readonly NO_NEED_TO_PROMPT: false;
  }

  export type Policy = Iterable<unknown> & {
    get(name: string): { checks: { add(check: Check): void } } | undefined;
    add(prompt: Prompt, index: number): void;
  };

  export class Prompt {
    constructor(info: { name: string; requestable: boolean }, ...checks: Check[]);
  }

  export const interactionPolicy: { base(): Policy; Check: typeof Check; Prompt: typeof Prompt };

  export const errors: {
    InvalidClientAuth: new (why: string) => Error;
    InvalidGrant: new (description: string) => Error;
    InvalidRequest: new (description: string) => Error;
    InvalidScope: new (description: string, scope?: string) => Error;
    InvalidTarget: new (description?: string) => Error;
    SessionNotFound: new (description?: string) => Error;
  };
}
