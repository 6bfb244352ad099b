// A generator that yields once is a context manager: the code before the `yield` enters, the code after it exits.
import * as asyncio from "uvio";
import { contextManager } from "uvio/contextlib";

const webPage = contextManager(function* (url: string) {
  console.log("downloads", url);
  try {
    yield `<h1>${url}</h1>`;
  } finally {
    console.log("updates the statistics of", url);
  }
});

asyncio.withManager(webPage("example.com"), (page) => console.log("processes", page));

// prints:
//   downloads example.com
//   processes <h1>example.com</h1>
//   updates the statistics of example.com
