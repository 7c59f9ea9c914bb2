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
  return decimal(token) === decimal(String(Number(token))) ? undefined : "unsafe";
}

/** One spelling of a decimal value: an integer that does not end in 0, and the power of ten that it is multiplied by. */
function decimal(number) {
  const [, minus, integer, fraction = "", exponent = "0"] = number.match(/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i);
  const digits = (integer + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const zeros = digits.length - significant.length;
  return `${minus}${significant}e${BigInt(exponent.replace("+", "")) - BigInt(fraction.length) + BigInt(zeros)}`;
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
