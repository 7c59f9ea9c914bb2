// Reports what JavaScript reads in JSON texts, and how it prints them.
//
// Input: per text its length in bytes as a decimal number, a line feed, the text. Output, one line per text: `invalid`
// where JSON.parse throws, else its traits (`-`, or some of `surrogate`, `range`, `unsafe`, separated by commas), a tab,
// and JSON.stringify(JSON.parse(text)), which never contains a line feed.
//
// The traits are found without a parser: in a valid text every string and number is a match of TOKEN.

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

function verdict(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return "invalid";
  }
  const traits = new Set((text.match(TOKEN) ?? []).map(trait).filter(Boolean));
  return `${[...traits].sort().join(",") || "-"}\t${JSON.stringify(value)}`;
}

function trait(token) {
  if (token.startsWith('"')) return JSON.parse(token).isWellFormed() ? undefined : "surrogate";
  if (!Number.isFinite(Number(token))) return "range";
  const isInteger = !/[.eE]/.test(token);
  return isInteger && BigInt(token) !== exactly(String(Number(token))) ? "unsafe" : undefined;
}

/** The integer that a printed number such as 1.5e+21 spells. */
function exactly(printed) {
  const [, digits, fraction = "", exponent = "0"] = printed.match(/^(-?\d+)(?:\.(\d+))?(?:e\+(\d+))?$/);
  return BigInt(digits + fraction) * 10n ** BigInt(Number(exponent) - fraction.length);
}

function* texts(input) {
  for (let start = 0; start < input.length; ) {
    const lineFeed = input.indexOf(0x0a, start);
    const end = lineFeed + 1 + Number(input.toString("latin1", start, lineFeed));
    yield input.toString("utf8", lineFeed + 1, end);
    start = end;
  }
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const verdicts = Array.from(texts(Buffer.concat(chunks)), verdict);
process.stdout.write(verdicts.map((line) => `${line}\n`).join(""));
