fn main() {
    let bytes = [0u8; 4];
    let _: &[posit::Posit<6, 0>] = bytemuck::cast_slice(&bytes);
}
