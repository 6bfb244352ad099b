/** loop.createConnection: resolves the host and tries its addresses, in turn or by Happy Eyeballs. */
import { constants } from "node:os";
import type { AddressInfoOptions, ConnectionOptions, ProtocolFactory } from "../core/contracts.js";
import { ExceptionGroup } from "../core/exception-group.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { type PendingConnection, attachProtocol } from "../transports/attach-protocol.js";
import { resolveHost, type HostAddress } from "./host-addresses.js";
import { checkEndpoint, checkAddressLike, checkLookup, checkBooleans } from "./argument-checks.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { StreamBackend } from "./stream-backend.js";
import { inTurn, staggeredRace } from "./happy-eyeballs.js";
import { isSystemError } from "../core/errors.js";
import type { Given } from "../util/options.js";

export const createConnection = coroutine(function* createConnection(
  loop: HandleOwner,
  streams: StreamBackend,
  factory: ProtocolFactory,
  host: string,
  port: number,
  options: Given<ConnectionOptions>,
) {
  const { family, proto, flags, localAddr, happyEyeballsDelay = null, allErrors = false } = options;
  const hints: Given<AddressInfoOptions> = { family, type: "stream", proto, flags };
  const found = yield* resolveHost(host, hints);
  const locals = localAddr === undefined ? null : yield* resolveHost(localAddr.address, hints);
  const addresses = interleaved(found, options.interleave ?? (happyEyeballsDelay === null ? 0 : 1));
  const attempts = addresses.map((address) => () => connectFrom(loop, streams, address, port, options, locals));
  const race =
    happyEyeballsDelay === null
      ? yield* inTurn<PendingConnection>(attempts, isSystemError)
      : yield* staggeredRace<PendingConnection>(loop, attempts, happyEyeballsDelay, isSystemError, (connected) => connected.close());
  if (race.won) return yield* attachProtocol(loop, race.result, factory);
  throw connectionError(race.errors as Error[], `${host}:${port}`, allErrors);
});

/** Connects to one address. Tries the local addresses of its family in order, and skips those that are not available. */
const connectFrom = coroutine(function* connectFrom(
  loop: HandleOwner,
  streams: StreamBackend,
  address: HostAddress,
  port: number,
  options: Given<ConnectionOptions>,
  locals: readonly HostAddress[] | null,
) {
  if (locals === null) return yield* streams.connectTcp(loop, address, port, options);
  const matching = locals.filter((local) => local.family === address.family);
  for (const [i, local] of matching.entries()) {
    try {
      return yield* streams.connectTcp(loop, address, port, { ...options, localAddr: { ...options.localAddr, address: local.address } });
    } catch (error) {
      const isUnavailable = isSystemError(error) && (error.code === "EADDRNOTAVAIL" || error.code === "EADDRINUSE");
      if (!isUnavailable || i === matching.length - 1) throw error;
    }
  }
  throw noLocalAddress(address, port);
});

function noLocalAddress({ address, family }: HostAddress, port: number): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`connect EADDRNOTAVAIL ${address}:${port}: localAddr has no IPv${family} address`);
  return Object.assign(error, { code: "EADDRNOTAVAIL", errno: -constants.errno.EADDRNOTAVAIL, syscall: "connect", address, port });
}

/** Orders addresses for RFC 8305: the first `count` of the first family, then the families alternate. With 0 the order stays. */
function interleaved(addresses: readonly HostAddress[], count: number): readonly HostAddress[] {
  if (count === 0 || addresses.length === 0) return addresses;
  const first = addresses.filter(({ family }) => family === addresses[0]!.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]!.family);
  const result = first.splice(0, count - 1);
  while (first.length > 0 || second.length > 0) result.push(...first.splice(0, 1), ...second.splice(0, 1));
  return result;
}

/** Combines the errors of all addresses by asyncio's rules: all of them in a group, the only one, or one error that lists them. */
function connectionError(errors: readonly Error[], where: string, allErrors: boolean): Error {
  if (allErrors) return new ExceptionGroup("createConnection failed", errors);
  if (errors.every((error) => String(error) === String(errors[0]))) return errors[0]!;
  return new AggregateError(errors, `connecting to ${where} failed at each of its addresses: ${errors.map(String).join("; ")}`);
}

/** Throws TypeError or RangeError for invalid arguments of createConnection. */
export function checkConnectionArguments(host: unknown, port: unknown, options: Given<ConnectionOptions>): void {
  if (typeof host !== "string") throw new TypeError(`host must be a string, got ${describe(host)}`);
  checkEndpoint(host, port);
  checkLookup(options);
  const { localAddr, happyEyeballsDelay: delay, interleave, allErrors } = options;
  if (localAddr !== undefined) checkAddressLike("localAddr", localAddr, { anyPort: true });
  checkBooleans({ allErrors });
  if (delay !== undefined && delay !== null && !(typeof delay === "number" && delay >= 0)) {
    throw new TypeError(`happyEyeballsDelay must be a number of seconds, 0 or more, got ${describe(delay)}`);
  }
  if (interleave !== undefined && !(Number.isInteger(interleave) && interleave >= 0)) {
    throw new TypeError(`interleave must be an integer of 0 or more, got ${describe(interleave)}`);
  }
}
