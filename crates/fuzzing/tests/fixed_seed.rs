//! Every target with inputs that are the same at each run. A coverage-guided fuzzer finds more; this one runs anywhere.

use std::time::{Duration, Instant};

use cooper_fuzzing::{Mutator, Target, targets};

/// Inputs for each target, as far as the time goes.
const INPUTS: usize = 4000;
const TIME: Duration = Duration::from_secs(6);

fn check(target: &Target) {
    let begun = Instant::now();
    let mut mutator = Mutator::new(target, Vec::new(), 0x00c0_09e5);
    for number in 0..INPUTS {
        if begun.elapsed() > TIME {
            return;
        }
        let input = mutator.next_input();
        let shown = String::from_utf8_lossy(&input).into_owned();
        let result = std::panic::catch_unwind(|| (target.run)(&input));
        assert!(result.is_ok(), "target `{}`, input {number}: {shown:?}", target.name);
    }
}

#[test]
fn every_target_holds_for_fixed_inputs() {
    std::thread::scope(|scope| {
        for target in targets() {
            scope.spawn(|| check(target));
        }
    });
}
