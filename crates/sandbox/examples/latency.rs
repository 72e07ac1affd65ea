//! Measures how long a step takes from request to report: the median of 100 runs of `true` on busybox, with
//! this process small, and holding 1 GiB.
#![expect(clippy::print_stdout, reason = "this is what the example is for")]

use std::path::Path;
use std::time::{Duration, Instant};

use cooper_sandbox::{
    Cancel, Helper, Network, PrivateNetwork, Rootfs, Spec, Starter, enter_user_namespace, init,
};

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
    if let Some(network) = networks() {
        measure(directory.path(), "private network, small process", &Network::Private(network))?;
    }
    let ballast = vec![1_u8; 1 << 30];
    measure(directory.path(), "own network, 1 GiB process", &Network::None)?;
    measure(directory.path(), "host network, 1 GiB process", &Network::Host)?;
    drop(ballast);
    Ok(())
}

fn measure(directory: &Path, name: &str, network: &Network) -> Result<(), Box<dyn std::error::Error>> {
    let (mut times, steps) = (Vec::<Duration>::new(), Starter::default());
    for number in 0..RUNS {
        let at = directory.join(format!("{}{number}", name.len()));
        let rootfs =
            Rootfs { lowers: vec![directory.join("base")], upper: at.join("upper"), work: at.join("work") };
        std::fs::create_dir_all(&rootfs.upper)?;
        std::fs::create_dir_all(&rootfs.work)?;
        let mut spec = Spec::new(rootfs, ["/bin/true"]);
        spec.network = network.clone();
        let started = Instant::now();
        let exit = steps.spawn(&spec, &mut |_, _| {}, &Cancel::new(), true)?;
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

/// Prints how long a private network takes to start and to end; one, where it can be had.
fn networks() -> Option<PrivateNetwork> {
    for helper in Helper::ALL {
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let started = Instant::now();
            let network = match PrivateNetwork::start_with(helper) {
                Ok(network) => network,
                Err(error) => {
                    println!("{}: {error}", helper.name());
                    break;
                }
            };
            starts.push(started.elapsed());
            let ended = Instant::now();
            drop(network);
            ends.push(ended.elapsed());
        }
        starts.sort();
        ends.sort();
        if let (Some(start), Some(end)) = (starts.get(10), ends.get(10)) {
            println!("{}: median start {start:?}, median end {end:?}", helper.name());
        }
    }
    PrivateNetwork::start().ok()
}
