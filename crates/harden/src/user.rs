//! Whom a container runs as.

use crate::program::Start;
use crate::subject::Subject;

/// The number of a user who owns nothing, for images that run as root and need not.
const NOBODY: (u32, u32) = (10001, 10001);

/// Whom a container runs as, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunUser {
    /// Its number.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Why.
    pub reason: String,
}

impl RunUser {
    /// Whether it is root.
    pub const fn is_root(&self) -> bool {
        self.uid == 0
    }
}

/// Whom an image is to run as. `needs_root`: why it begins as root, where it has to.
pub(crate) fn find(subject: &Subject<'_>, start: &Start, needs_root: Option<&str>) -> RunUser {
    let asked = subject.config.config.user.as_str();
    let name = asked.split(':').next().unwrap_or_default();
    if let Some((uid, gid)) = resolve(subject, asked).filter(|(uid, _)| *uid != 0) {
        let reason = if name.parse::<u32>().is_ok() {
            "the image's own user".to_owned()
        } else {
            format!(
                "the image's own user `{name}`, by number: an engine cannot tell from a name that it is not root"
            )
        };
        return RunUser { uid, gid, reason };
    }
    if let Some(why) = needs_root {
        return RunUser { uid: 0, gid: 0, reason: why.to_owned() };
    }
    if let Some(dropped) = &start.drops_to {
        let reason = format!("its start script begins as root and becomes `{dropped}` itself");
        return RunUser { uid: 0, gid: 0, reason };
    }
    let (uid, gid) = NOBODY;
    RunUser { uid, gid, reason: "the image says root, and nothing in it shows a need for that".to_owned() }
}

/// The numbers of `user[:group]` by the accounts of the image.
pub(crate) fn resolve(subject: &Subject<'_>, text: &str) -> Option<(u32, u32)> {
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    if user.is_empty() {
        return None;
    }
    let passwd = subject.text("etc/passwd");
    let line = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let account = line.filter(|line| line.len() > 3).find(|line| line[0] == user || line[2] == user);
    let uid = user.parse().ok().or_else(|| account.as_ref()?[2].parse().ok())?;
    let own = account.as_ref().and_then(|line| line[3].parse().ok());
    let gid = match group {
        None => own.unwrap_or(0),
        Some(group) => group.parse().ok().or_else(|| named_group(subject, group))?,
    };
    Some((uid, gid))
}

fn named_group(subject: &Subject<'_>, name: &str) -> Option<u32> {
    let text = subject.text("etc/group");
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|line| line.len() > 2 && line[0] == name)?[2].parse().ok()
}
