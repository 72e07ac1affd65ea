//! Measures how long a step takes from request to report: the median of 100 runs of `true` on busybox, with
//! this process small, and holding 1 GiB.
#![expect(clippy::print_stdout, reason = "this is what the example is for")]

use std::path::Path;
use std::time::{Duration, Instant};

use cooper_sandbox::{Cancel, Network, Rootfs, Spec, enter_user_namespace, init, spawn};

const RUNS: usize = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    init();
    println!("ids: {:?}", enter_user_namespace()?);
    let directory = tempfile::tempdir()?;
    let base = directory.path().join("base");
    for name in ["bin", "dev", "etc", "proc", "sys"] {
        std::fs::create_dir_all(base.join(name))?;
    }
    std::fs::copy("/bin/busybox", base.join("bin/true"))?;
    measure(directory.path(), "own network, small process", &Network::None)?;
    measure(directory.path(), "host network, small process", &Network::Host)?;
    let ballast = vec![1_u8; 1 << 30];
    measure(directory.path(), "own network, 1 GiB process", &Network::None)?;
    measure(directory.path(), "host network, 1 GiB process", &Network::Host)?;
    drop(ballast);
    Ok(())
}

fn measure(directory: &Path, name: &str, network: &Network) -> Result<(), Box<dyn std::error::Error>> {
    let mut times: Vec<Duration> = Vec::new();
    for number in 0..RUNS {
        let at = directory.join(format!("{}{number}", name.len()));
        let rootfs =
            Rootfs { lowers: vec![directory.join("base")], upper: at.join("upper"), work: at.join("work") };
        std::fs::create_dir_all(&rootfs.upper)?;
        std::fs::create_dir_all(&rootfs.work)?;
        let mut spec = Spec::new(rootfs, ["/bin/true"]);
        spec.network = network.clone();
        let started = Instant::now();
        let exit = spawn(&spec, &mut |_, _| {}, &Cancel::new())?;
        times.push(started.elapsed());
        if exit.code != 0 {
            return Err(format!("{exit:?}").into());
        }
        std::fs::remove_dir_all(at)?;
    }
    times.sort();
    println!("{name}: median {:?}, fastest {:?}, slowest {:?}", times[RUNS / 2], times[0], times[RUNS - 1]);
    Ok(())
}
