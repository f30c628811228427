//! `posit`: arithmetic, conversions, the quire, printing.

use posit::*;

macro_rules! ops {
    ($m:ident $p:ty, $u:ty, $n:literal $es:literal) => {
        mod $m {
            use super::*;
            #[unsafe(export_name = concat!("c_add_", stringify!($m)))]
            pub extern "C" fn a(a: $u, b: $u) -> $u {
                (<$p>::from_bits(a) + <$p>::from_bits(b)).to_bits()
            }
            #[unsafe(export_name = concat!("c_mul_", stringify!($m)))]
            pub extern "C" fn b(a: $u, b: $u) -> $u {
                (<$p>::from_bits(a) * <$p>::from_bits(b)).to_bits()
            }
            #[unsafe(export_name = concat!("c_div_", stringify!($m)))]
            pub extern "C" fn c(a: $u, b: $u) -> $u {
                (<$p>::from_bits(a) / <$p>::from_bits(b)).to_bits()
            }
            #[unsafe(export_name = concat!("c_rem_", stringify!($m)))]
            pub extern "C" fn c2(a: $u, b: $u) -> $u {
                (<$p>::from_bits(a) % <$p>::from_bits(b)).to_bits()
            }
            #[unsafe(export_name = concat!("c_sqrt_", stringify!($m)))]
            pub extern "C" fn d(a: $u) -> $u {
                <$p>::from_bits(a).sqrt().to_bits()
            }
            #[unsafe(export_name = concat!("c_rsqrt_", stringify!($m)))]
            pub extern "C" fn d2(a: $u) -> $u {
                <$p>::from_bits(a).rsqrt().to_bits()
            }
            #[unsafe(export_name = concat!("c_floor_", stringify!($m)))]
            pub extern "C" fn d3(a: $u) -> $u {
                <$p>::from_bits(a).floor().nearest_int().ceil().round().to_bits()
            }
            #[unsafe(export_name = concat!("c_fma_", stringify!($m)))]
            pub extern "C" fn e(a: $u, b: $u, c: $u) -> $u {
                <$p>::from_bits(a).mul_add(<$p>::from_bits(b), <$p>::from_bits(c)).to_bits()
            }
            #[unsafe(export_name = concat!("c_fmm_", stringify!($m)))]
            pub extern "C" fn e2(a: $u, b: $u, c: $u) -> $u {
                <$p>::from_bits(a).mul_mul(<$p>::from_bits(b), <$p>::from_bits(c)).to_bits()
            }
            #[unsafe(export_name = concat!("c_f64_", stringify!($m)))]
            pub extern "C" fn f(a: $u) -> f64 {
                <$p>::from_bits(a).to_f64()
            }
            #[unsafe(export_name = concat!("c_f32_", stringify!($m)))]
            pub extern "C" fn g(a: f32) -> $u {
                <$p>::from_f32(a).to_bits()
            }
            #[unsafe(export_name = concat!("c_i32_", stringify!($m)))]
            pub extern "C" fn h(a: i32) -> i64 {
                <$p>::from_i32(a).to_i64()
            }
            #[unsafe(export_name = concat!("c_i128_", stringify!($m)))]
            pub extern "C" fn h2(a: $u) -> u64 {
                u64::try_from(<$p>::from_bits(a)).unwrap_or(7)
            }
            #[unsafe(export_name = concat!("c_deg_", stringify!($m)))]
            pub extern "C" fn i(a: $u) -> $u {
                <$p>::from_bits(a).to_degrees().to_bits()
            }
            #[unsafe(export_name = concat!("c_quire_", stringify!($m)))]
            pub extern "C" fn j(a: $u, b: $u) -> $u {
                let mut q = Quire::<$n, $es>::ZERO;
                let (a, b) = (<$p>::from_bits(a), <$p>::from_bits(b));
                q.add_product(a, b);
                q -= b;
                let p = q;
                q += p;
                (-q).to_posit::<$u>().to_bits()
            }
            #[unsafe(export_name = concat!("c_dot_", stringify!($m)))]
            pub extern "C" fn k(a: &[$p; 4], l: usize) -> $u {
                match <$p>::dot(a.get(..l).unwrap_or(&[]), a) {
                    Ok(x) => x.to_bits(),
                    Err(_) => 0,
                }
            }
            #[unsafe(export_name = concat!("c_conv_", stringify!($m)))]
            pub extern "C" fn l(a: $u) -> u8 {
                P8::from_posit(<$p>::from_bits(a)).to_bits()
            }
        }
    };
}
ops!(p8 P8, u8, 8 2);
ops!(p8e0 P8E0, u8, 8 0);
ops!(p16 P16, u16, 16 2);
ops!(p32 P32, u32, 32 2);
ops!(p64 P64, u64, 64 2);

struct Sink(u32);

impl core::fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0 = text.bytes().fold(self.0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Ok(())
    }
}

/// The shortest decimal. (Parsing is not here: it still reaches a panic path.)
#[unsafe(no_mangle)]
pub extern "C" fn c_display(pattern: u32) -> u32 {
    use core::fmt::Write;
    let mut sink = Sink(0);
    let _ = write!(sink, "{}", P32::from_bits(pattern));
    sink.0
}
