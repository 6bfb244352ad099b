/** The names of text encodings that Python's codecs have and the Encoding Standard does not. */

/** Encodings with a meaning of their own in Python: the Encoding Standard takes ascii and latin-1 for windows-1252. */
type PythonEncoding = "utf-8" | "utf-8-sig" | "ascii" | "latin-1" | "cp1252" | "utf-16" | "utf-16-le" | "utf-16-be";

/** By Python's aliases, in lower case and without "-", "_" and spaces. */
const ALIASES = new Map<string, PythonEncoding>([
  ["utf8", "utf-8"],
  ["u8", "utf-8"],
  ["utf", "utf-8"],
  ["cp65001", "utf-8"],
  ["utf8sig", "utf-8-sig"],
  ["ascii", "ascii"],
  ["usascii", "ascii"],
  ["646", "ascii"],
  ["iso646us", "ascii"],
  ["latin1", "latin-1"],
  ["latin", "latin-1"],
  ["l1", "latin-1"],
  ["8859", "latin-1"],
  ["cp819", "latin-1"],
  ["iso88591", "latin-1"],
  ["88591", "latin-1"],
  ["cp1252", "cp1252"],
  ["windows1252", "cp1252"],
  ["1252", "cp1252"],
  ["xcp1252", "cp1252"],
  ["utf16", "utf-16"],
  ["u16", "utf-16"],
  ["utf16le", "utf-16-le"],
  ["ucs2", "utf-16-le"],
  ["utf16be", "utf-16-be"],
]);

/** By the same form of the name: names of the Encoding Standard. */
const STANDARD = new Map([
  ["cp932", "shift_jis"],
  ["shiftjis", "shift_jis"],
  ["sjis", "shift_jis"],
  ["mskanji", "shift_jis"],
  ["eucjp", "euc-jp"],
  ["ujis", "euc-jp"],
  ["euckr", "euc-kr"],
  ["cp949", "euc-kr"],
  ["uhc", "euc-kr"],
  ["cp936", "gbk"],
  ["euccn", "gbk"],
  ["ms936", "gbk"],
  ["cp950", "big5"],
  ["big5hkscs", "big5"],
  ["iso2022jp", "iso-2022-jp"],
  ["koi8r", "koi8-r"],
  ["koi8u", "koi8-u"],
  ["cp874", "windows-874"],
  ["tis620", "windows-874"],
  ["macroman", "macintosh"],
  ["maccyrillic", "x-mac-cyrillic"],
]);

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, "");
}

/** Returns Python's name of the encoding if it is Unicode's or the beginning of it; else undefined. */
export function pythonEncoding(name: string): PythonEncoding | undefined {
  return ALIASES.get(plain(name));
}

/** Returns a label of the Encoding Standard for Python's name of another encoding, or the name itself. */
export function standardLabel(name: string): string {
  const text = plain(name);
  const [, windows] = /^(?:cp|windows)(125\d)$/.exec(text) ?? [];
  if (windows !== undefined) return `windows-${windows}`;
  const [, iso] = /^(?:iso)?8859(\d{1,2})$/.exec(text) ?? [];
  return iso === undefined ? (STANDARD.get(text) ?? name) : `iso-8859-${iso}`;
}
