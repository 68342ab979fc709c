//! The particles near a point of a periodic cube, found on a coarse grid of integers.
//!
//! The grid has 2^16 points a side, so that differences of its coordinates wrap around as nearest images do. The filter
//! misses no particle that is near and lets few others pass. They come in the order of the chunks and slots that are
//! searched, whatever the instruction set.

use super::instruction_set::{InstructionSet, Width};
use serde::{Deserialize, Serialize};

/// Slots that the filter takes at a time.
pub(crate) const CHUNK: usize = 32;

/// Lanes of the sums, to a multiple of which lists are filled up.
pub(super) const LANES: usize = 8;

/// Points of the grid along a side.
const GRID: f64 = 65536.0;

/// A coordinate, in units of the side, that is farther from the box than any cutoff; much larger ones make powers of
/// distances underflow, which is slow.
const NOWHERE: f64 = 4.0;

/// Places for particles in a periodic cube, in chunks of [`CHUNK`]; empty ones count for nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Slots {
    /// Points of the grid per length.
    scale: f64,
    /// Coordinate of what is not there.
    nowhere: f64,
    /// Coordinates on the grid, `[chunks]`.
    grid: Vec<[[i16; CHUNK]; 3]>,
    /// Positions in \[0, side), `[slots]`.
    points: Vec<[f64; 3]>,
}

impl Slots {
    /// `chunks` chunks of empty slots in a cube of the given side.
    pub fn new(side: f64, chunks: usize) -> Self {
        let nowhere = NOWHERE * side;
        let (grid, points) = (vec![[[0; CHUNK]; 3]; chunks], vec![[nowhere; 3]; CHUNK * chunks]);
        Self { scale: GRID / side, nowhere, grid, points }
    }

    #[inline(always)]
    fn on_grid(&self, at: [f64; 3]) -> [i16; 3] {
        at.map(|x| (x * self.scale) as i32 as i16)
    }

    /// Puts a particle with coordinates in \[0, side) into `slot`.
    #[inline]
    pub fn set(&mut self, slot: usize, at: [f64; 3]) {
        let grid = self.on_grid(at);
        for (axis, coordinate) in self.grid[slot / CHUNK].iter_mut().zip(grid) {
            axis[slot % CHUNK] = coordinate;
        }
        self.put_back(slot, at);
    }

    /// Takes the particle out of `slot`, which from now on looks as if it were in the opposite corner of the box.
    #[inline]
    pub fn clear(&mut self, slot: usize) {
        for axis in &mut self.grid[slot / CHUNK] {
            axis[slot % CHUNK] = axis[slot % CHUNK].wrapping_add(i16::MIN);
        }
        self.lift(slot);
    }

    /// Lets `slot` count for nothing until its particle is put back.
    #[inline]
    pub fn lift(&mut self, slot: usize) {
        self.points[slot] = [self.nowhere; 3];
    }

    /// Undoes [`Slots::lift`] of a particle at `at`.
    #[inline]
    pub fn put_back(&mut self, slot: usize, at: [f64; 3]) {
        self.points[slot] = at;
    }

    /// The particle in `slot`.
    #[inline]
    pub fn get(&self, slot: usize) -> [f64; 3] {
        self.points[slot]
    }

    /// All particles of the listed chunks that are nearer to `at` than `radius`, and a few others.
    #[inline]
    pub fn near(&self, set: InstructionSet, chunks: &[u32], at: [f64; 3], radius: f64, near: &mut Near) {
        // Both coordinates are rounded down, so a difference on the grid is wrong by less than 1 and a distance by less
        // than sqrt(3); the squares and their sum are rounded down too.
        let on_grid = radius * self.scale + 2.0;
        let limit = (on_grid * on_grid / GRID) as u16;
        near.reserve(chunks.len() * CHUNK);
        match set.width() {
            // SAFETY: an `InstructionSet` of this width is made only after all these features were detected.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx512 => unsafe { avx512(self, chunks, at, limit, near) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx2 => unsafe { avx2(self, chunks, at, limit, near) },
            _ => generic(self, chunks, at, limit, near),
        }
    }
}

/// The filter in plain arithmetic.
#[inline(always)]
fn generic(all: &Slots, chunks: &[u32], at: [f64; 3], limit: u16, near: &mut Near) {
    let at = all.on_grid(at);
    let mut n = 0;
    for &chunk in chunks {
        let [x, y, z] = &all.grid[chunk as usize];
        let mut inside = [0u8; CHUNK];
        for i in 0..CHUNK {
            let sum = square(x[i].wrapping_sub(at[0]))
                .wrapping_add(square(y[i].wrapping_sub(at[1])))
                .wrapping_add(square(z[i].wrapping_sub(at[2])));
            inside[i] = u8::from(sum <= limit);
        }
        for (part, flags) in inside.as_chunks::<LANES>().0.iter().enumerate() {
            // The product collects the lowest bits of the eight bytes in its highest byte.
            let mask = (u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56) as usize;
            let first = chunk * CHUNK as u32 + (part * LANES) as u32;
            for (slot, &offset) in near.slots[n..n + LANES].iter_mut().zip(&SET_BITS[mask]) {
                *slot = first + u32::from(offset);
            }
            n += mask.count_ones() as usize;
        }
    }
    near.take(all, n);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn avx2(all: &Slots, chunks: &[u32], at: [f64; 3], limit: u16, near: &mut Near) {
    generic(all, chunks, at, limit, near);
}

/// The same filter, whose comparisons and lists of set bits are single instructions here.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx512vpopcntdq,popcnt")]
#[allow(unsafe_code)]
fn avx512(all: &Slots, chunks: &[u32], at: [f64; 3], limit: u16, near: &mut Near) {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi16, _mm512_add_epi32, _mm512_castsi512_si256, _mm512_cmple_epu16_mask,
        _mm512_cvtepu16_epi32, _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_maskz_compress_epi16,
        _mm512_mulhi_epi16, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_storeu_si512, _mm512_sub_epi16,
    };
    let at = all.on_grid(at).map(|x| _mm512_set1_epi16(x));
    let limit = _mm512_set1_epi16(limit as i16);
    let offsets: [u16; CHUNK] = std::array::from_fn(|i| i as u16);
    // SAFETY: an array of 32 u16 has the 64 bytes that are read.
    let offsets = unsafe { _mm512_loadu_si512(offsets.as_ptr().cast::<__m512i>()) };
    let mut n = 0;
    for &chunk in chunks {
        let grid = &all.grid[chunk as usize];
        let square = |axis: usize| {
            // SAFETY: likewise of 32 i16.
            let x = unsafe { _mm512_loadu_si512(grid[axis].as_ptr().cast::<__m512i>()) };
            let difference = _mm512_sub_epi16(x, at[axis]);
            _mm512_mulhi_epi16(difference, difference)
        };
        let sum = _mm512_add_epi16(_mm512_add_epi16(square(0), square(1)), square(2));
        let mask = _mm512_cmple_epu16_mask(sum, limit);
        let found = _mm512_maskz_compress_epi16(mask, offsets);
        let first = _mm512_set1_epi32((chunk * CHUNK as u32) as i32);
        let slots = |half| _mm512_add_epi32(first, _mm512_cvtepu16_epi32(half));
        let room: &mut [u32] = &mut near.slots[n..n + CHUNK];
        let room = room.as_mut_ptr().cast::<__m512i>();
        // SAFETY: the slice has the 128 bytes that are written.
        unsafe {
            _mm512_storeu_si512(room, slots(_mm512_castsi512_si256(found)));
            _mm512_storeu_si512(room.add(1), slots(_mm512_extracti64x4_epi64::<1>(found)));
        }
        n += mask.count_ones() as usize;
    }
    near.take(all, n);
}

/// The upper half of the square of a difference on the grid.
#[inline(always)]
fn square(difference: i16) -> u16 {
    ((i32::from(difference) * i32::from(difference)) >> 16) as u16
}

/// Positions of the set bits of every byte, from the lowest.
static SET_BITS: [[u8; LANES]; 256] = set_bits();

const fn set_bits() -> [[u8; LANES]; 256] {
    let mut table = [[0; LANES]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut bit, mut n) = (0, 0);
        while bit < LANES {
            if mask >> bit & 1 == 1 {
                table[mask][n] = bit as u8;
                n += 1;
            }
            bit += 1;
        }
        mask += 1;
    }
    table
}

/// The particles near a point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Near {
    /// Their slots, with room to write past the end.
    slots: Vec<u32>,
    /// Their coordinates, filled up with nowhere to a multiple of [`LANES`].
    coordinates: [Vec<f64>; 3],
    /// Length of the filled part.
    n: usize,
}

impl Near {
    /// The slots in the list.
    #[cfg(test)]
    pub(super) fn listed(&self, side: f64) -> Vec<usize> {
        let filled = self.coordinates[0][..self.n].iter().rposition(|&x| x < side).map_or(0, |last| last + 1);
        self.slots[..filled].iter().map(|&slot| slot as usize).collect()
    }

    /// Coordinates, `[3]` of as many as there are, filled up with points outside every cutoff to a multiple of eight.
    pub(super) fn coordinates(&self) -> [&[f64]; 3] {
        let [x, y, z] = &self.coordinates;
        [&x[..self.n], &y[..self.n], &z[..self.n]]
    }

    fn reserve(&mut self, n: usize) {
        if self.slots.len() < n + CHUNK {
            self.slots.resize(n + CHUNK, 0);
            self.coordinates.iter_mut().for_each(|axis| axis.resize(n + CHUNK, 0.0));
        }
    }

    /// Copies the coordinates of the first `n` slots.
    #[inline(always)]
    fn take(&mut self, all: &Slots, n: usize) {
        let [x, y, z] = &mut self.coordinates;
        let axes = x[..n].iter_mut().zip(&mut y[..n]).zip(&mut z[..n]);
        for (&slot, ((x, y), z)) in self.slots[..n].iter().zip(axes) {
            let point = &all.points[slot as usize];
            (*x, *y, *z) = (point[0], point[1], point[2]);
        }
        for axis in &mut self.coordinates {
            axis[n..n + LANES].fill(all.nowhere);
        }
        self.n = n.next_multiple_of(LANES);
    }
}
