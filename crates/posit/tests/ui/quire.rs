fn main() {
    let _ = posit::Quire::<16, 5>::ZERO;
}
