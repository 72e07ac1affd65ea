//! Measures packing and unpacking: `throughput DIRECTORY STORE [THREADS]` makes a layer of a directory in a store
//! that is thrown away first, exports it in each compression, and unpacks what came out.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measures")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use cooper_store::{Compression, ExportOptions, Flavor, Merged, Store, scan_upper};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(source), Some(root)) = (args.next(), args.next()) else {
        return Err("usage: throughput DIRECTORY STORE [THREADS]".into());
    };
    let threads = args.next().map_or(Ok(2), |text| text.parse())?;
    if Path::new(&root).exists() {
        std::fs::remove_dir_all(&root)?;
    }
    let store = Store::open(Path::new(&root), Flavor::Root)?;
    let begun = Instant::now();
    drop(Store::open(Path::new(&root), Flavor::Root)?);
    println!("open                {:>9.3} ms", begun.elapsed().as_secs_f64() * 1e3);

    let work = store.work()?;
    let status = std::process::Command::new("cp")
        .args(["-a", &format!("{source}/."), &work.fs().to_string_lossy()])
        .status()?;
    if !status.success() {
        return Err("cp failed".into());
    }
    let begun = Instant::now();
    let index = scan_upper(&work.fs(), Flavor::Root, &Merged::new(Vec::new())?, i64::MAX, &|path, _| {
        cooper_store::hash_file(path)
    })?;
    let (entries, bytes) = (index.entries().len(), index.size());
    report("scan and hash", begun, bytes);
    let begun = Instant::now();
    let encoded = index.encode();
    cooper_store::Index::decode(&encoded)?;
    println!(
        "index coding        {:>9.3} ms for {entries} entries, {} bytes",
        begun.elapsed().as_secs_f64() * 1e3,
        encoded.len()
    );
    let layer = store.commit(work, index)?;
    let begun = Instant::now();
    let merged = Merged::new(vec![layer.clone(); 20])?;
    println!("20 layers merged    {:>9.3} ms, {} entries", begun.elapsed().as_secs_f64() * 1e3, merged.len());
    for compression in [Compression::None, Compression::Zstd, Compression::Gzip] {
        let begun = Instant::now();
        let exported = store
            .export(&layer.id(), &ExportOptions { epoch: Some(0), compression, level: None, threads })?;
        report(&format!("export {compression:?}"), begun, bytes);
        println!("    {} bytes, {}", exported.descriptor.size, exported.descriptor.digest);
        let root = format!("{root}.other");
        let other = Store::open(Path::new(&root), Flavor::Root)?;
        std::fs::copy(
            store.blob_path(&exported.descriptor.digest),
            other.blob_path(&exported.descriptor.digest),
        )?;
        report("(copy)", Instant::now(), 0);
        let begun = Instant::now();
        other.unpack(&exported.descriptor, &exported.diff_id)?;
        report(&format!("unpack {compression:?}"), begun, bytes);
        drop(other);
        std::fs::remove_dir_all(root)?;
    }
    let begun = Instant::now();
    let checked = store.verify()?;
    report("verify", begun, checked.bytes);
    println!("    {} problems", checked.problems.len());
    Ok(())
}

fn report(what: &str, begun: Instant, bytes: u64) {
    let seconds = begun.elapsed().as_secs_f64();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: Vec<&str> = stat.split(' ').skip(13).take(2).collect();
    // Sizes here are far below what a float counts exactly.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = bytes as f64 / 1e6 / seconds;
    println!(
        "{what:<20}{seconds:>9.3} s  {rate:>7.0} MB/s  (user and system ticks so far: {})",
        ticks.join(" ")
    );
}
