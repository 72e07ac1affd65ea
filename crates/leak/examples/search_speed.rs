//! How fast files are searched: `cargo run --release -p cooper-leak --example search_speed FILE…`.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]
#![expect(clippy::cast_precision_loss, reason = "a rate for reading")]

use std::io::Read;
use std::time::Instant;

use cooper_leak::Needles;
use kit::Redacted;

fn main() -> std::io::Result<()> {
    let values = ["tok-8f3kQ92mZx4Lw7Tb", "hunter2hunter2", "npm_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"];
    let values: Vec<Redacted<Vec<u8>>> =
        values.iter().map(|value| Redacted::new(value.as_bytes().to_vec())).collect();
    let begun = Instant::now();
    let needles = Needles::new([("a", &values[0]), ("b", &values[1]), ("c", &values[2])]);
    println!("prepared in {:?}", begun.elapsed());
    for path in std::env::args().skip(1) {
        let mut file = std::fs::File::open(&path)?;
        let mut buffer = vec![0; 256 << 10];
        let (mut size, begun, mut search) = (0, Instant::now(), needles.search());
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => {
                    search.update(&buffer[..count]);
                    size += count;
                }
            }
        }
        let outcome = search.finish();
        let rate = size as f64 / begun.elapsed().as_secs_f64() / 1e6;
        println!("{path}: {size} bytes, {rate:.0} MB/s, {} hits, {:?}", outcome.hits.len(), outcome.notes);
    }
    Ok(())
}
