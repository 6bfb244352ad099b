/**
 * The record layout of the two rings, as TypeScript sees it. `native/loop/records.h` is the other side; a test compares the two
 * through `binding.layout`. All numbers are counted in Int32 units of one SharedArrayBuffer per ring.
 *
 *   | header: HEADER_INTS | record 0 | record 1 | ... | record capacity-1 |
 *
 * `head` and `tail` count records for ever (modulo 2^32); the record's place is `counter & (capacity - 1)`. The consumer owns
 * `head`, the producer owns `tail`; both live in one thread, so plain loads and stores suffice.
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
  /** 0, or a negative libuv error code; for DATA the id of the arena that holds the bytes. */
  STATUS: 3,
  /** DATA: byte offset in the arena. ACCEPT: the new connection's slot. WRITTEN: bytes still queued. RETIRED: arena id. */
  OFFSET: 4,
  /** DATA: byte length. ACCEPT: the new connection's generation. */
  LENGTH: 5,
  INTS: 6,
} as const;

export const Op = {
  /** Bytes were received into an arena. */
  DATA: 1,
  /** The peer has sent all it will send. */
  EOF: 2,
  /** Reading failed with STATUS. */
  READ_ERROR: 3,
  /** A listener has a new connection (STATUS 0), or could not accept one (STATUS < 0, no slot). */
  ACCEPT: 4,
  /** An outgoing connection is established, or failed with STATUS. */
  CONNECT: 5,
  /** A queued write has left (STATUS 0) or failed (STATUS < 0: the connection's first write error). OFFSET: bytes still queued. */
  WRITTEN: 6,
  /** The sending side was shut down after the queue had drained. */
  SHUTDOWN: 7,
  /** SLOT -1: no further record refers to the arena with the id in OFFSET; drop it and provide another. */
  RETIRED: 8,
  /** A descriptor is ready; OFFSET: for what, as PollEvents. */
  POLL: 9,
  /** A process has exited. OFFSET: its exit code. LENGTH: the signal that ended it, or 0. */
  EXIT: 10,
} as const;

/** One submission: TypeScript appends it in `transport.write`, C++ sends it when the tick is over. */
export const Submission = {
  SLOT: 0,
  GENERATION: 1,
  /** Byte offset in the send arena. */
  OFFSET: 2,
  LENGTH: 3,
  INTS: 4,
} as const;

/** Which arena a stream reads into: whether its bytes are lasting or transient. */
export const ReadMode = {
  /** Arenas that are not reused while a Buffer of them is alive: what `dataReceived` hands out may be kept for ever. */
  LASTING: 0,
  /** The one arena that every turn reuses: for receivers that copy during the call. */
  TRANSIENT: 1,
} as const;

/** The id that DATA records carry for the transient arena; lasting arenas have ids from 0. */
export const TRANSIENT_ARENA = -1;

/** A datagram's address, in the arenas right before its bytes: whom it came from, or where it goes. Places in bytes. */
export const PackedAddress = {
  /** 4, 6, or 0 for none: where the socket is connected to. */
  FAMILY: 0,
  /** Network byte order. */
  PORT: 2,
  /** IPv6: the interface of a link-local address. */
  SCOPE: 4,
  /** 4 or 16 bytes. */
  HOST: 8,
  BYTES: 24,
} as const;

/** The same of Unix sockets: a path. */
export const PackedPath = {
  /** Bytes of the path; 0 for none. */
  LENGTH: 0,
  PATH: 4,
  BYTES: 112,
} as const;

/** What a child process gets as a descriptor, where it is none of ours. */
export const ChildStdio = {
  /** /dev/null for the first three. */
  NOTHING: -1,
  /** A pipe that the child reads and we write to. */
  READS: -2,
  /** A pipe that the child writes to and we read. */
  WRITES: -3,
  AS_STDOUT: -4,
} as const;
