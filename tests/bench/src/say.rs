//! Results go to standard output, progress to standard error.

use std::io::{self, Write as _};

/// A line of progress. A closed terminal is no reason to stop.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The results.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush())
}
