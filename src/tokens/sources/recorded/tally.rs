//! Counts of what was read of a recording.

/// What was read, and what was made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents: responses or streamed chunks.
    pub documents: u64,
    /// Positions yielded.
    pub positions: u64,
    /// Tokens of prompts that were passed over.
    pub prompt_tokens: u64,
    /// Positions yielded for which the server lists the chosen token alone: of no use to a thermometer.
    pub without_list: u64,
    /// Drawn tokens that are not in their list.
    pub unlisted_draws: u64,
    /// Listed tokens with a sentinel for a number, yielded as forbidden levels.
    pub sentinels: u64,
    /// Drawn tokens whose entry another token with the same text had overwritten.
    pub restored: u64,
    /// Drawn tokens with a number of their own that is not the one in their list, which is used.
    pub differing: u64,
    /// Tokens passed over because the server reports no number for them.
    pub unreported: u64,
    /// Answers, or chunks of them, that have text but no logarithms.
    pub without_logprobs: u64,
}
