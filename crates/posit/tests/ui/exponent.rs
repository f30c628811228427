fn main() {
    let _ = posit::Posit::<16, 9>::from_f64(1.0);
}
