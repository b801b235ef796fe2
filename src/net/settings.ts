// How to use the network: what a user may set, and what holds otherwise.
import { VERSION } from '../version.js';

/** Requests on their way on one connection at most. Whoever wants fewer asks for fewer. */
export const PIPELINE_REQUESTS = 8;

/** Settings of all transports. */
export interface NetSettings {
  /** Connections to one host at most. */
  readonly connections: number;
  /** Milliseconds to wait for a connection. */
  readonly connectTimeout: number;
  /** Milliseconds without a byte, or with next to none, after which a transfer counts as stalled. */
  readonly timeout: number;
  /** How often a server is asked again after temporary failures. */
  readonly retries: number;
  readonly userAgent: string;
  /** Bytes a second over everything; undefined for no limit. */
  readonly limitRate: number | undefined;
  /** Whether https may be redirected to plain http. */
  readonly insecureHttp: boolean;
  /** Proxy URLs, and the hosts that need none; by default what http_proxy, https_proxy and no_proxy say. */
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
}

export const NET_DEFAULTS: NetSettings = {
  connections: 4,
  connectTimeout: 15_000,
  timeout: 30_000,
  retries: 3,
  userAgent: `jigdo/${VERSION}`,
  limitRate: undefined,
  insecureHttp: false,
  httpProxy: undefined,
  httpsProxy: undefined,
  noProxy: undefined,
};
