//! Limits of a single process (`setrlimit`).

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::{ErrorKind, SandboxError};
use crate::spec::Ulimit;

const RESOURCES: [(&str, Resource); 16] = [
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("locks", Resource::Locks),
    ("memlock", Resource::Memlock),
    ("msgqueue", Resource::Msgqueue),
    ("nice", Resource::Nice),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("rss", Resource::Rss),
    ("rtprio", Resource::Rtprio),
    ("rttime", Resource::Rttime),
    ("sigpending", Resource::Sigpending),
    ("stack", Resource::Stack),
];

/// The resource of a name as in `--ulimit`.
fn resource(name: &str) -> Option<Resource> {
    RESOURCES.iter().find(|(known, _)| *known == name).map(|(_, resource)| *resource)
}

/// Checks names and values, before anything is started.
pub(crate) fn validate(limits: &[Ulimit]) -> Result<(), SandboxError> {
    for limit in limits {
        let wrong = if resource(&limit.name).is_none() {
            let known: Vec<&str> = RESOURCES.iter().map(|(name, _)| *name).collect();
            format!("there is no ulimit `{}`; known are {}", limit.name, known.join(", "))
        } else if limit.soft > limit.hard {
            format!("the soft limit of `{}` is above the hard one", limit.name)
        } else {
            continue;
        };
        return Err(SandboxError::new(ErrorKind::BadSpec, "set ulimit", wrong));
    }
    Ok(())
}

/// Sets the limits. An unprivileged user cannot raise a hard limit: then the highest possible value is set
/// and its name returned.
pub(crate) fn apply(limits: &[Ulimit]) -> Vec<String> {
    let value = |number: u64| (number != u64::MAX).then_some(number);
    let mut lowered = Vec::new();
    for limit in limits {
        let Some(resource) = resource(&limit.name) else { continue };
        let wanted = Rlimit { current: value(limit.soft), maximum: value(limit.hard) };
        if setrlimit(resource, wanted).is_err() {
            let maximum = getrlimit(resource).maximum;
            let current = lower(wanted.current, maximum);
            let maximum = lower(wanted.maximum, maximum);
            // What cannot be lowered either stays as it is; the caller is told in both cases.
            let _ = setrlimit(resource, Rlimit { current, maximum });
            lowered.push(limit.name.clone());
        }
    }
    lowered
}

/// Lets this thread, and what it starts, run on the first of the processors that it may run on.
pub(crate) fn processors(count: usize) -> io::Result<()> {
    let all = sched_getaffinity(None)?;
    let mut some = CpuSet::new();
    (0..CpuSet::MAX_CPU).filter(|at| all.is_set(*at)).take(count.max(1)).for_each(|at| some.set(at));
    Ok(sched_setaffinity(None, &some)?)
}

/// The lower of two limits, where `None` is unlimited.
fn lower(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
