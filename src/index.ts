/** The entry point `uvio`: asyncio for Node.js. Re-exports only, grouped by topic; no file in src/ may import this one. */

// Running
export { run, Runner, type RunnerOptions } from "./runners/runner.js";
export {
  AbstractEventLoopPolicy,
  DefaultEventLoopPolicy,
  getEventLoop,
  getEventLoopPolicy,
  getRunningLoop,
  newEventLoop,
  setEventLoop,
  setEventLoopPolicy,
} from "./runners/event-loop-policy.js";
export { AbstractEventLoop } from "./loop/abstract-event-loop.js";
export { BaseEventLoop } from "./loop/base-event-loop.js";
export { NodeEventLoop } from "./portable-loop/node-event-loop.js";
export { Handle, TimerHandle } from "./core/handles.js";

// Coroutines, futures, tasks
export { Awaitable, isAwaitable } from "./tasks/awaitable.js";
export { coroutine, Coroutine, isCoroutine, isCoroutineFunction, type CoroutineGenerator } from "./tasks/coroutine.js";
export { asyncGenerator, AsyncGeneratorObject, type Emit } from "./syntax/async-generator.js";
export { asyncFor, BREAK } from "./syntax/async-for.js";
export { toList, toMap, toSet, type Filtering, type Mapping } from "./syntax/comprehensions.js";
export { Future, isFuture } from "./tasks/future.js";
export {
  allTasks,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  Task,
  type TaskFactory,
  type TaskSource,
} from "./tasks/task.js";
export type { StackEntry } from "./tasks/call-stack.js";
export { reportUnretrievedAfter } from "./tasks/unretrieved-exceptions.js";
export { runCoroutineThreadsafe } from "./combinators/run-coroutine-threadsafe.js";
export {
  captureCallGraph,
  formatCallGraph,
  futureAddToAwaitedBy,
  futureDiscardFromAwaitedBy,
  printCallGraph,
  type CallGraphOptions,
  type FutureCallGraph,
} from "./combinators/call-graph.js";
export { once } from "./sync/emitter-once.js";
export { ensureFuture, wrapFuture, type AwaitableSource } from "./combinators/ensure-future.js";
export { gather, type GatherOptions } from "./combinators/gather.js";
export { shield } from "./combinators/shield.js";
export { sleep } from "./combinators/sleep.js";
export { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, wait, type WaitOptions } from "./combinators/wait.js";
export { asCompleted } from "./combinators/as-completed.js";
export { TaskGroup } from "./combinators/task-group.js";
export { timeout, Timeout, timeoutAt } from "./combinators/timeout.js";
export { waitFor } from "./combinators/wait-for.js";

// Threads and processes; uvio/concurrent has the executors
export { exported, type Work } from "./executors/exported.js";
export { transfer } from "./executors/transfer.js";
export { RemoteLoop } from "./loop/remote-loop.js";
export { toThread } from "./loop/to-thread.js";
export { LoopThread, type LoopThreadOptions } from "./runners/loop-thread.js";
export { serveWorkers, WorkerServer, type ServeWorkersOptions } from "./runners/serve-workers.js";

// Context managers
export { asyncWith, withManager, type AsyncManager, type Manager, type Outcome } from "./syntax/async-with.js";

// Locks and queues
export { Barrier } from "./sync/barrier.js";
export { Condition } from "./sync/condition.js";
export { Event } from "./sync/event.js";
export { Lock } from "./sync/lock.js";
export { LifoQueue, Queue } from "./sync/queue.js";
export { PriorityQueue, type Compare } from "./sync/priority-queue.js";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.js";

// Context variables
export { Context, ContextVar, copyContext, Token } from "./core/contextvars.js";

// Transports and protocols
export {
  BaseTransport,
  DatagramTransport,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteTransport,
} from "./transports/transports.js";
export { BaseProtocol, BufferedProtocol, DatagramProtocol, Protocol, SubprocessProtocol } from "./transports/protocols.js";
export { AbstractServer } from "./transports/abstract-server.js";
export { Server } from "./loop/server.js";
export { fromDuplex } from "./node-net/from-duplex.js";
export type { ConnectionLostMessage, ConnectionMessage, ServerMessage } from "./transports/diagnostics.js";
export { toDuplex, TransportDuplex } from "./transports/to-duplex.js";

// Sockets
export { Socket } from "./native-loop/sockets/socket.js";
export {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "./core/address-info.js";

// Streams
export { StreamReader } from "./streams/reader.js";
export { StreamWriter } from "./streams/writer.js";
export { StreamReaderProtocol, type ClientConnected } from "./streams/protocol.js";
export { openConnection, openDuplex, openUnixConnection, startServer, startUnixServer, type StreamOptions } from "./streams/connect.js";

// Subprocesses
export { subprocess } from "./subprocess/stdio.js";
export { createSubprocessExec, createSubprocessShell, type ProcessOptions } from "./subprocess/create.js";
export { Process, type WaitOptions as ProcessWaitOptions } from "./subprocess/process.js";
export { runProcess, type CompletedProcess, type RunProcessOptions } from "./subprocess/run.js";

// Errors
export { ExceptionGroup } from "./core/exception-group.js";
export {
  BrokenBarrierError,
  CalledProcessError,
  CancelledError,
  GeneratorExit,
  IncompleteReadError,
  InvalidStateError,
  isCancelled,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  NativeLoopUnavailableError,
  NotImplementedError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  SendfileNotAvailableError,
  StopAsyncIteration,
  TimeoutError,
  ValueError,
} from "./core/errors.js";

export type {
  Address,
  AddressInfoOptions,
  AddressLike,
  BorrowingProtocol,
  ClientTls,
  ConnectionOptions,
  DatagramOptions,
  Descriptor,
  EventLoop,
  ExceptionContext,
  ExceptionHandler,
  ExtraInfo,
  FileDescriptor,
  FileSource,
  LookupOptions,
  NameInfoOptions,
  ProtocolFactory,
  ServerOptions,
  SendfileOptions,
  ServingOptions,
  ShutdownOptions,
  ServerSocket,
  ServerTls,
  SocketFamily,
  SocketObject,
  SocketSource,
  SocketType,
  StartTlsOptions,
  Stdio,
  SubprocessOptions,
  Suspension,
  TaskOptions,
  TransportSocket,
  UnixDatagramOptions,
  UnixConnectionOptions,
  UnixPath,
  UnixServerOptions,
} from "./core/contracts.js";
