//! The ground that a step's layers can stand on: the mount points of every step that do not stay in the image, so that none
//! need be made in its changes, and removed again, when the image lacks them.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Makes the ground in an empty directory, which is to be the lowest layer of a step's root file system. `connected` says
/// that the step is told of name servers.
pub fn make_ground(dir: &Path, connected: bool) -> io::Result<()> {
    let etc = dir.join("etc");
    fs::create_dir(&etc)?;
    fs::set_permissions(&etc, Permissions::from_mode(0o755))?;
    let resolver = connected.then_some("resolv.conf");
    for name in ["hosts"].into_iter().chain(resolver) {
        File::create_new(etc.join(name))?.set_permissions(Permissions::from_mode(0o644))?;
    }
    Ok(())
}
