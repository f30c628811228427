//! What a user can get wrong is an error of `cargo check` with words of our own.

#[test]
fn wrong_formats_are_refused_by_the_compiler() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/width_too_large.rs");
    cases.compile_fail("tests/ui/width_too_small.rs");
    cases.compile_fail("tests/ui/exponent.rs");
    cases.compile_fail("tests/ui/quire.rs");
    cases.compile_fail("tests/ui/generic_without_storage.rs");
    #[cfg(feature = "bytemuck")]
    cases.compile_fail("tests/ui/pod_with_spare_bits.rs");
}
