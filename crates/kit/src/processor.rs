//! Instructions that not every processor has.

/// Runs `work`, which is compiled for the bit instructions BMI1 and BMI2 too and uses them where this processor has them: shifts
/// by a count that only turns up when the program runs take one instruction then in place of three. Only what is inlined into `work`
/// gains by it.
#[inline]
pub fn with_bit_instructions<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("bmi1") && std::arch::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has the instructions for which the function is compiled.
        #[expect(unsafe_code, reason = "the function may only run where its instructions are known")]
        return unsafe { with_bmi(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2")]
fn with_bmi<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(test)]
mod tests {
    use super::with_bit_instructions;

    #[test]
    fn the_result_is_that_of_the_work() {
        let shift = std::hint::black_box(5);
        assert_eq!(with_bit_instructions(|| 0xff_u64 >> shift), 7);
    }
}
