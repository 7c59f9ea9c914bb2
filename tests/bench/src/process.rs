//! What a process has used, as Linux reports it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, bail};

/// Linux counts a process's time in ticks of 10 ms, on every architecture it runs on today.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used since its start.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Of all its threads, in the kernel and outside.
    pub cpu: Duration,
    /// The most memory it ever had resident.
    pub peak_bytes: u64,
}

impl Usage {
    /// Of the process with this id, now.
    pub fn of(pid: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).with_context(|| format!("{path} cannot be read: process times need Linux"))
        };
        let peak = field(&read("status")?, "VmHWM:").unwrap_or_default() * 1_024;
        Ok(Self { cpu: ticks(&read("stat")?)?.max(scheduled(pid)), peak_bytes: peak })
    }
}

/// User and system time: the 14th and 15th field, counted from after the command's name, which may hold anything.
fn ticks(stat: &str) -> Result<Duration> {
    let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat has another form than expected")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    match (times.next(), times.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(TICK * (user + system)),
        _ => bail!("/proc/…/stat has another form than expected"),
    }
}

/// To the nanosecond, but without the threads that have ended.
fn scheduled(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_thread = |path: std::path::PathBuf| -> Option<u64> {
        fs::read_to_string(path.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
    };
    Duration::from_nanos(threads.filter_map(|thread| of_thread(thread.path())).sum())
}

fn field(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commands_name_cannot_shift_the_fields() {
        let stat = "7 (a ) 1 b) S 1 7 7 0 -1 4194560 1 0 0 0 150 25 0 0 20 0 1 0 99 0 0";
        assert_eq!(ticks(stat).unwrap(), Duration::from_millis(1_750));
    }

    #[test]
    fn this_process_has_used_memory() {
        assert!(Usage::of(std::process::id()).unwrap().peak_bytes > 1 << 20);
    }
}
