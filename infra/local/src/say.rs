//! What the process reports to the person in front of it: on standard error, as standard output carries the ready line alone.

use std::io::{self, Write as _};

/// Prints a line of progress or demonstration. A closed terminal is no reason to stop.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints the one line that programs read.
pub fn print(line: &str) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
