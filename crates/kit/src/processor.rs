//! Instructions that not every processor has.

/// Something that is worth compiling for more than one kind of processor.
pub trait Work {
    /// What comes of it.
    type Output;

    /// Does it. To gain by other instructions it has to be inlined, `#[inline(always)]`, and all that takes time within it.
    fn run(self) -> Self::Output;
}

/// Does some work, compiled for the bit instructions BMI1 and BMI2 where this processor has them: shifts by a count that only turns
/// up when the program runs take one instruction then in place of three.
#[inline]
pub fn with_bit_instructions<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("bmi1") && std::arch::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has the instructions for which the function is compiled.
        #[expect(unsafe_code, reason = "the function may only run where its instructions are known")]
        return unsafe { with_bmi(work) };
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2")]
fn with_bmi<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(test)]
mod tests {
    use super::{Work, with_bit_instructions};

    struct Shift(u32);

    impl Work for Shift {
        type Output = u64;

        fn run(self) -> u64 {
            0xff >> self.0
        }
    }

    #[test]
    fn the_result_is_that_of_the_work() {
        assert_eq!(with_bit_instructions(Shift(std::hint::black_box(5))), 7);
    }
}
