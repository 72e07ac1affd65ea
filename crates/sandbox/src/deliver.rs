//! Delivers signals to process 1 of a step. The kernel drops what process 1 does not handle, where any other
//! process would end.

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// Has a process get a signal, or ends it when it neither handles nor ignores it; the signal in that case.
pub(crate) fn deliver(process: Pid, signal: u8) -> Result<Option<i32>, Errno> {
    let number = i32::from(signal);
    let Some(known) = Signal::from_named_raw(number) else { return Ok(None) };
    let status = fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).unwrap_or_default();
    if has(&status, "SigCgt:", signal) {
        return kill_process(process, known).map(|()| None);
    }
    if has(&status, "SigIgn:", signal) {
        return Ok(None);
    }
    kill_process(process, Signal::KILL).map(|()| Some(number))
}

/// Whether a signal is in one of the masks of `/proc/<pid>/status`.
fn has(status: &str, mask: &str, signal: u8) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix(mask));
    let bits = line.and_then(|text| u64::from_str_radix(text.trim(), 16).ok()).unwrap_or_default();
    signal > 0 && bits.checked_shr(u32::from(signal) - 1).unwrap_or_default() & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn masks_are_read() {
        let status = "Name:\tsh\nSigIgn:\t0000000000000001\nSigCgt:\t8000000000004002\n";
        let check = |mask: &str, expect: &[u8]| {
            let found: Vec<u8> = (0..=70).filter(|signal| has(status, mask, *signal)).collect();
            assert_eq!(found, expect, "{mask}");
        };
        check("SigIgn:", &[1]);
        check("SigCgt:", &[2, 15, 64]);
        check("SigBlk:", &[]);
    }
}
