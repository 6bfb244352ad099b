// `wait` returns when the first of several tasks has finished; the others stay pending until they are cancelled.
import * as asyncio from "uvio";

async function mirror(name: string, seconds: number) {
  await asyncio.sleep(seconds);
  return name;
}

await asyncio.run(async () => {
  const tasks = [
    asyncio.createTask(() => mirror("slow", 3600)),
    asyncio.createTask(() => mirror("quick", 0.01)),
    asyncio.createTask(() => mirror("slower", 7200)),
  ];
  const [done, pending] = await asyncio.wait(tasks, { returnWhen: asyncio.FIRST_COMPLETED });
  for (const task of done) console.log("first:", task.result());
  for (const task of pending) task.cancel();
  await asyncio.wait(pending);
  console.log([...pending].map((task) => task.cancelled()));
});

// prints:
//   first: quick
//   [ true, true ]
