//! The baseline: an interpolated modified Kneser-Ney 5-gram over the same tokens as the network.
//!
//! With `h` a context of k - 1 tokens and `h'` the same without its first,
//! `p_k(w | h) = (c(h w) - D(c)) / c(h .) + gamma(h) p_{k-1}(w | h')`, and `p_0 = 1 / vocab`. Counts are numbers of
//! occurrences at order 5 and numbers of distinct preceding tokens below; the three discounts `D(1)`, `D(2)`,
//! `D(3 and more)` of each order follow from its counts of counts; `gamma(h)` is what they took away.
//!
//! # References
//! Chen and Goodman, Computer Speech and Language 13 (1999) 359, doi:10.1006/csla.1999.0128, eqs. 26-28.

use std::collections::HashMap;

/// Longest n-gram, in tokens.
pub const ORDER: usize = 5;
/// Bits per token in a packed n-gram; five fit into 64.
const BITS: u32 = 12;

/// A 5-gram model.
pub struct KneserNey {
    vocab_size: usize,
    /// Orders 1..=5.
    orders: Vec<Order>,
}

/// n-grams of one length.
struct Order {
    counts: HashMap<u64, u32>,
    contexts: HashMap<u64, Context>,
    discounts: [f64; 3],
}

/// What is known about the tokens that follow a context.
#[derive(Default)]
struct Context {
    total: u64,
    /// How many distinct tokens followed once, twice, more often.
    followers: [u32; 3],
}

impl KneserNey {
    /// Counts `texts`, in which token ids are below `vocab_size`, at most 4096.
    pub fn new(texts: &[&[u32]], vocab_size: usize) -> Self {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for gram in texts.iter().flat_map(|text| text.windows(ORDER)) {
            *counts.entry(pack(gram)).or_default() += 1;
        }
        let mut orders = vec![Order::new(counts)];
        for order in (1..ORDER).rev() {
            let longer = &orders[orders.len() - 1].counts;
            let mut counts: HashMap<u64, u32> = HashMap::new();
            for &gram in longer.keys() {
                *counts.entry(gram & mask(order)).or_default() += 1;
            }
            orders.push(Order::new(counts));
        }
        orders.reverse();
        Self { vocab_size, orders }
    }

    /// `p(token | context)`; only the last four tokens of `context` matter.
    pub fn probability(&self, context: &[u32], token: u32) -> f64 {
        let mut p = 1.0 / self.vocab_size as f64;
        for (length, order) in self.orders.iter().enumerate().take_while(|&(n, _)| n <= context.len()) {
            let history = pack(&context[context.len() - length..]);
            let Some(seen) = order.contexts.get(&history) else { break };
            let total = seen.total as f64;
            let taken: f64 = seen.followers.iter().zip(order.discounts).map(|(&n, d)| f64::from(n) * d).sum();
            let count = order.counts.get(&(history << BITS | u64::from(token))).copied().unwrap_or(0);
            let kept = match count {
                0 => 0.0,
                _ => f64::from(count) - order.discounts[class(count)],
            };
            p = kept / total + taken / total * p;
        }
        p
    }

    /// `-ln p` of every token of `text`, in order.
    pub fn surprisals(&self, text: &[u32]) -> Vec<f64> {
        let context = |i: usize| &text[i.saturating_sub(ORDER - 1)..i];
        text.iter().enumerate().map(|(i, &token)| -self.probability(context(i), token).ln()).collect()
    }
}

impl Order {
    fn new(counts: HashMap<u64, u32>) -> Self {
        let mut contexts: HashMap<u64, Context> = HashMap::new();
        let mut counts_of_counts = [0.0_f64; 4];
        for (&gram, &count) in &counts {
            let context = contexts.entry(gram >> BITS).or_default();
            context.total += u64::from(count);
            context.followers[class(count)] += 1;
            if let Some(n) = counts_of_counts.get_mut(count as usize - 1) {
                *n += 1.0;
            }
        }
        let [n1, n2, n3, n4] = counts_of_counts;
        let y = n1 / (n1 + 2.0 * n2);
        // A text too short for counts of counts keeps half of every first count.
        let discount = |k: f64, here: f64, next: f64| match k - (k + 1.0) * y * next / here {
            d if d.is_finite() => d.clamp(0.0, k),
            _ => 0.5,
        };
        let discounts = [discount(1.0, n1, n2), discount(2.0, n2, n3), discount(3.0, n3, n4)];
        Self { counts, contexts, discounts }
    }
}

/// Which discount a positive count gets.
fn class(count: u32) -> usize {
    (count as usize).min(3) - 1
}

fn pack(gram: &[u32]) -> u64 {
    gram.iter().fold(0, |packed, &token| packed << BITS | u64::from(token))
}

fn mask(order: usize) -> u64 {
    (1 << (BITS * order as u32)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let mut state = 1_u32;
        let mut text = Vec::new();
        for _ in 0..5000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let skewed = (f64::from(state) / f64::from(u32::MAX)).powi(3);
            text.push((skewed * 40.0) as u32);
        }
        let model = KneserNey::new(&[&text], 50);
        let contexts: [&[u32]; 5] = [&[], &[0], &[49], &text[10..14], &[0, 1, 0, 2, 0, 0]];
        for context in contexts {
            let sum: f64 = (0..50).map(|token| model.probability(context, token)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{context:?}: {sum}");
        }
    }

    #[test]
    fn a_unigram_by_hand() {
        // Distinct predecessors: 0 has {1}, 1 has {0, 2}, 2 has {0}. Counts of counts n1 = 2, n2 = 1, n3 = 0, so
        // Y = 1/2, D(1) = 1 - 2 Y n2 / n1 = 1/2, D(2) = 2 - 3 Y n3 / n2 = 2; discounts take (2 D(1) + D(2)) / 4 = 3/4.
        let model = KneserNey::new(&[&[0, 1, 0, 1, 0, 1, 0, 2, 1]], 4);
        let expected = [0.5 / 4.0 + 0.1875, 0.1875, 0.5 / 4.0 + 0.1875, 0.1875];
        for (token, expected) in (0..).zip(expected) {
            assert!((model.probability(&[], token) - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn a_seen_continuation_is_preferred_and_an_unseen_context_ignored() {
        let text: Vec<u32> = [0, 1, 2, 3, 4, 5].repeat(20).into_iter().chain([0, 1, 2, 3, 3, 1, 5, 2]).collect();
        let model = KneserNey::new(&[&text], 8);
        assert!(model.probability(&[0, 1, 2, 3], 4) > 0.9);
        assert_eq!(model.probability(&[7, 1, 2, 3], 4), model.probability(&[1, 2, 3], 4));
        assert_eq!(model.probability(&[7], 4), model.probability(&[], 4));
    }
}
