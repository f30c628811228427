use posit::Posit;

fn twice<const N: u32, const ES: u32>(x: Posit<N, ES>) {}

fn main() {}
