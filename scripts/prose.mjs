// Checks the English of comments, messages and Markdown against the section "English" of CONTRIBUTING.md. `npm run lint` runs it.
// It finds wordings that are nearly always wrong, with few false hits; the other rules are up to the reviewer.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The files to check. Strings of tests are not, because they include recorded answers. */
const CHECKED = [
  { in: "src", files: /\.ts$/, strings: true },
  { in: "native", files: /\.(h|cc)$/, strings: true },
  { in: "scripts", files: /\.mjs$/, strings: true },
  { in: "bench", files: /\.(ts|mjs|c|md)$/, strings: true },
  { in: "examples", files: /\.(ts|md)$/, strings: true },
  { in: "test", files: /\.(ts|mjs|h|cc)$/, strings: false },
  { in: "docs", files: /\.md$/, strings: true },
  { in: ".", files: /^(README|CONTRIBUTING)\.md$/, strings: true },
];

const PARTICIPLE = /(?:yet|been|begun|begin|had|come|gone|become|run|read|sent|set|put|left|met|won|got|\w+(?:ed|en|wn|lt|pt|nt|ought))\b/;

/** Rules by their number in CONTRIBUTING.md. */
const RULES = [
  { rule: 1, is: "no clause as subject", words: /(?:^|\. )(?:What|Whatever|Who)\b(?![^.]*\?)/g },
  { rule: 1, is: "no clause as subject", words: /\b(?:whom|whoever)\b/gi },
  { rule: 2, is: "negate the verb", words: /\bneeds? not\b/gi },
  { rule: 2, is: "negate the verb", words: RegExp(`\\b(?:has|have|had) not\\b(?! (?:\\w+ly |all )?${PARTICIPLE.source})`, "gi") },
  { rule: 2, is: "negate the verb", words: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|other\b|need\b|sooner\b)/gi },
  { rule: 3, is: "objects are not people", words: /\b(?:nobody|somebody|anybody|told)\b(?! apart\b)/gi },
  { rule: 3, is: "objects are not people", words: /(?<!\b(?:users?|people|readers|maintainers) )\bwho\b(?![^.]*\?)/gi },
  {
    rule: 4,
    is: "the owner comes first",
    words: /\bof (?:ours|theirs|yours|somebody's|(?:Node|undici|uvio|libuv|asyncio|Python)'s(?= ?[.,;:)]|$))/gi,
  },
  { rule: 6, is: "a comment stands alone", words: /^(?:The same|As above|As below|Likewise|Here too)\b(?! as\b)[^.]{0,20}\.?$/gi },
  { rule: 6, is: "a comment stands alone", words: /^Of (?!course\b)/g },
  { rule: 8, is: "a plain word", words: /\b(?:all the same|by turns|anew|meanwhile|from which on|as far as|lets? go)\b/gi },
];

/** The findings in one file's text: `{ line, words, rule, is }`. */
export function checkProse(file, text, strings = true) {
  const blocks = file.endsWith(".md") ? markdown(text) : /\.(ts|mjs)$/.test(file) ? scriptBlocks(text, strings) : cBlocks(text, strings);
  const found = [];
  for (const { start, prose } of blocks) {
    for (const { rule, is, words } of RULES) {
      for (const match of prose.text.matchAll(words)) {
        const at = start + prose.at[match.index + match[0].search(/\w/)];
        found.push({ line: text.slice(0, at).split("\n").length, words: match[0].replace(/^\. /, "").trim(), rule, is });
      }
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Every finding in the repository, with its file. */
export function checkRepository() {
  const found = [];
  for (const { in: folder, files, strings } of CHECKED) {
    for (const name of readdirSync(path.join(root, folder), { recursive: folder !== "." })) {
      const file = path.posix.join(folder, name.split(path.sep).join("/"));
      if (!files.test(name)) continue;
      for (const one of checkProse(file, readFileSync(path.join(root, file), "utf8"), strings)) found.push({ file, ...one });
    }
  }
  return found;
}

/** The words of a comment, string or paragraph on one line, with the offset of each character. Code between backticks is blank. */
function proseOf(source) {
  const blanked = source
    .replace(/`[^`\n]*`/g, (code) => "`".repeat(code.length))
    .replace(/^[ \t]*(?:\/\*+|\*(?!\/)|\/\/+|[-*] |> )?|\*+\/\s*$/gm, (mark) => " ".repeat(mark.length));
  let text = "";
  const at = [];
  for (const [index, char] of [...blanked.split("")].entries()) {
    const space = /\s/.test(char);
    if (space && (text === "" || text.endsWith(" "))) continue;
    text += space ? " " : char;
    at.push(index);
  }
  return { text: text.trimEnd(), at };
}

/** Comments, with adjoining `//` lines as one, and strings that hold more than one word. */
function* blocksOf(text, tokens) {
  let pending = null;
  for (const { comment, start, end } of tokens) {
    const line = comment && text.startsWith("//", start);
    if (pending !== null && line && /^[ \t]*\n?[ \t]*$/.test(text.slice(pending.end, start))) {
      pending.end = end;
      continue;
    }
    if (pending !== null) yield block(text, pending.start, pending.end);
    pending = line ? { start, end } : null;
    if (!line && (comment || text.slice(start, end).includes(" "))) yield block(text, comment ? start : start + 1, comment ? end : end - 1);
  }
  if (pending !== null) yield block(text, pending.start, pending.end);
}

function block(text, start, end) {
  return { start, prose: proseOf(text.slice(start, end)) };
}

function scriptBlocks(text, strings) {
  return blocksOf(text, scriptTokens(text, strings));
}

/** Comments and strings of TypeScript. The scanner cannot determine where a regular expression or the rest of a template begins. */
function* scriptTokens(text, strings) {
  const { SyntaxKind: Kind } = ts;
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  const isString = new Set([
    Kind.StringLiteral,
    Kind.NoSubstitutionTemplateLiteral,
    Kind.TemplateHead,
    Kind.TemplateMiddle,
    Kind.TemplateTail,
  ]);
  const isValue = new Set([Kind.Identifier, Kind.NumericLiteral, Kind.CloseParenToken, Kind.CloseBracketToken, Kind.CloseBraceToken]);
  const braces = [];
  let before = Kind.Unknown;
  for (let kind = scanner.scan(); kind !== Kind.EndOfFileToken; kind = scanner.scan()) {
    if ((kind === Kind.SlashToken || kind === Kind.SlashEqualsToken) && !isValue.has(before)) kind = scanner.reScanSlashToken();
    if (kind === Kind.CloseBraceToken && braces.pop() === "template") kind = scanner.reScanTemplateToken(false);
    if (kind === Kind.OpenBraceToken) braces.push("block");
    if (kind === Kind.TemplateHead || kind === Kind.TemplateMiddle) braces.push("template");
    const comment = kind === Kind.SingleLineCommentTrivia || kind === Kind.MultiLineCommentTrivia;
    if (comment || (strings && isString.has(kind))) yield { comment, start: scanner.getTokenStart(), end: scanner.getTokenEnd() };
    if (kind > Kind.LastTriviaToken) before = kind;
  }
}

function* cBlocks(text, strings) {
  yield* blocksOf(text, cTokens(text, strings));
}

/** Comments and strings of C++. native/ has no raw strings. */
function* cTokens(text, strings) {
  for (const match of text.matchAll(/\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'/g)) {
    const comment = match[0].startsWith("/");
    if (comment || strings) yield { comment, start: match.index, end: match.index + match[0].length };
  }
}

/** Paragraphs, list items and table rows outside fenced code. */
function* markdown(text) {
  const prose = text.replace(/^```[^]*?^```/gm, (code) => code.replace(/[^\n]/g, " "));
  for (const match of prose.matchAll(/(?:^(?!\s*$|\|).*\n?(?:(?!\s*(?:$|[-*#|>] |\d+\. )).+\n?)*|^\|.*$)/gm)) {
    if (match[0].trim() !== "") yield { start: match.index, prose: proseOf(match[0]) };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = checkRepository();
  for (const { file, line, words, rule, is } of found) console.error(`${file}:${line}: "${words}" (rule ${rule}: ${is})`);
  if (found.length > 0) console.error(`${found.length} wordings to change; CONTRIBUTING.md has the rules, under "English"`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
