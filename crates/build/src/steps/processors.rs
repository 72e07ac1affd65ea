//! Fewer processors than there are, also for programs that count them in files.

use std::fs;
use std::path::Path;

use sandbox::{Mount, MountKind, Spec};
use store::Work;

use crate::BuildError;

const LIST: &str = "/proc/cpuinfo";
const ONLINE: &str = "/sys/devices/system/cpu/online";

/// Shows a step so many processors.
pub(crate) fn show_processors(count: usize, spec: &mut Spec, work: &Work) -> Result<(), BuildError> {
    let list = fs::read_to_string(LIST).unwrap_or_default();
    let range = if count > 1 { format!("0-{}\n", count - 1) } else { "0\n".to_owned() };
    for (target, content) in [(LIST, first(&list, count)), (ONLINE, range)] {
        // A machine that has no such file shows none.
        if !Path::new(target).exists() {
            continue;
        }
        let source = work.extra().join(target.rsplit('/').next().unwrap_or_default());
        fs::create_dir_all(work.extra())?;
        fs::write(&source, content)?;
        let kind = MountKind::Bind { source };
        spec.mounts.push(Mount { target: target.to_owned(), kind, readonly: true });
    }
    Ok(())
}

/// The paragraphs of the first processors, and what follows the last.
fn first(list: &str, count: usize) -> String {
    let mut processors = 0;
    let wanted = |paragraph: &&str| {
        let is_processor = paragraph.starts_with("processor");
        processors += usize::from(is_processor);
        !is_processor || processors <= count
    };
    list.split_inclusive("\n\n").filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processors_stay() {
        let list = "processor\t: 0\nx\n\nprocessor\t: 1\nx\n\nHardware\t: y\n";
        assert_eq!(first(list, 1), "processor\t: 0\nx\n\nHardware\t: y\n");
        assert_eq!(first(list, 2), list);
    }
}
