fn main() {
    let _ = posit::Posit::<65, 2>::from_f64(1.0);
}
