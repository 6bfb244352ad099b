/**
 * The record layout of the two rings on the TypeScript side. `native/loop/records.h` declares it for C++; a test compares the two through
 * `binding.layout`. Offsets are in Int32 units of one SharedArrayBuffer for each ring, unless stated otherwise.
 *
 *   | header: HEADER_INTS | record 0 | record 1 | ... | record capacity-1 |
 *
 * HEAD and TAIL count records without end, modulo 2^32; a record's place is `counter & (capacity - 1)`. The consumer writes HEAD, the
 * producer writes TAIL; both run in one thread, so plain loads and stores suffice. The comment of Channel names both.
 */

/** Header fields, the same in both rings. */
export const Header = {
  /** Next record to consume. Written by the consumer only. */
  HEAD: 0,
  /** Next record to fill. Written by the producer only. */
  TAIL: 1,
  /** Completions only: records waiting in the overflow list. Written by C++ only. */
  OVERFLOW: 2,
  INTS: 8,
} as const;

/** One completion: C++ fills it during the poll phase, TypeScript handles it after the poll. */
export const Completion = {
  SLOT: 0,
  /** The slot's generation when the record was made; a record of a closed owner is stale and ignored. */
  GENERATION: 1,
  OP: 2,
  /** 0, or a negative libuv error code. DATA: the id of the arena that holds the bytes. */
  STATUS: 3,
  /**
   * DATA: byte offset in the arena. ACCEPT: the new connection's slot. WRITTEN: bytes still queued. RETIRED: arena id. POLL: the ready
   * events. EXIT: exit code.
   */
  OFFSET: 4,
  /** DATA: byte length. ACCEPT: the new connection's generation. EXIT: the signal that ended the process, or 0. */
  LENGTH: 5,
  INTS: 6,
} as const;

/** The kinds of completions. */
export const Op = {
  /** Bytes, or one datagram after its sender's packed address, were received into an arena. */
  DATA: 1,
  /** The peer has ended its sending side. For the writing end of a pipe: the reading end was closed. */
  EOF: 2,
  /** Reading failed with STATUS. Ends a stream's reading, but not a datagram socket's. */
  READ_ERROR: 3,
  /** A listener has a new connection (STATUS 0), or could not accept one (STATUS < 0, no slot). */
  ACCEPT: 4,
  /** An outgoing connection is established, or failed with STATUS. */
  CONNECT: 5,
  /** A queued write has left (STATUS 0), or a write failed (STATUS < 0: a stream's first write error). OFFSET: bytes still queued. */
  WRITTEN: 6,
  /** The sending side was shut down after the queue had drained. */
  SHUTDOWN: 7,
  /** A lasting arena is full, and no later record refers to it (SLOT -1, its id in OFFSET): drop it and provide another. */
  RETIRED: 8,
  /** A descriptor is ready, or can no longer be watched (STATUS < 0). OFFSET: PollEvents. */
  POLL: 9,
  /** A process has exited. OFFSET: its exit code. LENGTH: the signal that ended it, or 0. */
  EXIT: 10,
} as const;

/** One submission: TypeScript appends it in `transport.write` or `sendto`, C++ sends it when the turn and its microtasks are over. */
export const Submission = {
  SLOT: 0,
  GENERATION: 1,
  /** Byte offset in the send arena. */
  OFFSET: 2,
  LENGTH: 3,
  INTS: 4,
} as const;

/** Which kind of arena a stream reads into, and so whether its bytes are lasting or transient. */
export const ReadMode = {
  /** Lasting bytes: each arena is filled once, and its memory is not reused while a Buffer of it is alive. */
  LASTING: 0,
  /** Transient bytes: one arena that is overwritten by the next poll. For receivers that copy during the call. */
  TRANSIENT: 1,
} as const;

/** The id that DATA records carry for the transient arena; lasting arenas have ids from 0. */
export const TRANSIENT_ARENA = -1;

/** The address of a UDP datagram, its sender or its destination, which precedes its bytes in the arenas. Offsets in bytes. */
export const PackedAddress = {
  /** 4, 6, or 0 for the address that the socket is connected to. */
  FAMILY: 0,
  /** Network byte order. */
  PORT: 2,
  /** IPv6: the interface of a link-local address. */
  SCOPE: 4,
  /** 4 or 16 bytes. */
  HOST: 8,
  BYTES: 24,
} as const;

/** The path of a Unix datagram's sender or destination, which precedes its bytes in the arenas. Offsets in bytes. */
export const PackedPath = {
  /** Bytes of the path; 0 for a sender that is not bound, or for the peer that the socket is connected to. */
  LENGTH: 0,
  PATH: 4,
  BYTES: 112,
} as const;

/** The descriptors of a child process that are not inherited. Numbers from 0 on are descriptors of this process. */
export const ChildStdio = {
  /** /dev/null for the standard streams; for the others no descriptor. */
  NOTHING: -1,
  /** A pipe that the child reads from and this process writes to. */
  READS: -2,
  /** A pipe that the child writes to and this process reads from. */
  WRITES: -3,
  /** The same as the child's stdout; for stderr. */
  AS_STDOUT: -4,
} as const;
